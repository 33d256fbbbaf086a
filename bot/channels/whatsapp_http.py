"""Twilio's SDK over our shared aiohttp session, sent to the configured address."""

import logging
from typing import Any
from urllib.parse import urlencode

import aiohttp
from multidict import CIMultiDict
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from services.http import TOTAL, NoAnswer, basic, exchange

API = "https://api.twilio.com"

_logger = logging.getLogger(__name__)


class TooMany(Exception):
    """HTTP 429: not carried out. `after` seconds, where Twilio says so."""

    def __init__(self, after: float | None) -> None:
        super().__init__("too many requests")
        self.after = after


class SessionHttpClient(AsyncHttpClient):  # type: ignore[misc]  # the SDK's types are not read, see pyproject.toml
    """The SDK's seam for another HTTP client. It replaces the host; a host that it has no other for is refused."""

    def __init__(self, session: aiohttp.ClientSession, base_url: str) -> None:
        super().__init__(_logger, is_async=True)
        self._session = session
        self._base_url = base_url.rstrip("/")

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Raises NotSent, NoAnswer, TooMany."""
        if not uri.startswith(f"{API}/"):
            raise ValueError("only Twilio's main API has a configured address")
        address = self._base_url + uri.removeprefix(API)
        given = CIMultiDict(headers or {})
        if auth:
            given["Authorization"] = basic(*auth)
        answer = await exchange(
            self._session,
            method.upper(),
            URL(f"{address}?{urlencode(params, doseq=True)}" if params else address, encoded=True),
            seconds=timeout or TOTAL,
            data=urlencode(data, doseq=True).encode() if data else None,
            headers=given,
        )
        if answer.status == 429:
            raise TooMany(_seconds(answer.headers.get("Retry-After", "")))
        try:
            return Response(answer.status, answer.body.decode(), answer.headers)
        except UnicodeDecodeError:
            raise NoAnswer("the answer is not text") from None


def client(account_sid: str, auth_token: str, base_url: str, session: aiohttp.ClientSession) -> Any:
    """Twilio's client. It reads nothing from the environment: an edge or region set there would change the host."""
    settings = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
    return Client(account_sid, auth_token, http_client=SessionHttpClient(session, base_url), environment=settings)


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
