"""Who may see the pages for ops: who knows OPS_PAGE_TOKEN, until the back office knows people.

A visit is a signed cookie, so nothing is kept here; another token ends every visit.
"""

import hashlib
import hmac
import json
import secrets
from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic
from urllib.parse import urlsplit

from aiohttp import web
from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer
from msgspec import Struct

from bot.pacing import Pace

COOKIE = "sahut_ops"
VISIT_SECONDS = 12 * 3600
TRIES, TRIES_SECONDS = 5, 60.0
"""Wrong tokens from one address in so long; from all of them together ten times as many."""
REMEMBERED = 1000
"""Addresses whose wrong tokens are counted; of more, those that tried last."""


class Visit(Struct, frozen=True, kw_only=True):
    """`name` is what the visitor says they are called; empty: not logged in. `known`: the cookie is set already."""

    id: str
    name: str = ""
    known: bool = True


class Door:
    """`token` is what opens it; `public_url` where browsers reach us; `clock` gives seconds."""

    def __init__(self, token: str, secret_key: str, public_url: str, clock: Callable[[], float] = monotonic) -> None:
        key = json.dumps([token, secret_key])
        self._token = _digest(token)
        self._visits = URLSafeTimedSerializer(key, salt="ops-visit")
        self._forms = URLSafeSerializer(key, salt="ops-form")
        self._host = urlsplit(public_url).netloc
        self._secure = public_url.startswith("https://")
        self._clock = clock
        self._all = Pace(TRIES * 10 / TRIES_SECONDS, TRIES * 10)
        self._tries: OrderedDict[str, Pace] = OrderedDict()

    # --- visits ---

    def visit(self, request: web.Request) -> Visit:
        try:
            told = self._visits.loads(request.cookies.get(COOKIE, ""), max_age=VISIT_SECONDS)
            return Visit(id=str(told["id"]), name=str(told["name"]))
        except (BadData, KeyError, TypeError):
            return self.stranger()

    def stranger(self, name: str = "") -> Visit:
        """A new visit. Whoever logs in gets another than they came with, so that nobody can prepare one for them."""
        return Visit(id=secrets.token_urlsafe(16), name=name, known=False)

    def begin(self, answer: web.StreamResponse, visit: Visit) -> None:
        """Set the cookie."""
        answer.set_cookie(
            COOKIE,
            str(self._visits.dumps({"id": visit.id, "name": visit.name})),
            path="/ops",
            max_age=VISIT_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=self._secure,
        )

    def end(self, answer: web.StreamResponse) -> None:
        answer.del_cookie(COOKIE, path="/ops", httponly=True, samesite="Strict", secure=self._secure)

    # --- forms ---

    def seal(self, visit: Visit) -> str:
        """What each form of this visit carries: another site cannot know it."""
        return str(self._forms.dumps(visit.id))

    def is_own(self, request: web.Request, visit: Visit, seal: str) -> bool:
        """Whether a form was sent from a page of ours, by this visit."""
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = urlsplit(request.headers.get("Origin", f"//{request.host}")).netloc
        if site not in ("same-origin", "none") or origin not in (request.host, self._host):
            return False
        return visit.known and hmac.compare_digest(self.seal(visit).encode(), seal.encode(errors="replace"))

    # --- the token ---

    def wait(self, address: str) -> int:
        """How many seconds nobody at this address may try; 0: now."""
        now = self._clock()
        pauses = [self._all.pause(now), self._tries[address].pause(now) if address in self._tries else 0.0]
        return ceil(max(pauses))

    def opens(self, token: str, address: str) -> bool:
        """Whether it is the token; a wrong one counts."""
        if hmac.compare_digest(self._token, _digest(token)):
            return True
        now = self._clock()
        pace = self._tries.setdefault(address, Pace(TRIES / TRIES_SECONDS, TRIES))
        self._tries.move_to_end(address)
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        pace.reserve(now)
        self._all.reserve(now)
        return False


def _digest(token: str) -> bytes:
    """Of one length, so that comparing tells nothing of it."""
    return hashlib.sha256(token.encode(errors="replace")).digest()
