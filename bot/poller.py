"""Updates by polling, for a bot without a public address. One process at a time polls a bot."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.backlog import Backlog
from bot.channels.base import Retry
from bot.channels.telegram import TelegramChannel
from bot.leases import Leases
from domain.events import Arrival
from storage.base import Recorded, Storage, StorageUnavailable

log = structlog.get_logger()

HOLD_SECONDS = 90.0
"""Longer than one long poll."""


class Poller:
    """An update is confirmed to Telegram (by the next offset) only after it is recorded."""

    def __init__(
        self,
        bot: TelegramChannel,
        storage: Storage,
        leases: Leases,
        accept: Callable[[Sequence[Arrival]], Awaitable[Recorded]],
        backlog: Backlog,
    ) -> None:
        self._bot = bot
        self._storage = storage
        self._leases = leases
        self._accept = accept
        self._backlog = backlog

    async def run(self) -> None:
        """Poll until cancelled; then another process may poll at once."""
        try:
            await self._poll_for_ever()
        finally:
            await self._storage.let_go(self._lease_name, self._leases.token)

    @property
    def _lease_name(self) -> str:
        return f"poll:{self._bot.name}"

    async def _poll_for_ever(self) -> None:
        offset = 0
        while True:
            try:
                if not await self._storage.hold(self._lease_name, self._leases.lease(HOLD_SECONDS)):
                    await asyncio.sleep(5)
                    continue
                if self._backlog.full:
                    await asyncio.sleep(1)
                    continue
                updates = await self._bot.poll(offset)
                if isinstance(updates, Retry):
                    log.warning("poll failed", bot=self._bot.name, why=updates.detail)
                    await asyncio.sleep(updates.after or 3)
                    continue
                arrivals = [arrival for update in updates for arrival in self._bot.parse_update(update)]
                if arrivals:
                    await self._accept(arrivals)
                offset = max((update["update_id"] + 1 for update in updates), default=offset)
            except StorageUnavailable as problem:
                log.warning("storage unavailable", where="poller", problem=str(problem))
                await asyncio.sleep(1)
