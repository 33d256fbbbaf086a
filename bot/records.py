"""The handlers' view of storage: what they may read."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import structlog

from bot.wording import Renderer, TextMissing
from domain.bookings import Availability, Booking, MentorAccount
from domain.cases import Case
from domain.ledger import LedgerEntry
from domain.log_alerts import LogAlerts
from domain.log_patterns import LogHour, LogPattern, SourceStatus
from domain.log_scans import LogStream
from domain.messages import Outgoing
from domain.orders import Order
from domain.payments import Payment, Refund
from domain.payments_sandbox import SandboxInvoice
from domain.people import ChatAlias, Conversation, Counter, Person
from domain.records import Record
from domain.server_actions import Action
from domain.server_creations import Creation
from domain.server_metrics import ServerMetrics
from domain.server_orphans import Orphan
from domain.server_secrets import ServerSecret
from domain.servers import Server
from domain.servers_sandbox import SandboxMachine
from handlers.ports import TranscriptLine
from storage.base import Line, Storage, Value
from storage.copying import Copying

R = TypeVar("R", bound=Record)

log = structlog.get_logger()

RECORD_TYPES: tuple[type[Record], ...] = (
    *(Person, Conversation, ChatAlias, Counter, Case, Copying),
    *(Order, Booking, Availability, MentorAccount),
    *(Payment, Refund, LedgerEntry, SandboxInvoice),
    *(Server, Action, Orphan, Creation, ServerSecret, ServerMetrics, SandboxMachine),
    *(LogStream, LogPattern, LogHour, SourceStatus, LogAlerts),
)
"""Every record type there is: a new one is one more here."""


class StoredRecords:
    """`handlers.ports.Records` on a store."""

    def __init__(self, storage: Storage, renderer: Renderer) -> None:
        self._storage = storage
        self._renderer = renderer

    async def get(self, kind: type[R], record_id: str) -> R | None:
        return await self._storage.get(kind, record_id)

    async def find(self, kind: type[R], *, limit: int = 100, **equal: str | int) -> tuple[R, ...]:
        return await self._storage.find(kind, limit=limit, **equal)

    async def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        return await self._storage.get_many(kind, ids)

    async def newest(
        self,
        kind: type[R],
        *,
        by: str,
        limit: int,
        after: tuple[Value, str] | None = None,
        least: Value | None = None,
        **equal: str | int,
    ) -> tuple[R, ...]:
        return await self._storage.newest(kind, by=by, limit=limit, after=after, least=least, **equal)

    async def how_many(
        self, kind: type[R], *, most: int, by: str = "", least: Value | None = None, **equal: str | int
    ) -> int:
        return await self._storage.how_many(kind, most=most, by=by, least=least, **equal)

    async def message(self, message_id: str) -> Outgoing | None:
        return await self._storage.message(message_id)

    async def message_by_provider_id(self, sender: str, provider_id: str) -> Outgoing | None:
        return await self._storage.message_by_provider_id(sender, provider_id)

    async def waiting(self) -> int:
        return await self._storage.waiting()

    async def transcript(
        self, conversation: str, *, since: datetime | None = None, limit: int = 50
    ) -> tuple[TranscriptLine, ...]:
        lines = await self._storage.transcript(conversation, since=since, limit=limit)
        return tuple(self._line(line) for line in lines)

    def _line(self, line: Line) -> TranscriptLine:
        ours = ""
        if line.sent is not None:
            try:
                ours = self._renderer.words(line.sent)
            except TextMissing as missing:
                log.warning("transcript line left out", message=line.sent.id, missing=str(missing))
        said = line.said.event if line.said else None
        return TranscriptLine(at=line.at, seq=line.seq, said=said, ours=ours)  # type: ignore[arg-type]  # a transcript holds Said alone
