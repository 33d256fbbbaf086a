"""A team's account at DigitalOcean: keys, tags, and how the API refuses."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import uuid
from collections.abc import Callable

from aiohttp import web

from simulator import digitalocean_table as table
from simulator.model import Json

TEAM = uuid.UUID("5df3e300-4a17-4242-b7c2-0ca6c9fc25b7")


class DigitalOceanError(Exception):
    """An answer that refuses: HTTP status, its id, and words (default: those of the id)."""

    def __init__(self, status: int, id: str, message: str = "") -> None:
        super().__init__(message or id)
        self.status = status
        self.id = id
        self.message = message or table.MESSAGES[id]

    def response(self) -> web.Response:
        """As DigitalOcean words it."""
        body = {"id": self.id, "message": self.message, "request_id": str(uuid.uuid4())}
        return web.Response(body=json.dumps(body).encode(), status=self.status, content_type="application/json")


class Account:
    """`keys` by number, `tags` by their name in small letters: which letters are large is as it was first said."""

    def __init__(self, next_number: Callable[[], int]) -> None:
        self._next_number = next_number
        self.keys: dict[int, Json] = {}
        self.tags: dict[str, str] = {}

    def reset(self) -> None:
        """A new one."""
        self.keys.clear()
        self.tags.clear()

    def kept(self) -> Json:
        """What lasts over a restart."""
        return {"keys": list(self.keys.values()), "tags": list(self.tags.values())}

    def take_up(self, kept: Json) -> None:
        """What was kept."""
        self.keys = {key["id"]: key for key in kept["keys"]}
        self.tags = {tag.lower(): tag for tag in kept["tags"]}

    def to_json(self, limit: int) -> Json:
        """As /v2/account tells it."""
        return {
            "droplet_limit": limit,
            "floating_ip_limit": 3,
            "email": "cloud@sahut.example",
            "name": "Sahut",
            "uuid": TEAM.hex,
            "email_verified": True,
            "status": "active",
            "status_message": "",
            "team": {"uuid": str(TEAM), "name": "Sahut"},
        }

    def vpc(self, region: str) -> str:
        """The default network of a region."""
        return str(uuid.uuid5(TEAM, region))

    def tag(self, name: str) -> str:
        """The tag, made if there was none, as it was first written."""
        return self.tags.setdefault(name.lower(), name)

    def key(self, wanted: str) -> Json | None:
        """By number or fingerprint."""
        return next((key for key in self.keys.values() if wanted in (str(key["id"]), key["fingerprint"])), None)

    def add_key(self, name: str, public_key: str) -> Json:
        """Raises DigitalOceanError for one that is none, or that is there."""
        if not name:
            raise DigitalOceanError(422, "unprocessable_entity", "Name can't be blank")
        try:
            kind, blob = public_key.split()[:2]
            data = base64.b64decode(blob, validate=True)
        except (ValueError, binascii.Error):
            kind, data = "", b""
        if not data or int.from_bytes(data[:4]) != len(kind) or data[4 : 4 + len(kind)] != kind.encode():
            raise DigitalOceanError(422, "unprocessable_entity", "Key invalid, key should be of the format `type key`")
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        fingerprint = ":".join(digest[at : at + 2] for at in range(0, 32, 2))
        if self.key(fingerprint):
            raise DigitalOceanError(422, "unprocessable_entity", "SSH Key is already in use on your account")
        number = self._next_number()
        self.keys[number] = {"id": number, "fingerprint": fingerprint, "public_key": public_key, "name": name}
        return self.keys[number]
