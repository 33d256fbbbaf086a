"""The change feed: wakes whoever waits for the world to change, and streams the changes to pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

QUEUE_LIMIT = 2000


class Feed:
    """Subscribers get server-sent events as bytes; waiters are woken at every change, without polling."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[bytes | None]] = set()
        self._waiters: set[asyncio.Future[None]] = set()
        self._listeners: list[Callable[[], None]] = []
        self.overflowed: set[asyncio.Queue[bytes | None]] = set()

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls this, synchronously, at every change."""
        self._listeners.append(listener)

    def subscribe(self) -> asyncio.Queue[bytes | None]:
        """A queue of encoded events; None means that the simulator stops."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_LIMIT)
        self._queues.add(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[bytes | None]) -> None:
        """Ends a subscription."""
        self._queues.discard(queue)
        self.overflowed.discard(queue)

    def publish(self, name: str, data: Callable[[], Any]) -> None:
        """Announces a change; `data` is only made when a page listens."""
        self.wake()
        for listener in self._listeners:
            listener()
        if not self._queues:
            return
        event = encode(name, data())
        for queue in self._queues:
            if queue.full():
                self.overflowed.add(queue)
            else:
                queue.put_nowait(event)

    def wake(self) -> None:
        """Lets who waits look again."""
        for future in self._waiters:
            if not future.done():
                future.set_result(None)
        self._waiters.clear()

    async def changed(self) -> None:
        """Returns after the next change."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(future)
        try:
            await future
        finally:
            self._waiters.discard(future)

    async def wait(self, predicate: Callable[[], T], timeout: float) -> T:
        """The first true value of the predicate, asked again at every change; raises TimeoutError after `timeout` s."""
        async with asyncio.timeout(timeout):
            while not (value := predicate()):
                await self.changed()
        return value

    def close(self) -> None:
        """Ends every stream."""
        for queue in self._queues:
            while queue.full():
                queue.get_nowait()
            queue.put_nowait(None)


def encode(name: str, data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
