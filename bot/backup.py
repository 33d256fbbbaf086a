"""`python -m bot backup` and `restore`: the SQLite file, copied while Sahut runs, and put back while it does not."""

import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from bot.command import Refused
from bot.settings import read
from storage import sqlite_backup
from storage.sqlite_backup import Progress


def add_to(commands: Any) -> None:
    """The two commands, as argparse has them."""
    backup = commands.add_parser("backup", help="copy the database, also while Sahut runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="where the copy goes")
    backup.add_argument("--overwrite", action="store_true", help="replace FILE where it is there already")
    backup.set_defaults(act=back_up)
    restore = commands.add_parser("restore", help="put a backup in place, while Sahut does not run")
    restore.add_argument("file", type=Path, metavar="FILE", help="a backup")
    restore.set_defaults(act=put_back)


def back_up(command: Namespace) -> int:
    """Raises Refused, WrongSettings."""
    target: Path = command.file
    database = _database("mongodump")
    if not database.exists():
        raise Refused(f"{database} is not there: there is nothing to back up. See DATABASE_URL.")
    if target.exists() and target.samefile(database):
        raise Refused(f"{target} is the database itself.")
    if target.exists() and not command.overwrite:
        raise Refused(f"{target} is there already: name another file, or add --overwrite.")
    with _told("backup") as progress:
        sqlite_backup.back_up(database, target, progress)
    print(f"{target} is a checked backup of {database}: {target.stat().st_size / 2**20:.1f} MiB.")
    return 0


def put_back(command: Namespace) -> int:
    """Raises Refused, WrongSettings."""
    backup: Path = command.file
    database = _database("mongorestore")
    if not backup.exists():
        raise Refused(f"{backup} is not there.")
    if database.exists() and backup.samefile(database):
        raise Refused(f"{backup} is in place already.")
    before = f" The one before is {database}.before." if database.exists() else ""
    database.parent.mkdir(parents=True, exist_ok=True)
    with _told("restore") as progress:
        sqlite_backup.restore(backup, database, progress)
    print(
        f"{database} is now {backup}.{before}\n"
        "What came after the backup was taken is not in it; what it holds as waiting is answered at the next start,"
        " also where it was answered since."
    )
    return 0


def _database(instead: str) -> Path:
    """The SQLite file of the settings."""
    path = read().sqlite_path
    if path is None:
        raise Refused(f"DATABASE_URL is not a SQLite file. For MongoDB use its own {instead} (docs/operations.md).")
    return path


@contextmanager
def _told(what: str) -> Iterator[Progress]:
    """Progress on a terminal, and what goes wrong as a sentence."""
    try:
        with tqdm(desc=what, unit=" pages", disable=None) as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            yield progress
    except sqlite_backup.InUse as problem:
        raise Refused(f"Stop Sahut first: {problem}") from problem
    except sqlite_backup.NotABackup as problem:
        raise Refused(str(problem)) from problem
    except (sqlite3.Error, OSError) as problem:
        raise Refused(f"The {what} has failed, and nothing was changed: {problem}.") from problem
