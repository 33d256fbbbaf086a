"""The buttons under an alert of the logs: acknowledge, mute, resolve, open again, show all of it."""

from datetime import timedelta

from msgspec.structs import replace

from domain.catalog import clean_name
from domain.log_patterns import Do, LogPattern, may, moved
from domain.messages import Media, MediaKind, Purpose, Say, Text, Value, moment
from handlers.flow import Outcome, Turn, edited_message
from handlers.log_words import BUTTONS, SHOW, alert, buttons, state_of

MUTES = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
THE_SAME = timedelta(minutes=1)
"""Two presses within so long mute it once."""
_DOES = {name: do for name, do, _ in BUTTONS}


async def pressed(turn: Turn) -> Outcome:
    """A button `log:<fingerprint>:<what>`: the caller has made sure that it was pressed in the ops group.

    The message says then who did what. What cannot be done (any more) is answered, and changes nothing.
    """
    _, fingerprint, what = (*turn.said.button.split(":", 2), "", "")[:3]
    pattern = await turn.records.get(LogPattern, fingerprint)
    if pattern is None:
        return _answer(Text("log-gone"))
    if what == SHOW:
        return _show(pattern)
    do = _DOES.get(what)
    until = turn.now + MUTES[what] if what in MUTES else None
    same = do is Do.MUTE and until and pattern.muted_until and abs(until - pattern.muted_until) < THE_SAME
    if do is None or not may(pattern, do) or same:
        return _answer(Text("log-nothing-done", {"state": state_of(pattern) or (Text("log-state-open"),)}))
    pattern = moved(pattern, do, by=who(turn), now=turn.now, until=until)
    # Its first message, and the one that is edited from now on.
    pattern = replace(pattern, alert=f"{turn.id}-0", told=pattern.count)
    say = Say(
        text=alert(pattern),
        choices=buttons(pattern),
        language="id",
        purpose=Purpose.ALERT,
        edit=edited_message(turn),
    )
    return Outcome(say=(say,), save=(pattern,))


def who(turn: Turn) -> str:
    """By name, and by the id that no name can fake."""
    name = clean_name(turn.said.name) or clean_name(turn.said.username)
    return f"{name} · {turn.person.id}" if name else turn.person.id


def _show(pattern: LogPattern) -> Outcome:
    values: dict[str, Value] = {"pattern": pattern.id, "count": pattern.count, "last": moment(pattern.last_at)}
    file = Media(
        kind=MediaKind.DOCUMENT,
        channel="documents",
        ref=f"log/{pattern.id}",
        mime="text/plain",
        name=f"{pattern.id}.txt",
    )
    say = Say(text=Text("log-file", values), media=file, language="id", purpose=Purpose.ALERT)
    return Outcome(say=(say,))


def _answer(text: Text) -> Outcome:
    return Outcome(say=(Say(text=text, language="id", purpose=Purpose.ALERT),))
