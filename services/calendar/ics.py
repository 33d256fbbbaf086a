"""No calendar account at all: a room at a Jitsi server, and the invitation as a file that we send ourselves."""

import hmac

from services.calendar.base import Meeting, Scheduled
from services.failures import Failure, Permanent

NO_SECRET = Permanent("no meeting rooms, for their names could be guessed: set SECRET_KEY")


class IcsCalendar:
    """Calls nobody. The room's name is unguessable, and the same for the same event."""

    name = "ics"

    def __init__(self, *, secret: str, rooms: str) -> None:
        """`rooms` is the Jitsi server's address; `secret` empty: no rooms, for anybody could guess their names."""
        self._secret = secret.encode()
        self._rooms = rooms.rstrip("/")

    async def check(self) -> Failure | None:
        return None if self._secret else NO_SECRET

    async def put(self, meeting: Meeting) -> Scheduled | Failure:
        if not self._secret:
            return NO_SECRET
        name = hmac.digest(self._secret, f"room:{meeting.id}".encode(), "sha256").hex()[:32]
        return Scheduled(event=meeting.id, room=f"{self._rooms}/sahut-{name}", invited=False)

    async def remove(self, event: str) -> Failure | None:
        return None
