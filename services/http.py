"""One HTTP call to a provider, with the one thing that decides what happens next: whether it can have gone out."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
from yarl import URL

CONNECT = 8.0  # seconds to get a connection, the wait for a free one included
TOTAL = 20.0


class NotSent(Exception):
    """Nothing has reached the provider: the call may be made again."""


class NoAnswer(Exception):
    """The call went out and no whole answer came back: it may have been carried out."""


class TooLarge(Exception):
    """There are more bytes than the caller takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


def basic(user: str, password: str) -> str:
    """The Authorization header's value."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


async def exchange(
    session: aiohttp.ClientSession,
    method: str,
    url: str | URL,
    *,
    seconds: float = TOTAL,
    limit: int | None = None,
    **arguments: Any,
) -> Answer:
    """Make the call, follow no redirect, read at most `limit` bytes. Raises NotSent, NoAnswer, TooLarge.

    The exceptions name only the kind of trouble: an address may hold a token.
    """
    if session.closed:
        raise NotSent("the session is closed")
    try:
        async with session.request(
            method, url, timeout=_timeout(seconds), allow_redirects=False, **arguments
        ) as response:
            body = await response.read() if limit is None else await _bounded(response, limit)
            return Answer(response.status, body, response.headers)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        raise NotSent(type(error).__name__) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NoAnswer(type(error).__name__) from None


@cache
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    """Getting a connection has its own, shorter time: whatever times out after it has left us."""
    return aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT, seconds / 2))


async def _bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise TooLarge
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > limit:
            raise TooLarge
    return bytes(body)
