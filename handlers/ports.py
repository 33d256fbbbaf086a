"""What a handler may read. All of it is read-only; what it decides goes out as an Outcome."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct, field

from domain.events import Said
from domain.messages import Outgoing
from domain.records import Record
from domain.server_actions import Ability

R = TypeVar("R", bound=Record)


class TranscriptLine(Struct, frozen=True, kw_only=True):
    """One line of a talk: what the customer sent (`said`, at inbox number `seq`) or the words of ours."""

    at: datetime
    seq: int
    said: Said | None = None
    ours: str = ""


class Records(Protocol):
    async def get(self, kind: type[R], record_id: str) -> R | None: ...

    async def find(self, kind: type[R], *, limit: int = 100, **equal: str | int) -> tuple[R, ...]: ...

    async def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Those there are, by id."""

    async def newest(
        self,
        kind: type[R],
        *,
        by: str,
        limit: int,
        after: tuple[str | int | datetime, str] | None = None,
        least: str | int | datetime | None = None,
        **equal: str | int,
    ) -> tuple[R, ...]:
        """As `storage.base.Storage.newest`: descending by a declared index and then by id."""

    async def how_many(
        self,
        kind: type[R],
        *,
        most: int,
        by: str = "",
        least: str | int | datetime | None = None,
        **equal: str | int,
    ) -> int:
        """How many `newest` would give in all; `most` where there are so many or more."""

    async def message(self, message_id: str) -> Outgoing | None: ...

    async def message_by_provider_id(self, sender: str, provider_id: str) -> Outgoing | None: ...

    async def transcript(
        self, conversation: str, *, since: datetime | None = None, limit: int = 50
    ) -> tuple[TranscriptLine, ...]: ...

    async def waiting(self) -> int:
        """How many entries of the inbox wait."""


class PaymentOption(Struct, frozen=True, kw_only=True):
    """A way to pay that is configured: the provider's name, the text key of its button, and from and up to which amount
    of each currency it takes (minor units).
    """

    provider: str
    label: str
    takes: dict[str, tuple[int, int]]


class Places(Struct, frozen=True, kw_only=True):
    """Where things are in this installation. Empty: not configured.

    `agents` and `ops` are addresses of groups, as they are called today (a group that moved has a new one).
    `whatsapp_link` opens a chat with us in the person's app; a text is added to it.
    `payments` are the ways to pay that are configured. `zone` is the business's time zone, by its name.
    `servers` are the providers of machines that are configured, `abilities` what each of them can do. `ssh_port` is
    where a machine must answer, `tax` the rate of the tax on machines in basis points. `ops_phones` are the addresses
    at which ops hear of the logs by WhatsApp too.
    """

    agents: str = ""
    ops: str = ""
    whatsapp_link: str = ""
    payments: tuple[PaymentOption, ...] = ()
    zone: str = "Asia/Jakarta"
    servers: tuple[str, ...] = ()
    abilities: Mapping[str, frozenset[Ability]] = field(default_factory=dict)
    ssh_port: int = 22
    tax: int = 0
    ops_phones: tuple[str, ...] = ()
