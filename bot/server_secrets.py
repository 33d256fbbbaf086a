"""The first passwords of machines: made, sealed with SECRET_KEY, and the links of the page that shows one."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadData, URLSafeSerializer

from domain import server_secrets
from domain.server_secrets import UNTOLD, ServerSecret
from domain.servers import Server, ssh_command
from storage.base import Stale, Storage, Taken

LETTERS, CAPITALS, DIGITS = "abcdefghijkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789"
"""None that looks like another."""
LENGTH = 20
PURPOSE = b"sahut: passwords of machines"
PAGE = "/servers/password/{token}"


class ServerSecrets:
    """`secret_key` empty: none can be made, and no link is ours. `now` is business time."""

    def __init__(self, storage: Storage, secret_key: str, public_url: str, now: Callable[[], datetime]) -> None:
        self._storage = storage
        self._public_url = public_url
        self._now = now
        self._signer = URLSafeSerializer(secret_key, salt="server-password") if secret_key else None
        key = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(secret_key.encode()) if secret_key else None
        self._seal = Fernet(urlsafe_b64encode(key)) if key else None

    async def password(self, secret_id: str, server: Server) -> str:
        """The one of that id, for a machine that is to be made. It is made and kept where there is none: whoever asks
        again gets the same, until it was read. Empty where SECRET_KEY is not set.
        """
        if self._seal is None:
            return ""
        while True:
            kept, now = await self._storage.get(ServerSecret, secret_id), self._now()
            password = self._opened(kept) if kept is not None and kept.sealed else ""
            if password and kept is not None and kept.expires_at is None:
                return password
            # What was read, or sealed with another SECRET_KEY, was for a machine that is gone. What was told of once
            # will be told of again.
            password = password or make_password()
            new = ServerSecret(
                id=secret_id,
                version=kept.version if kept is not None else 0,
                server=server.id,
                customer=server.customer,
                sealed=self._seal.encrypt(password.encode()).decode(),
                made_at=now,
                due_at=now + UNTOLD,
            )
            try:
                await self._storage.save(new)
            except (Stale, Taken):
                continue
            return password

    def url(self, secret_id: str, language: str) -> str:
        """The page that shows it. Empty where there can be none."""
        if self._signer is None:
            return ""
        return f"{self._public_url}{PAGE.format(token=self._signer.dumps(secret_id))}?lang={language}"

    def id_of(self, token: str) -> str:
        """Of whose page it is; empty for what we did not sign."""
        try:
            return str(self._signer.loads(token)) if self._signer is not None else ""
        except BadData:
            return ""

    async def is_readable(self, secret_id: str) -> bool:
        kept = await self._storage.get(ServerSecret, secret_id)
        return kept is not None and server_secrets.is_readable(kept, self._now())

    async def login(self, secret_id: str, port: int) -> str:
        """How to log in, as in ssh root@192.0.2.7; empty where that is not known."""
        kept = await self._storage.get(ServerSecret, secret_id)
        server = await self._storage.get(Server, kept.server) if kept is not None else None
        return ssh_command(server, port) if server is not None and server.address else ""

    async def take(self, secret_id: str) -> str:
        """The password, for the one who comes first; empty for all others, and once its time is over."""
        now = self._now()
        while (kept := await self._storage.get(ServerSecret, secret_id)) and server_secrets.is_readable(kept, now):
            try:
                await self._storage.save(server_secrets.read(kept, now))
            except (Stale, Taken):
                continue
            return self._opened(kept)
        return ""

    def _opened(self, secret: ServerSecret) -> str:
        """Empty where SECRET_KEY is another by now."""
        try:
            return self._seal.decrypt(secret.sealed.encode()).decode() if self._seal is not None else ""
        except InvalidToken:
            return ""


def make_password() -> str:
    """With some of each kind, as the rules of some systems want it."""
    while True:
        password = "".join(secrets.choice(LETTERS + CAPITALS + DIGITS) for _ in range(LENGTH))
        if all(set(password) & set(kind) for kind in (LETTERS, CAPITALS, DIGITS)):
            return password
