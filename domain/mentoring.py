"""What mentoring offers: subjects, mentors, their hours, and the rules. `catalog.toml` says it."""

from datetime import timedelta

from msgspec import Struct

from domain.hours import OpeningHours
from domain.localized import Localized
from domain.money import Money


class Subject(Struct, frozen=True, kw_only=True):
    """`name` fits a button (20 characters), `description` a list row (72)."""

    id: str
    name: Localized
    description: Localized


class Mentor(Struct, frozen=True, kw_only=True):
    """`hours` are when sessions may be, in the mentor's own zone, with the catalog's holidays.

    `price` is of one session of `length`; `buffer` is kept free after it; both are multiples of 15 minutes. `share` is
    the mentor's part of the price in hundredths. `code` is what the mentor proves themselves with, once: `/start
    mentor_<code>`; empty: nobody can. `email` empty: no mail.
    """

    id: str
    name: str
    profile: Localized
    subjects: tuple[str, ...]
    price: Money
    length: timedelta
    buffer: timedelta
    hours: OpeningHours
    share: int
    email: str = ""
    code: str = ""


class Rules(Struct, frozen=True, kw_only=True):
    """How an order of a session runs.

    A session can be booked from `lead` before it, up to `horizon` ahead. A chosen time is held for `hold`; a link is
    open for `pay_within`. The mentor is asked again after `ask_again`, and answers within `approve_within` (and
    before the session), else the order is cancelled and paid back. The customer moves or
    cancels free of charge until `free_until` before the session; after that, `late_refund` hundredths come back, and it
    can no longer be moved.
    A session counts as held when nobody says otherwise for `settle_after` past its end.
    """

    lead: timedelta
    horizon: timedelta
    hold: timedelta
    pay_within: timedelta
    ask_again: timedelta
    approve_within: timedelta
    free_until: timedelta
    late_refund: int
    settle_after: timedelta


class Mentoring(Struct, frozen=True, kw_only=True):
    """In the order in which they are shown."""

    subjects: tuple[Subject, ...]
    mentors: tuple[Mentor, ...]
    rules: Rules

    def subject(self, subject_id: str) -> Subject | None:
        return next((each for each in self.subjects if each.id == subject_id), None)

    def mentor(self, mentor_id: str) -> Mentor | None:
        return next((each for each in self.mentors if each.id == mentor_id), None)

    def mentors_of(self, subject_id: str) -> tuple[Mentor, ...]:
        return tuple(each for each in self.mentors if subject_id in each.subjects)
