"""What is remembered: every record type declares its table, its indexes and its unique keys here, once for every
store.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from msgspec import Struct


class Personal(Struct, frozen=True):
    """Whose a record is, and what becomes of it when that person is forgotten.

    `field` holds the person's address: `id`, or one of the table's indexes. `anonymous` makes of the record what must
    stay without the person (a ledger's entry); where it is left out, the record is deleted.
    """

    field: str
    anonymous: Callable[[Any], Any] | None = None


NOBODYS = Personal("")
"""Of records that tell nothing of any one person."""


class Table(Struct, frozen=True):
    """How a record type is kept.

    `indexes` name fields of the body that are looked up by equality or by order. `orders` are indexes over several
    fields: what equals the first ones is read in the order of the last.
    `keys` gives the unique keys a record holds as long as it exists with that body: no two records, of any type, may
    hold the same key.
    `personal` is asked of every record type of the service (by a test): there is no default that would be safe.
    `ended` names the index that says since when a record is over: retention counts from there, and leaves alone what
    is not over. Empty: such records are kept.
    """

    name: str
    indexes: tuple[str, ...] = ()
    keys: Callable[[Any], tuple[str, ...]] = lambda record: ()
    personal: Personal | None = None
    ended: str = ""
    orders: tuple[tuple[str, ...], ...] = ()

    @property
    def all_indexes(self) -> tuple[tuple[str, ...], ...]:
        """The fields of each index."""
        return (*((field,) for field in self.indexes), *self.orders)

    def declared(self, *fields: str) -> None:
        """Raises ValueError for a field that no index has."""
        known = {field for index in self.all_indexes for field in index}
        for field in fields:
            if field not in known:
                raise ValueError(f"{self.name} declares no index on {field!r}")


class Record(Protocol):
    """A frozen Struct with an id, the version it was read at (0: not stored yet) and its table."""

    TABLE: ClassVar[Table]

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
