"""Google Calendar: an event with a Meet room, for which Google itself sends the invitations.

Google's client waits where it calls, and is large: it works in threads, and is imported with the first call.
"""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from services.calendar.base import Meeting, Scheduled
from services.failures import Failure, Permanent

if TYPE_CHECKING:
    from services.calendar.google_calls import Calls

THREADS = 4
NEEDED = {
    "service_account": ("client_email", "private_key", "token_uri"),
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
}
"""What a credentials file holds, by its type."""

T = TypeVar("T")


class GoogleCalendar:
    """Raises ValueError at once, in words for the operator, where the credentials are none."""

    name = "google"

    def __init__(self, *, credentials: str, calendar: str, subject: str, base_url: str) -> None:
        self._account = _account(credentials)
        self._calendar = calendar
        self._subject = subject
        self._endpoint = f"{base_url.rstrip('/')}/calendar/v3/"
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="google-calendar")
        self._own = threading.local()

    async def check(self) -> Failure | None:
        return await self._in_thread(lambda calls: calls.check())

    async def put(self, meeting: Meeting) -> Scheduled | Failure:
        return await self._in_thread(lambda calls: calls.put(meeting))

    async def remove(self, event: str) -> Failure | None:
        return await self._in_thread(lambda calls: calls.remove(event))

    async def _in_thread(self, work: "Callable[[Calls], T]") -> T | Failure:
        def answered() -> T | Failure:
            from services.calendar.google_calls import Calls, answer_of

            # httplib2 is not made for threads: each has a service object of its own.
            if not hasattr(self._own, "calls"):
                try:
                    self._own.calls = Calls(self._account, self._calendar, self._subject, self._endpoint)
                except ValueError:
                    return Permanent("the key in GOOGLE_APPLICATION_CREDENTIALS is not a private key")
            return answer_of(self._own.calls, work)

        return await asyncio.get_running_loop().run_in_executor(self._pool, answered)


def _account(given: str) -> dict[str, Any]:
    """The credentials: from a file, or as they stand."""
    try:
        text = given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ValueError("the file that GOOGLE_APPLICATION_CREDENTIALS names cannot be read") from problem
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    needed = NEEDED.get(str(found.get("type"))) if isinstance(found, dict) else None
    if not isinstance(found, dict) or needed is None or not all(isinstance(found.get(name), str) for name in needed):
        kinds = " or ".join(NEEDED)
        raise ValueError(f"GOOGLE_APPLICATION_CREDENTIALS is not a credentials file of Google's ({kinds})")
    return found
