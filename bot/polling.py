"""How often storage is asked for what other processes have put there."""

from time import monotonic

SHORTEST, LIVELY, LONGEST = 0.05, 0.2, 1.0
LIVELY_SECONDS = 30.0


class Poll:
    """Often while there is something, five times a second for half a minute afterwards, else once a second: what
    another process recorded is found at once where people are talking, and an idle service costs next to nothing.

    `looks` counts the looks that have ended, `found` those of them that found something, `failed` those that storage
    did not answer.
    """

    def __init__(self) -> None:
        self.looks = self.found = self.failed = 0
        self._pause = SHORTEST
        self._found_at = monotonic()

    def pause(self, found: bool) -> float:
        """Seconds until the next look, by whether this one found anything."""
        self.looks += 1
        self.found += found
        if found:
            self._found_at = monotonic()
            self._pause = SHORTEST
        else:
            lively = monotonic() - self._found_at < LIVELY_SECONDS
            self._pause = min(self._pause * 2, LIVELY if lively else LONGEST)
        return self._pause
