"""The HTTP of every libcloud driver: our time-outs, no redirects, and the one thing that decides what happens next said
by each failure: whether the call can have gone out, and whether it was to change something.
"""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from libcloud.common.base import Connection
from libcloud.common.exceptions import BaseHTTPError
from libcloud.http import LibcloudConnection
from urllib3.exceptions import NewConnectionError

from services.failures import Failure, Permanent, Retry, Unknown

CONNECT = 5.0  # seconds to get a connection
READ = 15.0  # seconds of silence
BUSY = 10.0
LIMITED = 60.0
"""Seconds until a call is made again that was one too many, where the provider does not say."""
LONGEST_WAIT = 3600.0
LONGEST_MESSAGE = 200


class Failed(Exception):
    """Why the call came to nothing."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.detail)
        self.failure = failure


class Refusal(BaseHTTPError):
    """The provider's answer, which is none of success. It is libcloud's own exception too, since its drivers look at
    the code of some. `writes`: the call was to change something; `path`: what was called.
    """

    def __init__(self, code: int, headers: Mapping[str, str], text: str, *, path: str, writes: bool) -> None:
        super().__init__(code, f"it answers {code}")  # type: ignore[no-untyped-call] # libcloud has no types here
        self.status = code
        self.given = headers
        self.text = text
        self.path = path
        self.writes = writes


class Line(LibcloudConnection):
    """Raises Refusal for every answer but success, before a driver makes an error of its own of it, and Failed where
    there is no answer. `wrote`: something was changed by it since it was last set to False.
    """

    wrote = False

    # The signature is libcloud's, by which its connections call it.
    def request(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Any = None,
        raw: bool = False,
        stream: bool = False,
        hooks: Any = None,
    ) -> None:
        writes = self.writes(method, url)
        session: Any = self.session
        try:
            response = session.request(
                method,
                urljoin(str(self.host), url),
                data=body,
                headers={name: str(value) for name, value in (headers or {}).items()},
                allow_redirects=False,
                verify=self.verification,
                timeout=(CONNECT, READ),
            )
        except requests.RequestException as problem:
            # An exception's text holds the address, and that may hold a signature.
            name = type(problem).__name__
            if _never_left(problem):
                raise Failed(Retry(f"cannot be reached: {name}")) from None
            lost = f"no whole answer: {name}"
            raise Failed(Unknown(lost) if writes else Retry(lost)) from None
        if not 200 <= response.status_code < 300:
            path = urlsplit(str(response.url)).path
            raise Refusal(response.status_code, response.headers, response.text, path=path, writes=writes)
        self.wrote = self.wrote or writes
        self.response = response

    def writes(self, method: str, url: str) -> bool:
        return method.upper() not in {"GET", "HEAD"}


def lay(connection: Connection, base_url: str = "", *, line: type[Line] = Line) -> None:
    """Have the connection call by a line of ours; to another address than the driver's own, where one is given."""
    if base_url:
        parts = urlsplit(base_url)
        connection.secure = int(parts.scheme == "https")
        connection.host = parts.hostname or ""
        connection.port = parts.port or (443 if connection.secure else 80)
        connection.request_path = parts.path.rstrip("/")
    connection.conn_class = line
    connection.connect()


def failure_of(refusal: Refusal, *, setting: str, message: str) -> Failure:
    """What an answer means wherever the provider has no word of its own for it. `message` is the provider's."""
    said = message or f"it answers {refusal.status}"
    match refusal.status:
        case 401:
            return Permanent(f"{setting} is not taken (401)")
        case 403:
            return Permanent(f"{setting} does not allow this (403){message and f': {message}'}")
        case 429:
            return Retry("too many requests", _wait(refusal.given) or LIMITED)
        case 408 | 409 | 423 | 425:
            return Retry(said, _wait(refusal.given) or BUSY)
        case status if status >= 500 and refusal.writes:
            return Unknown(said)
        case status if status >= 500:
            return Retry(said, _wait(refusal.given))
        case status if status < 400:
            return Permanent(f"it sends us elsewhere ({status}): is its address right?")
        case _:
            return Permanent(said)


def message_of(text: str, find: Callable[[Any], object]) -> str:
    """What the provider says, of a JSON body; in one line, cut. Empty: it says nothing in that form."""
    try:
        said = find(json.loads(text))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return cut(said) if isinstance(said, str) else ""


def cut(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, as the provider asks for. A time it names is measured by its own clock."""
    asked: float | None = None
    try:
        if "Retry-After" in headers:
            asked = float(headers["Retry-After"])
        elif "RateLimit-Reset" in headers:
            asked = float(headers["RateLimit-Reset"]) - parsedate_to_datetime(headers["Date"]).timestamp()
    except (ValueError, KeyError):
        return None
    return None if asked is None else min(max(asked, 1.0), LONGEST_WAIT)


def _never_left(problem: requests.RequestException) -> bool:
    if isinstance(problem, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    return any(isinstance(each, NewConnectionError | ssl.SSLCertVerificationError) for each in _reasons(problem))


def _reasons(problem: BaseException) -> Iterator[BaseException]:
    """An exception and those that it was made of: requests and urllib3 hand them on as arguments."""
    yield problem
    for each in (*problem.args, getattr(problem, "reason", None)):
        if isinstance(each, BaseException):
            yield from _reasons(each)
