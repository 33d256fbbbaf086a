"""Ports for what a test starts."""

import os
import random
import socket

BELOW, ABOVE = 10_000, 32_000
"""Outside of those that systems give to whoever calls somebody else (from 32768 on): none of these is taken by chance
between being found free and being listened on.
"""
_chance = random.Random(os.getpid())


def free_port() -> int:
    while True:
        port = _chance.randrange(BELOW, ABOVE)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
