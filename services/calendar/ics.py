"""No calendar account at all: a room at a Jitsi server, and the invitation as a file that we send ourselves."""

import hmac

from services.calendar.base import Meeting, Scheduled
from services.failures import Failure, Permanent


class IcsCalendar:
    """Calls nobody. The room's name is unguessable, and the same for the same event."""

    name = "ics"

    def __init__(self, *, secret: str, rooms: str) -> None:
        """`rooms` is the Jitsi server's address; `secret` empty: no rooms, for anybody could guess their names."""
        self._secret = secret.encode()
        self._rooms = rooms.rstrip("/")

    async def put(self, meeting: Meeting) -> Scheduled | Failure:
        if not self._secret:
            return Permanent("SECRET_KEY is not set: meeting rooms would have names that can be guessed")
        name = hmac.digest(self._secret, f"room:{meeting.id}".encode(), "sha256").hex()[:32]
        return Scheduled(event=meeting.id, room=f"{self._rooms}/sahut-{name}", invited=False)

    async def remove(self, event: str) -> Failure | None:
        return None
