"""Google's accounts: who may call, and the token endpoint that their credentials are exchanged at.

Two kinds, as in the real one: an OAuth user's refresh token, and a service account that signs with its own key and may
act for a user of the domain (`sub`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from simulator.config import SimulatorConfig
from simulator.faults import Answering
from simulator.model import Json

TOKEN = "/google/token"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""Whom a service account's assertions are for, wherever its token endpoint is."""
SCOPES = frozenset({"https://www.googleapis.com/auth/calendar", "https://www.googleapis.com/auth/calendar.events"})
LIFE = 3600
_SIGNED = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is. `invites`: not a service account by itself, which may invite nobody and open no room."""

    email: str
    invites: bool


class Accounts:
    """Tokens are kept in memory: after a restart a client asks for a new one, as after an hour."""

    def __init__(self, config: SimulatorConfig, answering: Answering, base_url: Callable[[], str]) -> None:
        self._config = config
        self._answering = answering
        self._base_url = base_url
        self._tokens: dict[str, Caller] = {}

    def routes(self) -> list[web.RouteDef]:
        """The token endpoint."""
        return [web.post(TOKEN, self._token)]

    def user_file(self) -> Json:
        """The OAuth user's credentials, as `gcloud` writes them."""
        return {
            "type": "authorized_user",
            "client_id": self._config.google_client_id,
            "client_secret": self._config.google_client_secret,
            "refresh_token": self._config.google_refresh_token,
            "token_uri": self.token_uri,
        }

    @property
    def token_uri(self) -> str:
        """The endpoint's address."""
        return f"{self._base_url()}{TOKEN}"

    def caller(self, request: web.Request) -> Caller | None:
        """Who calls, by the bearer token; None: nobody we know."""
        return self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))

    def forget_tokens(self) -> None:
        """As if an hour had passed."""
        self._tokens.clear()

    async def _token(self, request: web.Request) -> web.StreamResponse:
        return await self._answering.answer(
            request, "google", "token", None, lambda: self._exchange(request), _cannot_now
        )

    async def _exchange(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        match form.get("grant_type"):
            case "refresh_token":
                wanted = self.user_file()
                if any(form.get(name) != wanted[name] for name in ("client_id", "client_secret", "refresh_token")):
                    return _refused("invalid_grant", "Token has been expired or revoked.")
                return self._granted(Caller(self._config.google_account, invites=True))
            case grant if grant == _SIGNED:
                return self._signed(form.get("assertion", ""))
        return _refused("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type')}")

    def _signed(self, assertion: str) -> web.Response:
        from google.auth import jwt  # large, and for service accounts alone

        config = self._config
        try:
            claims = dict(jwt.decode(assertion, certs=config.google_service_key.encode(), audience=AUDIENCE))  # type: ignore[no-untyped-call]  # google-auth has hints in parts only
        except ValueError:
            return _refused("invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != config.google_service_email or not set(str(claims.get("scope")).split()) & SCOPES:
            return _refused("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        subject = str(claims.get("sub") or "")
        if subject and subject != config.google_account:
            return _refused("unauthorized_client", "Client is unauthorized to retrieve access tokens using this method")
        return self._granted(Caller(subject or config.google_service_email, invites=bool(subject)))

    def _granted(self, caller: Caller) -> web.Response:
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._tokens[token] = caller
        return web.json_response({"access_token": token, "expires_in": LIFE, "token_type": "Bearer"})


def _cannot_now(status: int, retry_after: int) -> web.Response:
    return web.json_response({"error": "internal_failure"}, status=status)


def _refused(error: str, words: str) -> web.Response:
    return web.json_response({"error": error, "error_description": words}, status=400)
