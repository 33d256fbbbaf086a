"""Mails that a step wants sent: effects, worded when they are sent."""

import msgspec

from domain.addresses import mail_lane
from domain.effects import Effect
from domain.events import EffectDone
from domain.messages import Text
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert

SEND = "mail.send"
NOT_CONFIGURED = "no mail is configured"
"""The error of a mail where there is no way to send any: as the operator wants it, and nobody is told."""


def mail(
    turn: Turn,
    number: int,
    *,
    to: str,
    text: Text,
    language: str,
    zone: str,
    record: str,
    attach: tuple[str, ...] = (),
) -> tuple[Effect, ...]:
    """One mail, or none where there is no address. `number` tells the mails of one step apart; `record` is what it is
    about. The text's first line is the subject. `attach` names documents by their kind and record: `receipt/order-5`.
    """
    if not to:
        return ()
    params = {
        "to": to,
        "language": language,
        "zone": zone,
        "text": text.key,
        "values": msgspec.json.encode(text.values).decode(),
        "attach": " ".join(attach),
    }
    return (
        Effect(
            id=f"{turn.id}-mail-{number}",
            name=SEND,
            record=record,
            conversation=mail_lane(record),
            params=params,
        ),
    )


async def on_sent(turn: Turn, done: EffectDone) -> Outcome:
    """A mail that was refused for good is told to ops: by its record, not by whom it was for."""
    if not done.error or done.error == NOT_CONFIGURED:
        return Outcome()
    return Outcome(say=ops_alert(turn, Text("ops-mail-failed", {"record": done.record, "error": done.error})))
