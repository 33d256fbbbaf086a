"""Whose transactions are open: those of a killed process are ended, so that nobody waits for them.

MongoDB keeps a transaction, and with it a hold on every document it wrote to, for a minute after its client is gone. So
each process keeps a document that names its sessions, touched while it writes. Who meets a conflict that does not pass
ends the sessions of those not seen for a while; a process that was idle has none open, and loses nothing.
"""

import asyncio
import logging
import uuid
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

from pymongo.errors import OperationFailure

from storage.mongo_schema import OWNERS

if TYPE_CHECKING:
    from storage.mongo_types import Database, Session

RENEW_SECONDS = 2.0
DEAD_AFTER = timedelta(seconds=6)
"""By the server's clock. Longer than a transaction may take, and than a process goes without telling that it lives."""

LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Owners:
    """This process, and what it does about others."""

    def __init__(self) -> None:
        self._name = uuid.uuid4().hex
        self._sessions: list[object] = []
        self._lock = asyncio.Lock()
        self._renew_at = 0.0
        self._look_at = 0.0

    def adopt(self, session: "Session") -> None:
        """From the next `renew` on this session is known to be ours."""
        self._sessions.append(session.session_id)
        self._renew_at = 0.0

    def disown(self, session: "Session") -> None:
        self._sessions = [each for each in self._sessions if each != session.session_id]

    async def renew(self, database: "Database") -> None:
        """Tell that this process lives. To be called before each transaction."""
        if monotonic() < self._renew_at:
            return
        async with self._lock:  # so that what is written last names the most sessions
            if monotonic() < self._renew_at:
                return
            self._renew_at = monotonic() + RENEW_SECONDS
            alive = {"$set": {"sessions": list(self._sessions)}, "$currentDate": {"seen": True}}
            try:
                await database[OWNERS].update_one({"_id": self._name}, alive, upsert=True)
            except BaseException:
                self._renew_at = 0.0
                raise

    async def free(self, database: "Database") -> None:
        """End the transactions of the dead, if there are any."""
        if monotonic() < self._look_at:
            return
        self._look_at = monotonic() + LOOK_SECONDS
        hello = await database.client.admin.command("hello")
        async for row in database[OWNERS].find({"seen": {"$lt": hello["localTime"] - DEAD_AFTER}}):
            try:
                if row["sessions"]:
                    await database.client.admin.command("killSessions", row["sessions"])
            except OperationFailure as problem:
                _log.warning("a dead process's transactions cannot be ended, only waited for: %s", problem)
                return
            await database[OWNERS].delete_one({"_id": row["_id"], "seen": row["seen"]})

    async def leave(self, database: "Database") -> None:
        if self._sessions:
            await database[OWNERS].delete_one({"_id": self._name})
