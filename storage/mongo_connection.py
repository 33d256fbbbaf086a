"""The connection to MongoDB: transactions that are tried again, and what its errors mean to us.

With `storage.mongo` this is the only file that uses Motor itself; the others are given its database and sessions.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context
from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeVar

import pymongo
from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.int64 import Int64
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from storage.base import StorageUnavailable
from storage.mongo_owners import Owners

if TYPE_CHECKING:
    from storage.mongo_types import Client, Database, Document, Session

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds after which a server that does not answer is unavailable, however many calls an operation needs."""

TRIES = 6
"""A commit that meets a write conflict is made again five times."""

LASTING = 3
"""After so many tries it may be a dead process that is in the way."""

PAUSE = 0.01
"""Seconds before the first repetition, doubled with each, with jitter."""

BLOCKED_SECONDS = 0.5

COMMIT_TRIES = 3
"""A commit whose outcome is unknown is asked for again; the same one is never carried out twice."""

DATABASE = "sahut"
"""The name where the address has none."""

_WRITE_CONFLICT = 112
_DUPLICATE_KEY = 11000
_NO_SPACE = 14031
_NO_ACCESS = {13, 18, 8000}
_MAJORITY = WriteConcern("majority")

NO_REPLICA_SET = (
    "this MongoDB server stands alone; Sahut needs a replica set, of one member at least, for its transactions:"
    " start mongod with --replSet rs0, then run rs.initiate() once in mongosh"
)


class Again(Exception):
    """The transaction is to be made once more from its beginning: what it was made from is out of date."""


class _WholeNumbers(TypeDecoder):
    """The driver has a type of its own for numbers beyond 32 bits, which would get into records and out of them."""

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        return int(value)


class Connection:
    """One client and its pool. `concurrency`: how many calls may be under way at once.

    Motor makes each call in a thread. How many threads it has it reads, once a process, when it is imported.
    """

    def __init__(self, url: str, concurrency: int) -> None:
        os.environ.setdefault("MOTOR_MAX_WORKERS", str(concurrency))
        self._url = url
        self._concurrency = concurrency
        self._client: Client | None = None
        self._database: Database | None = None
        self._sessions: list[Session] = []
        self._owners = Owners()

    @property
    def database(self) -> "Database":
        if self._database is None:
            raise StorageUnavailable("the store is not open")
        return self._database

    async def open(self) -> None:
        """Raises StorageUnavailable where nobody answers, or only a server without transactions."""
        from motor.motor_asyncio import AsyncIOMotorClient

        try:
            client: Client = AsyncIOMotorClient(
                self._url,
                io_loop=asyncio.get_running_loop(),
                appname="sahut",
                retryWrites=True,
                maxPoolSize=self._concurrency + 4,
                serverSelectionTimeoutMS=2000,
                connectTimeoutMS=2000,
            )
            database = client.get_default_database(DATABASE)
        except (ValueError, PyMongoError) as error:
            raise StorageUnavailable(f"its address is wrong: {_brief(error)}") from error
        self._client = client
        self._database = database.with_options(
            codec_options=CodecOptions(tz_aware=True, tzinfo=UTC, type_registry=TypeRegistry([_WholeNumbers()])),
            read_preference=ReadPreference.PRIMARY,
            write_concern=_MAJORITY,
            read_concern=ReadConcern("majority"),
        )
        with translated(), pymongo.timeout(PATIENCE):
            hello = await client.admin.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            raise StorageUnavailable(NO_REPLICA_SET)

    async def close(self) -> None:
        client, database = self._client, self._database
        self._client, self._database, self._sessions = None, None, []
        if client is None:
            return
        with suppress(PyMongoError), pymongo.timeout(PATIENCE):
            if database is not None:
                await self._owners.leave(database)
        self._owners = Owners()
        await asyncio.to_thread(client.close)

    async def do(self, work: Callable[["Database"], Awaitable[T]]) -> T:
        """Reads, or writes of one document each, within PATIENCE. Must be repeatable. Raises StorageUnavailable."""
        database = self.database
        with translated(), pymongo.timeout(PATIENCE):
            for attempt in range(TRIES):
                try:
                    return await work(database)
                except (PyMongoError, Again) as problem:
                    if isinstance(problem, PyMongoError) and problem.timeout:
                        self.free_the_dead()
                    if attempt + 1 == TRIES or not _is_conflict(problem):
                        raise
                await _pause(attempt)
        raise AssertionError("unreachable")

    def free_the_dead(self) -> None:
        """A dead process's transaction may be in the way: see to it, without anybody waiting for that."""
        if self._database is not None:
            _in_background(self._owners.free(self._database))

    async def transact(
        self,
        work: Callable[["Database", "Session"], Awaitable[T]],
        landed: Callable[["Database", T], Awaitable[bool]],
    ) -> T:
        """Carry out `work` in one transaction, again from its beginning after a write conflict.

        Where nobody can say whether the transaction was committed, `landed` looks whether that result is there.
        Raises StorageUnavailable, and whatever `work` raises.
        """
        database = self.database
        with translated(), pymongo.timeout(PATIENCE):
            for attempt in range(TRIES):
                try:
                    return await self._once(database, work, landed)
                except (PyMongoError, Again) as problem:
                    if attempt + 1 == TRIES or not _is_conflict(problem):
                        raise
                if attempt + 1 >= LASTING:
                    await self._owners.free(database)
                await _pause(attempt)
        raise AssertionError("unreachable")

    async def _once(
        self,
        database: "Database",
        work: Callable[["Database", "Session"], Awaitable[T]],
        landed: Callable[["Database", T], Awaitable[bool]],
    ) -> T:
        session = await self._session(database)
        session.start_transaction(ReadConcern("snapshot"), _MAJORITY, ReadPreference.PRIMARY)
        try:
            result = await work(database, session)
        except BaseException as problem:
            await self._abort(session, problem)
            raise
        try:
            await _commit(session)
        except PyMongoError as problem:
            self._drop(session)
            if not _has_label(problem, "UnknownTransactionCommitResult"):
                raise
            if not await landed(database, result):
                raise Again from problem  # should it land yet, it is in the way of the next try
            return result
        self._sessions.append(session)
        return result

    async def _session(self, database: "Database") -> "Session":
        if self._client is None:
            raise StorageUnavailable("the store is not open")
        if self._sessions:
            session = self._sessions.pop()
        else:
            session = await self._client.start_session()
            self._owners.adopt(session)
        try:
            await self._owners.renew(database)
        except BaseException:
            self._sessions.append(session)
            raise
        return session

    async def _abort(self, session: "Session", problem: BaseException) -> None:
        """A server that is out of reach is not asked to forget: it does so by itself."""
        if isinstance(problem, ConnectionFailure | asyncio.CancelledError):
            self._drop(session)
            return
        await session.abort_transaction()
        self._sessions.append(session)

    def _drop(self, session: "Session") -> None:
        """The session may be in any state. Its end, which may wait for the server, is nobody's to wait for."""
        self._owners.disown(session)
        _in_background(session.end_session())


_background: set[asyncio.Task[None]] = set()


def _in_background(work: Coroutine[Any, Any, None]) -> None:
    async def patiently() -> None:
        with suppress(PyMongoError), pymongo.timeout(PATIENCE):
            await work

    task = asyncio.create_task(patiently(), context=Context())  # with a deadline of its own
    _background.add(task)
    task.add_done_callback(_background.discard)


class Blocked(Exception):
    """A transaction that was not ended has hold of the document."""


@contextmanager
def briefly() -> Iterator[None]:
    """A write of one document outside transactions waits for one that has written to it: not for long here. Raises
    Blocked.
    """
    try:
        with pymongo.timeout(BLOCKED_SECONDS):
            yield
    except PyMongoError as problem:
        if problem.timeout or _is_conflict(problem):
            raise Blocked from problem
        raise


async def _commit(session: "Session") -> None:
    for attempt in range(COMMIT_TRIES):
        try:
            await session.commit_transaction()
            return
        except PyMongoError as problem:
            if attempt + 1 == COMMIT_TRIES or not _has_label(problem, "UnknownTransactionCommitResult"):
                raise
        await _pause(attempt)


async def _pause(attempt: int) -> None:
    await asyncio.sleep(PAUSE * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - jitter, not a secret


def _has_label(problem: BaseException, label: str) -> bool:
    return isinstance(problem, PyMongoError) and problem.has_error_label(label)


def _is_conflict(problem: BaseException) -> bool:
    """Somebody else wrote at the same time: the same thing again will either work or meet what they wrote."""
    if isinstance(problem, Again | DuplicateKeyError):
        return True
    if isinstance(problem, BulkWriteError):
        return any(each["code"] in (_WRITE_CONFLICT, _DUPLICATE_KEY) for each in problem.details["writeErrors"])
    if isinstance(problem, OperationFailure) and problem.code == _WRITE_CONFLICT:
        return True
    return _has_label(problem, "TransientTransactionError")


def duplicate(problem: PyMongoError) -> "Document | None":
    """The document that could not be inserted because its id is taken; None: something else went wrong."""
    if isinstance(problem, BulkWriteError):
        for each in problem.details["writeErrors"]:
            if each["code"] == _DUPLICATE_KEY:
                document: Document = each["op"]
                return document
    return None


@contextmanager
def translated() -> Iterator[None]:
    """What a caller is told. A mistake of ours, such as a wrong statement, stays what it is."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a surrogate pair in an id, an address or a key: {error}") from error
    except Again as error:
        raise StorageUnavailable("too many others write the same thing") from error
    except PyMongoError as error:
        if _is_outage(error):
            raise StorageUnavailable(_brief(error)) from error
        raise


def _brief(error: Exception) -> str:
    """Without the driver's account of its timeouts and of all the servers it knows."""
    return str(error).partition(" (configured timeouts")[0].partition(", Timeout:")[0].partition(", full error")[0]


def _is_outage(error: PyMongoError) -> bool:
    outages = ConnectionFailure | ConfigurationError | ExecutionTimeout | InvalidOperation | WTimeoutError
    if isinstance(error, outages) or error.timeout or _is_conflict(error):
        return True
    if _has_label(error, "UnknownTransactionCommitResult"):
        return True
    return isinstance(error, OperationFailure) and (error.code == _NO_SPACE or error.code in _NO_ACCESS)
