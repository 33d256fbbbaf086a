"""`python -m bot copy`: everything from one store into another, so that one can start on SQLite and grow."""

import hashlib
from argparse import Namespace
from typing import Any

import uvloop
from tqdm import tqdm

from bot.build import open_storage
from bot.command import Refused, opened
from bot.records import RECORD_TYPES
from bot.settings import Settings, read
from storage import copying
from storage.base import Storage


def add_to(commands: Any) -> None:
    """The command, as argparse has it."""
    parser = commands.add_parser("copy", help="copy everything into another database, while Sahut does not run")
    parser.add_argument("source", metavar="FROM", help="an address as in DATABASE_URL")
    parser.add_argument("target", metavar="TO", help="another, of a database that is empty")
    parser.set_defaults(act=lambda command: uvloop.run(_copy(command)))


async def _copy(command: Namespace) -> int:
    """Raises Refused, WrongSettings, StorageUnavailable."""
    of, to = read(database_url=command.source), read(database_url=command.target)
    if _identity(of) == _identity(to):
        raise Refused("FROM and TO are the same.")
    async with opened(of) as source:
        await _refuse_if_running(source, of)
        target = open_storage(to)
        await target.open()
        try:
            await _refuse_if_running(target, to)
            await copy(source, target, of, to)
            await _refuse_if_running(source, of)
            counts = await verify(source, target, of, to)
        finally:
            await target.close()
    rows = ", ".join(f"{count} {table}" for table, count in counts.items())
    print(f"{to.database_shown} is a copy of {of.database_shown}, the same by count and checksum: {rows}.")
    print("Now set DATABASE_URL to it, and start Sahut.")
    return 0


async def copy(source: Storage, target: Storage, of: Settings, to: Settings) -> None:
    """Raises Refused."""
    total = await _size(source)
    with tqdm(desc="copy", total=total, unit=" rows", disable=None) as bar:
        try:
            bar.update(await _size(target) if await copying.unfinished(target) else 0)
            await copying.copy(source, target, RECORD_TYPES, _identity(of), progress=bar.update)
        except copying.NotEmpty as problem:
            raise Refused(f"TO ({to.database_shown}) must be empty: {problem}.") from problem


async def verify(source: Storage, target: Storage, of: Settings, to: Settings) -> dict[str, int]:
    """Raises Refused."""
    total = 2 * await _size(source)
    with tqdm(desc="verify", total=total, unit=" rows", disable=None) as bar:
        try:
            return await copying.verify(source, target, RECORD_TYPES, progress=bar.update)
        except copying.Differs as problem:
            raise Refused(
                f"FROM ({of.database_shown}) was written to meanwhile ({problem}). Stop whatever writes to it, empty"
                f" TO ({to.database_shown}), and begin again."
            ) from problem


async def _refuse_if_running(storage: Storage, settings: Settings) -> None:
    if count := await storage.upkeep.running():
        processes = "process runs" if count == 1 else "processes run"
        raise Refused(f"Stop Sahut first: {count} {processes} on {settings.database_shown}.")


async def _size(storage: Storage) -> int:
    return sum([await storage.upkeep.count(table) for table in copying.tables(RECORD_TYPES)])


def _identity(settings: Settings) -> str:
    """Tells one database from another, without what is secret in its address."""
    where = str(settings.sqlite_path.resolve()) if settings.sqlite_path else settings.database_url
    return hashlib.sha256(where.encode()).hexdigest()
