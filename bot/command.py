"""What the commands on stored data (backup, restore, copy, export, forget) have in common."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.build import open_storage
from bot.settings import Settings
from storage.base import Storage


class Refused(Exception):
    """The command has done nothing, or not all: a sentence that tells the operator why."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Storage]:
    """The store of these settings, which must be there. Raises Refused, StorageUnavailable."""
    if settings.sqlite_path and not settings.sqlite_path.exists():
        raise Refused(f"{settings.sqlite_path} is not there. See DATABASE_URL.")
    storage = open_storage(settings)
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()
