"""What a test changes inside a process that it starts, by name. The process is real in all else."""

import bot.leases
import bot.outbox
from storage.base import Lease

SHORT_LEASE = 5.0


def short_leases() -> None:
    """A dead process's work is taken over within seconds, on a store that cannot tell who is dead."""
    lease = bot.leases.Leases.lease

    def shorter(self: bot.leases.Leases, seconds: float = SHORT_LEASE) -> Lease:
        return lease(self, min(seconds, SHORT_LEASE))

    bot.leases.Leases.lease = shorter  # type: ignore[method-assign]  # that is the point
    bot.outbox.LEASE_SECONDS = SHORT_LEASE  # type: ignore[attr-defined]  # its own name for it
