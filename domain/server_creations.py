"""What is known of the calls that were to make a machine. Each is written down before it goes out: whoever comes after
a process that died in one knows that there may be a machine.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.records import NOBODYS, Table

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
DIED = "the call was made, and nobody was left to hear the answer"


class Creation(Struct, frozen=True, kw_only=True):
    """`id` is the machine's name and the provider's, as in name@provider. `unclear` counts the calls of which it is not
    known whether they made one, the last made at `called_at` (business time); `detail` says why. `machine` is the
    provider's id of what was made.
    """

    TABLE: ClassVar[Table] = Table("server_creations", indexes=("called_at",), personal=NOBODYS, ended="called_at")

    id: str
    version: int = 0
    unclear: int = 0
    called_at: datetime
    detail: str = ""
    machine: str = ""

    @property
    def next_at(self) -> datetime:
        """Until then only looking is allowed: the pause doubles with each call whose answer was lost."""
        if not self.unclear:
            return self.called_at
        doubled: int = 2 ** min(self.unclear - 1, 9)
        return self.called_at + min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def called(creation: Creation, now: datetime) -> Creation:
    """As it stands while the call is out: unclear, until an answer comes."""
    return replace(creation, unclear=creation.unclear + 1, called_at=now, detail=DIED, machine="")


def made(creation: Creation, machine: str) -> Creation:
    return replace(creation, unclear=0, detail="", machine=machine)


def not_made(creation: Creation) -> Creation:
    """The last call was not carried out, and the provider says so."""
    return replace(creation, unclear=creation.unclear - 1)


def lost(creation: Creation, detail: str) -> Creation:
    """The last call's answer never came."""
    return replace(creation, detail=detail)
