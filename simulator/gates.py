"""Where machines answer: each on a loopback address of its own (127.77.x.y), all at one port, as SSH does: a banner.

Where the system has no such addresses (macOS) they share 127.0.0.1, which answers as long as one of them does.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter

log = logging.getLogger(__name__)

NETWORK = "127.77"
SHARED = "127.0.0.1"
BANNER = b"SSH-2.0-OpenSSH_9.6p1 simulated\r\n"
LARGEST = 255 * 254


class Gates:
    """`port` is 0 until `open`. A place is one of the addresses, kept for a machine until it is given back."""

    def __init__(self) -> None:
        self.port = 0
        self._network = NETWORK
        self._reserved: socket.socket | None = None
        self._open: dict[str, socket.socket] = {}
        self._users: Counter[str] = Counter()
        self._taken: set[str] = set()
        self._last = 0

    def open(self, port: int) -> None:
        """Takes that port, or any free one (0). Raises OSError."""
        if not _binds(f"{NETWORK}.255.254"):
            self._network = ""
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # Held all the time at an address of no machine, so that another simulator on this system takes another one.
            held.bind((f"{self._network}.255.254" if self._network else SHARED, port))
        except OSError:
            held.close()
            raise
        self.port = held.getsockname()[1]
        if self._network:
            self._reserved = held
        else:
            held.close()

    def move(self, port: int) -> None:
        """To that port before anything listens, or not at all if it is taken."""
        before = self._reserved
        try:
            self.open(port)
        except OSError:
            return
        if before is not None:
            before.close()

    def close(self) -> None:
        """Nothing answers."""
        for address in list(self._open):
            self._shut(address)
        self._users.clear()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def free_place(self) -> str:
        """A place of its own; one that was given back is not used again soon."""
        for _ in range(LARGEST):
            self._last = self._last % LARGEST + 1
            high, low = divmod(self._last - 1, 254)
            place = f"{high}.{low + 1}"
            if place not in self._taken:
                self._taken.add(place)
                return place
        raise RuntimeError("the data centre is full")

    def is_free(self, place: str) -> bool:
        """Whether no machine has it."""
        return place not in self._taken

    def take(self, place: str) -> None:
        """The place of a machine that was there before."""
        self._taken.add(place)
        high, low = (int(part) for part in place.split("."))
        self._last = max(self._last, high * 254 + low)

    def give_back(self, place: str) -> None:
        """Free for another machine."""
        self._taken.discard(place)

    def address(self, place: str) -> str:
        """Where a machine at that place answers."""
        return f"{self._network}.{place}" if self._network else SHARED

    def listen(self, address: str) -> None:
        """Somebody answers there. An address that is not of this system's loopback is only shown."""
        self._users[address] += 1
        if address in self._open or not address.startswith("127."):
            return
        try:
            gate = _listening(address, self.port)
        except OSError as error:  # the address is none of this system's, or there are no more files to open
            log.warning("a machine cannot answer at %s:%s: %s", address, self.port, error)
            return
        self._open[address] = gate
        asyncio.get_running_loop().add_reader(gate, _greet, gate)

    def shut(self, address: str) -> None:
        """One less answers there."""
        self._users[address] -= 1
        if self._users[address] <= 0:
            del self._users[address]
            self._shut(address)

    def _shut(self, address: str) -> None:
        gate = self._open.pop(address, None)
        if gate is not None:
            asyncio.get_running_loop().remove_reader(gate)
            gate.close()


def _binds(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _listening(address: str, port: int) -> socket.socket:
    gate = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        gate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        gate.bind((address, port))
        gate.listen(16)
        gate.setblocking(False)
    except OSError:
        gate.close()
        raise
    return gate


def _greet(gate: socket.socket) -> None:
    try:
        caller, _ = gate.accept()
    except OSError:
        return
    with caller:
        caller.setblocking(False)
        try:
            caller.send(BANNER)
        except OSError:
            return
