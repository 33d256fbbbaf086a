"""Machines of the clouds that Apache Libcloud speaks to. A file a cloud, `libcloud_<driver>.py`, says what is its own;
docs/servers-providers.md how each is set up.

Libcloud waits where it calls: it works in threads, and each has a driver of its own (their connections are not made to
be shared).
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.base import Machine, Sample, Wanted
from services.servers.libcloud_line import Failed, Refusal
from services.servers.libcloud_nodes import Nodes

THREADS = 4
SECONDS = 20.0
"""For all calls of one question: an effect that asks three does not outlive its lease, whatever trickles in."""

T = TypeVar("T")


class Libcloud:
    """`services.servers.base.Provider`. `open_cloud` builds the cloud, in each thread once; it raises ValueError, in
    words for the operator, where it cannot be used as it is set up, and so does this.
    """

    name = "libcloud"

    def __init__(self, open_cloud: Callable[[], Nodes]) -> None:
        cloud = open_cloud()
        self.abilities = cloud.abilities
        self.knows_again = cloud.knows_again
        self._title = cloud.title
        self._open = open_cloud
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="libcloud")
        self._own = threading.local()

    async def find(self, name: str) -> tuple[Machine, ...] | Failure:
        return await self._ask(lambda cloud: cloud.named(name))

    async def create(self, wanted: Wanted) -> Machine | Failure:
        return await self._ask(lambda cloud: cloud.create(wanted), writes=True)

    async def get(self, machine: str) -> Machine | Failure:
        return await self._ask(lambda cloud: cloud.get(machine))

    async def list(self, tag: str) -> tuple[Machine, ...] | Failure:
        return await self._ask(lambda cloud: cloud.tagged(tag))

    async def start(self, machine: str) -> Failure | None:
        return await self._ask(lambda cloud: cloud.start(machine), writes=True)

    async def stop(self, machine: str) -> Failure | None:
        return await self._ask(lambda cloud: cloud.stop(machine), writes=True)

    async def restart(self, machine: str) -> Failure | None:
        return await self._ask(lambda cloud: cloud.restart(machine), writes=True)

    async def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        return await self._ask(lambda cloud: cloud.reinstall(machine, wanted), writes=True)

    async def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        return await self._ask(lambda cloud: cloud.resize(machine, wanted), writes=True)

    async def destroy(self, machine: str) -> Failure | None:
        return await self._ask(lambda cloud: cloud.destroy(machine), writes=True)

    async def console(self, machine: str) -> str | Failure:
        return await self._ask(lambda cloud: cloud.console(machine))

    async def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...] | Failure:
        return await self._ask(lambda cloud: cloud.metrics(machine, since, until))

    async def check(self) -> Failure | None:
        return await self._ask(lambda cloud: cloud.check())

    async def _ask(self, work: Callable[[Nodes], T], *, writes: bool = False) -> T | Failure:
        def answered() -> T | Failure:
            if not hasattr(self._own, "cloud"):
                self._own.cloud = self._open()
            return answer_of(self._own.cloud, work)

        try:
            async with asyncio.timeout(SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._pool, answered)
        except TimeoutError:
            slow = f"{self._title}: no answer within {SECONDS:.0f} seconds"
            return Unknown(slow) if writes else Retry(slow)


def answer_of(cloud: Nodes, work: Callable[[Nodes], T]) -> T | Failure:
    """What became of it; a failure says whose it is."""
    answer: T | Failure
    cloud.wrote = False
    try:
        answer = work(cloud)
    except Failed as problem:
        answer = problem.failure
    except Refusal as refusal:
        answer = cloud.failure(refusal)
    # Drivers index, convert and raise errors of their own for what they do not expect.
    except Exception as problem:
        strange = f"the answer is not understood ({type(problem).__name__})"
        answer = Unknown(strange) if cloud.wrote else Retry(strange)
    if isinstance(answer, Permanent | Retry | Unknown):
        return replace(answer, detail=f"{cloud.title}: {answer.detail}")
    return answer
