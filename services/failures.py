"""How a call to the outside world fails: one of three ways, and it says which."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permanent:
    """Will never work this way. `detail` is for ops: no secrets, no bodies."""

    detail: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It was not carried out: the same call again, after so many seconds (None: our own backoff)."""

    detail: str
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been carried out: ask before doing it again, or repeat it under the same idempotency key."""

    detail: str


Failure = Permanent | Retry | Unknown
