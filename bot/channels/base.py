"""What a channel is: it verifies and reads what arrives, gives our messages their form, and sends them.

One file a channel, one line in `registry.py`. A channel knows its provider's limits; nothing else does.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct

from domain.events import Arrival, Said
from domain.messages import FailureReason, Location, Media


class BadRequest(Exception):
    """The body is not what the endpoint takes (not JSON, not a form): 400."""


class Forbidden(Exception):
    """The signature or the secret is wrong or missing: 403, and nothing is written."""


class Request(Struct, frozen=True):
    """A webhook call as it came: `path` with its query, the raw body, the headers (looked up by lower-case names)."""

    path: str
    body: bytes
    headers: Mapping[str, str]


class Limits(Struct, frozen=True):
    """Sends a second: over all chats, within one private chat, within one group. None: no such limit."""

    overall: float
    per_chat: float | None = None
    per_group: float | None = None


class Option(Struct, frozen=True):
    """A choice with its words chosen."""

    id: str
    label: str
    url: str = ""


class Content(Struct, frozen=True):
    """A WhatsApp Content template: its SID, the names of the text's values its numbered variables take, in order, and
    whether it also goes outside the 24-hour window.
    """

    sid: str
    variables: tuple[str, ...] = ()
    approved: bool = False


class Worded(Struct, frozen=True):
    """A message with its words chosen in the reader's language, before the channel gives it a form.

    `text` is plain but for BOLD_ON and BOLD_OFF (domain/messages.py), which every channel turns into its own way;
    nothing else in it is markup. `list_button` is the word on the button that opens a list, `numbers_hint` says how
    to answer numbered lines. `content` is the Content
    template configured for this text and language, if any, with `content_values` for its variables; `use_template`
    demands it (the window is closed).
    """

    to: str
    text: str
    options: tuple[Option, ...] = ()
    list_button: str = ""
    numbers_hint: str = ""
    media: Media | None = None
    location: Location | None = None
    edit: str = ""
    content: Content | None = None
    content_values: tuple[str, ...] = ()
    use_template: bool = False


Part = dict[str, Any]
"""One provider call as JSON: the method and its parameters. What is stored as the first rendering, and is sent."""


class Sent(Struct, frozen=True):
    provider_id: str


class Retry(Struct, frozen=True):
    """Not sent; may be tried again after so many seconds (None: our own backoff).

    `whole_sender`: the limit is on all our sending, not on this chat.
    """

    after: float | None = None
    detail: str = ""
    whole_sender: bool = False


class Failed(Struct, frozen=True):
    """Will never be sent."""

    reason: FailureReason
    detail: str = ""


class Moved(Struct, frozen=True):
    """The group has a new address: store it and send there."""

    to: str


class Unknown(Struct, frozen=True):
    """The call went out and its answer did not come back: it may have been sent."""

    detail: str = ""


Result = Sent | Retry | Failed | Moved | Unknown


class File(Struct, frozen=True):
    """Media as bytes, to be handed to another channel."""

    body: bytes
    mime: str
    name: str = ""


class MediaUnavailable(Exception):
    """The file is gone, too large or of no use: it will never be there."""


class MediaNotNow(MediaUnavailable):
    """The file could not be had at the moment; it may be asked for again."""


class Level(StrEnum):
    FINE = "fine"
    DOUBTFUL = "doubtful"
    WRONG = "wrong"


class Finding(Struct, frozen=True):
    """What `check` found at a provider, for the operator: what it is about, and what to do where it is not fine."""

    level: Level
    subject: str
    detail: str


class Channel(Protocol):
    """`name` is the prefix of its addresses, the source of its arrivals and the sender of its messages.

    `tells_what_was_sent`: its provider can be asked whether it has taken a message (`find_sent`).
    """

    name: str
    limits: Limits
    tells_what_was_sent: bool

    def parse(self, request: Request) -> Sequence[Arrival]:
        """Verify the signature on the raw body, then read. Raises Forbidden (first), BadRequest.

        What is signed but not understood becomes NotUnderstood.
        """

    def render(self, message: Worded) -> list[Part]:
        """The provider calls that say it: split where too long, cut where a label is too long. Pure.

        Raises ValueError for a mistake of ours (a button's id too long, no template where one is needed), never for a
        long text.
        """

    async def send(self, to: str, part: Part) -> Result:
        """Make one provider call. Never raises for what a provider or the network does."""

    async def courtesy(self, said: Said, conversation: str) -> None:
        """What manners ask for at once (answer the button press, show typing). Best effort; never raises."""

    async def fetch(self, media: Media, limit: int) -> File:
        """Media that came in by this channel.

        Raises MediaUnavailable (gone, or larger than `limit` bytes), MediaNotNow (try again).
        """

    async def find_sent(self, to: str, part: Part, since: datetime, known: Collection[str] = ()) -> str | Retry | None:
        """After Unknown: the provider's id of that very call, made at or after `since` (real clock), if it arrived.

        `known` are ids already recorded for other messages: none of them is it. None: it did not arrive, or this
        provider cannot tell. Retry: the provider could not be asked now.
        """
