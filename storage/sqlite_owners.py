"""Who is alive, by a locked file an owner beside the database: what a killed process held is free at the next start.

The kernel lets a lock go when its process ends, however it ends. Where locks are not to be had (a file system without
them), leases run out by themselves.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection

# A conversation is held only while an entry of it waits, so these few are all there can be.
GIVE_UP = (
    "UPDATE conversations SET lease_token = '', lease_until = 0 WHERE lease_token = :token"
    " AND id IN (SELECT conversation FROM inbox WHERE state = 'new')"
)
FREE = (
    "DELETE FROM leases WHERE token = :token",
    "UPDATE effects SET lease_until = 0 WHERE state = 'waiting' AND lease_token = :token",
    GIVE_UP,
)


def folder_of(database: Path) -> Path:
    return database.with_name(f"{database.name}-owners")


def living(database: Path) -> int:
    """How many owners are alive, those of this process among them; 0 too where there are no locks to know it by."""
    found = 0
    with suppress(OSError):
        for path in folder_of(database).iterdir():
            try:
                os.close(_locked(path, create=False))
            except BlockingIOError:
                found += 1
            except OSError:
                continue  # gone meanwhile
    return found


class Owners:
    """The owners of this machine; each is known by the token of its leases."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine: dict[Path, int] = {}
        self._dead: dict[Path, int] = {}

    def enlist(self, token: str) -> None:
        """Be alive until `close`, or until this process ends. Raises OSError where there are no locks."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / token
        if path not in self._mine:
            self._mine[path] = _locked(path)

    def dead(self) -> list[str]:
        """The tokens of those who ended without `close`; locked, so that nobody else frees them too, until `bury`."""
        for path in sorted(self._folder.iterdir()):
            if path not in self._mine and path not in self._dead:
                with suppress(OSError):  # alive, or buried by another
                    self._dead[path] = _locked(path, create=False)
        return [path.name for path in self._dead]

    def bury(self) -> None:
        """What they held is free: forget them."""
        _let_go(self._dead)

    def close(self) -> None:
        _let_go(self._dead)
        _let_go(self._mine)


def free(connection: Connection, tokens: list[str]) -> None:
    """Give up everything that these owners held."""
    for statement in FREE:
        connection.executemany(statement, [{"token": token} for token in tokens])


def _locked(path: Path, *, create: bool = True) -> int:
    """Open and lock, without waiting. Raises OSError."""
    file = os.open(path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_ino != path.stat().st_ino:
            raise FileNotFoundError(path)  # removed in between, and made anew
    except OSError:
        os.close(file)
        raise
    return file


def _let_go(files: dict[Path, int]) -> None:
    for path, file in files.items():
        path.unlink(missing_ok=True)
        os.close(file)
    files.clear()
