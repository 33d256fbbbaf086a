"""Who talks to us, and where a talk stands."""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct, field

from domain.messages import Choice
from domain.records import NOBODYS, Personal, Table

WINDOW = timedelta(hours=24)
"""WhatsApp: free text is allowed this long after the customer's last message (Twilio error 63016)."""


class Person(Struct, frozen=True, kw_only=True):
    """Someone by their opaque channel address, which is the id. `zone` empty: the business's. `currency`
    empty: they were not asked yet.

    `stopped`: they said STOP; surveys and promotions are held back, what an order needs still goes.
    """

    TABLE: ClassVar[Table] = Table("people", personal=Personal("id"))

    id: str
    version: int = 0
    name: str = ""
    username: str = ""
    phone: str = ""
    language: str = ""
    zone: str = ""
    currency: str = ""
    stopped: bool = False
    first_seen_at: datetime | None = None


class FlowState(Struct, frozen=True, kw_only=True):
    """Where a flow stands: its name and the answers so far. The next question is the first unanswered one."""

    flow: str
    answers: dict[str, str] = field(default_factory=dict)


class Conversation(Struct, frozen=True, kw_only=True):
    """A chat or a forum topic, by its address.

    `shown` are the choices last shown, in order, so that a typed "2" or a typed label means what the person saw.
    `suspended` is the flow that something else came in the way of, offered to be resumed.
    `topic` is the care topic last opened: what a hand-over is about.
    `case` is the open case whose agent owns the chat: while it is set the bot answers nothing of its own.
    """

    TABLE: ClassVar[Table] = Table("conversations", indexes=("case",), personal=Personal("id"))

    id: str
    version: int = 0
    flow: FlowState | None = None
    suspended: FlowState | None = None
    shown: tuple[Choice, ...] = ()
    topic: str = ""
    case: str = ""
    last_inbound_at: datetime | None = None
    blocked: bool = False

    @property
    def window_until(self) -> datetime | None:
        """When WhatsApp's window for free text closes; None: it never opened."""
        return self.last_inbound_at + WINDOW if self.last_inbound_at else None


class ChatAlias(Struct, frozen=True, kw_only=True):
    """A group that moved: the id is its old address, `to` the one to use now."""

    TABLE: ClassVar[Table] = Table("chat_aliases", personal=NOBODYS)

    id: str
    version: int = 0
    to: str


class Counter(Struct, frozen=True, kw_only=True):
    """The last number given out, by name."""

    TABLE: ClassVar[Table] = Table("counters", personal=NOBODYS)

    id: str
    version: int = 0
    value: int = 0
