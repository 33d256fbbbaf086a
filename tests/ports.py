"""Ports for what a test starts."""

import os
import random
import socket

BELOW, ABOVE = 10_000, 32_000
"""Outside of those that systems give to whoever calls somebody else (from 32768 on): none of these is taken by chance
between being found free and being listened on.
"""
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_chance = random.Random(os.getpid())


def free_port() -> int:
    """One that no other worker of the same tests is given: what it holds at another address does not show here."""
    while True:
        port = _chance.randrange(BELOW + WORKER, ABOVE, WORKERS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
