"""The tables of the SQLite store: those that every installation has, and one per record type."""

import re
from collections.abc import Sequence
from sqlite3 import Connection

from domain.people import Conversation
from domain.records import Record, Table
from storage.base import StorageError

_FIRST = """
CREATE TABLE keys (key TEXT PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    conversation TEXT NOT NULL,
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new',
    tries INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    UNIQUE (source, external_id)
);
CREATE INDEX inbox_waiting ON inbox (seq) WHERE state = 'new';
CREATE INDEX inbox_waiting_by_conversation ON inbox (conversation, seq) WHERE state = 'new';
CREATE INDEX inbox_said ON inbox (conversation, received_at) WHERE kind = 'said';

CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    keys TEXT NOT NULL DEFAULT '',
    lease_token TEXT NOT NULL DEFAULT '',
    lease_until REAL NOT NULL DEFAULT 0
);

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    sender TEXT NOT NULL,
    "to" TEXT NOT NULL,
    queued INTEGER NOT NULL DEFAULT 1,
    delivery TEXT NOT NULL,
    not_before REAL NOT NULL DEFAULT 0,
    queued_at TEXT NOT NULL,
    entry INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX outbox_queued ON outbox (sender, seq) WHERE queued = 1;
CREATE INDEX outbox_by_time ON outbox ("to", queued_at);

CREATE TABLE provider_ids (
    sender TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (sender, provider_id)
) WITHOUT ROWID;

CREATE TABLE effects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    lease_until REAL NOT NULL DEFAULT 0
);
CREATE INDEX effects_waiting ON effects (not_before, seq) WHERE state = 'waiting';

CREATE TABLE leases (name TEXT PRIMARY KEY, token TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
"""

_EFFECTS_HAVE_OWNERS = "ALTER TABLE effects ADD COLUMN lease_token TEXT NOT NULL DEFAULT ''"

_EFFECTS_HAVE_ENDS = "ALTER TABLE effects ADD COLUMN done_at TEXT NOT NULL DEFAULT ''"

MIGRATIONS: tuple[str, ...] = (_FIRST, _EFFECTS_HAVE_OWNERS, _EFFECTS_HAVE_ENDS)
"""In order, each run once. Never change one that was released: add another."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def make_tables(connection: Connection, records: Sequence[type[Record]]) -> None:
    """Bring the file up to date, inside the caller's transaction. Raises StorageError for a newer version's file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise StorageError(f"the file is of schema {version}, this version knows up to {len(MIGRATIONS)}")
    for migration in MIGRATIONS[version:]:
        for statement in filter(str.strip, migration.split(";")):
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    for kind in records:
        _make_table(connection, kind)


def _make_table(connection: Connection, kind: type[Record]) -> None:
    table: Table = kind.TABLE
    for name in (table.name, *(field for index in table.all_indexes for field in index)):
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name for a table or an index: {name!r}")
    if kind is not Conversation:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table.name} (id TEXT PRIMARY KEY, version INTEGER NOT NULL,"
            " body TEXT NOT NULL, keys TEXT NOT NULL DEFAULT '')"
        )
    for index in table.all_indexes:
        name = f"{table.name}_by_{'__'.join(index)}"
        columns = ", ".join(f"json_extract(body, '$.{field}')" for field in index)
        connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table.name} ({columns}, id)")
