"""Machines at a provider that no customer has: flagged to ops, never touched by the program."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from domain.records import NOBODYS, Table


class Orphan(Struct, frozen=True, kw_only=True):
    """A machine with our tag that belongs to nobody. The id is made of the provider's name and its id of the machine.

    `name` is its name there, `flagged_at` when ops were told, in business time (UTC). `gone_at`: since when it is no
    longer there; None: it still is.
    """

    TABLE: ClassVar[Table] = Table("server_orphans", indexes=("provider", "gone_at"), personal=NOBODYS, ended="gone_at")

    id: str
    version: int = 0
    provider: str
    machine: str
    name: str
    address: str
    flagged_at: datetime
    gone_at: datetime | None = None


def orphan_id(provider: str, machine: str) -> str:
    return f"{provider}/{machine}"
