"""What arrives: by webhook, from a job, or as the answer to something we sent or asked for. Each is one entry of the
inbox.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from domain.log_findings import Finding
from domain.messages import Delivery, FailureReason, Location, Media


class SaidKind(StrEnum):
    TEXT = "text"
    BUTTON = "button"
    MEDIA = "media"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"  # a kind of message we have no word for; it still gets an answer


class Said(Struct, frozen=True, kw_only=True):
    """A person wrote, pressed or sent something.

    `text` is also a caption. `button` is the id of what was pressed or picked, `button_message` the provider's id of
    the message it sits on.
    `name` and `username` are what the person calls themselves: courtesy, never identity.
    """

    kind: SaidKind
    text: str = ""
    button: str = ""
    button_message: str = ""
    callback: str = ""
    message_id: str = ""
    reply_to: str = ""
    name: str = ""
    username: str = ""
    language: str = ""
    phone: str = ""
    media: tuple[Media, ...] = ()
    location: Location | None = None
    edited: bool = False
    from_bot: bool = False


class Reported(Struct, frozen=True, kw_only=True):
    """The provider tells how far a message of ours has come; where it failed, why, in our words and by its code."""

    provider_id: str
    delivery: Delivery
    reason: FailureReason = FailureReason.REFUSED
    error_code: str = ""


class Membership(Struct, frozen=True, kw_only=True):
    """Our bot was blocked, unblocked, added to a group or removed from one."""

    active: bool
    by: str = ""


class Migrated(Struct, frozen=True, kw_only=True):
    """A group became a supergroup; `old` and `new` are addresses."""

    old: str
    new: str


class Undeliverable(Struct, frozen=True, kw_only=True):
    """A message of ours was given up for good."""

    message: str
    to: str
    reason: FailureReason
    detail: str = ""
    case: str = ""


class EffectDone(Struct, frozen=True, kw_only=True):
    """A service answered: `result` is what it gave, `error` why it will not."""

    effect: str
    name: str
    record: str
    result: dict[str, str] = field(default_factory=dict)
    error: str = ""


class Due(Struct, frozen=True, kw_only=True):
    """The time a record was waiting for has come. `at` is the due time it was found by."""

    name: str
    record: str
    at: datetime


class PaymentNotice(Struct, frozen=True, kw_only=True):
    """A payment provider says that something has happened to what we call `reference`. It is only a reason to ask it:
    what it says of the money is believed from its API alone. `provider_id` is its id of the link's object.
    """

    provider: str
    reference: str
    provider_id: str = ""
    what: str = ""


class LogSeen(Struct, frozen=True, kw_only=True):
    """What a process of the service itself has logged as errors since it last told, as findings of that source."""

    source: str
    findings: tuple[Finding, ...]


class NotUnderstood(Struct, frozen=True, kw_only=True):
    """Signed by the provider, but of a kind we do not know: recorded and counted."""

    what: str


Event = (
    Said | Reported | Membership | Migrated | Undeliverable | EffectDone | Due | PaymentNotice | LogSeen | NotUnderstood
)

EVENTS: dict[str, type[Event]] = {
    "said": Said,
    "reported": Reported,
    "membership": Membership,
    "migrated": Migrated,
    "undeliverable": Undeliverable,
    "effect-done": EffectDone,
    "due": Due,
    "payment-notice": PaymentNotice,
    "log-seen": LogSeen,
    "not-understood": NotUnderstood,
}


class Arrival(Struct, frozen=True, kw_only=True):
    """An event on its way into the inbox. (`source`, `external_id`) is unique for ever: a repeat is dropped.

    `source` names the bot, number or job it came by; `conversation` is the address within which order is kept;
    `person` the sender's address, empty where no person sent it.
    """

    source: str
    external_id: str
    conversation: str
    event: Event
    person: str = ""
