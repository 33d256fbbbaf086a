"""What is remembered: every record type declares its table, its indexes and its unique keys here, once for every
store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Table:
    """How a record type is kept.

    `indexes` name fields of the body that are looked up by equality or, for `due_at`, by order.
    `keys` gives the unique keys a record holds as long as it exists with that body: no two records, of any type, may
    hold the same key.
    """

    name: str
    indexes: tuple[str, ...] = ()
    keys: Callable[[Any], tuple[str, ...]] = lambda record: ()


class Record(Protocol):
    """A frozen dataclass with an id, the version it was read at (0: not stored yet) and its table."""

    TABLE: ClassVar[Table]

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
