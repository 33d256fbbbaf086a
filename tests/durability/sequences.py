"""What people do while things go wrong: each sequence is one person's talk, from the first message to the last thing
that must have been heard.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count

from tests.durability.world import Someone, World

Script = Callable[[Someone, "Surroundings"], Awaitable[None]]


@dataclass(frozen=True)
class Sequence:
    """`script` is played by somebody new each time, on either channel."""

    name: str
    script: Script


@dataclass
class Surroundings:
    """Who else is there. `number` gives words of its own to every message that must be told from all others."""

    world: World
    number: "count[int]"
    _there: "dict[str, asyncio.Task[Someone]]" = field(default_factory=dict)

    def agent(self, thread: int | None = None) -> Someone:
        """Dewi, in the agents' group or in one topic of it."""
        return Someone(self.world, "dewi", f"telegram:{self.world.config.agents_chat_id}", thread)

    async def once(self, name: str, comes: Callable[[], Awaitable[Someone]]) -> Someone:
        """Somebody whom all meet, who comes when they are first asked for."""
        if name not in self._there:
            self._there[name] = asyncio.ensure_future(comes())
        return await asyncio.shield(self._there[name])
