"""The ops group: the ops bot tells there what needs a human, and answers a few commands. Elsewhere it does nothing."""

from domain.addresses import chat_of, parse_address
from domain.cases import Case
from domain.messages import Purpose, Say, Text
from handlers import log_buttons, log_errors, refunds, server_decisions, server_ops
from handlers.flow import Outcome, Turn


async def from_group(turn: Turn) -> Outcome:
    """Commands of the ops group; `/id` works in any group, since it is how one finds what to configure."""
    said = turn.said
    if said.button and not said.from_bot:
        if not turn.places.ops or chat_of(turn.conversation.id) != turn.places.ops:
            return Outcome()
        if said.button.startswith("log:"):
            return await log_buttons.pressed(turn)
        if said.button.startswith("errors:"):
            return await log_errors.pressed(turn)
        about_machines = said.button.startswith("ops-server:")
        return await (server_decisions.pressed(turn) if about_machines else refunds.pressed(turn))
    if said.from_bot or not said.text.startswith("/"):
        return Outcome()
    command = said.text[1:].partition(" ")[0].partition("@")[0].lower()
    if command == "id":
        return _here(Text("desk-id", {"id": parse_address(turn.conversation.id).chat}))
    if not turn.places.ops or chat_of(turn.conversation.id) != turn.places.ops:
        return Outcome()
    match command:
        case "status":
            waiting = len(await turn.records.find(Case, status="waiting"))
            active = len(await turn.records.find(Case, status="active"))
            inbox = await turn.records.waiting()
            return _here(Text("ops-status", {"inbox": inbox, "waiting": waiting, "active": active}))
        case "errors":
            return await log_errors.show(turn, said.text.partition(" ")[2])
        case "servers":
            return await server_ops.show_all(turn)
        case "server":
            return await server_ops.show_one(turn, said.text.partition(" ")[2])
        case "bantuan" | "help" | "start":
            return _here(Text("ops-help"))
    return _here(Text("desk-unknown-command", {"command": f"/{command}"}))


def _here(text: Text) -> Outcome:
    return Outcome(say=(Say(text=text, language="id", purpose=Purpose.ALERT),))
