"""Mails that a step wants sent: effects, worded when they are sent."""

import msgspec

from domain.addresses import mail_lane
from domain.effects import Effect
from domain.messages import Text
from handlers.flow import Turn

SEND = "mail.send"


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
