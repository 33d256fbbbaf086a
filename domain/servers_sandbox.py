"""What the sandbox, a provider of machines of our own for trying things, remembers of one."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from domain.records import NOBODYS, Table


class SandboxMachine(Struct, frozen=True, kw_only=True):
    """`id` is its name: there is never a second one of a name. `state` is one of `STATES` in `domain/servers.py`."""

    TABLE: ClassVar[Table] = Table("sandbox_machines", indexes=("tag",), personal=NOBODYS)

    id: str
    version: int = 0
    tag: str
    state: str
    address: str
    size: str
    image: str
    made_at: datetime
