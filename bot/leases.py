"""What this process calls itself when it leases something."""

import uuid

from bot.clock import real_now
from storage.base import Lease

LEASE_SECONDS = 30.0
"""How long a dead process's work lies still before another takes it over; a turn or a send takes far less."""


class Leases:
    def __init__(self) -> None:
        self.token = uuid.uuid4().hex

    def lease(self, seconds: float = LEASE_SECONDS) -> Lease:
        now = real_now()
        return Lease(token=self.token, now=now, until=now + seconds)
