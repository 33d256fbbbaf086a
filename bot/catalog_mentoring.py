"""Reads the part of catalog.toml that says what mentoring offers."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from email_validator import EmailNotValidError, validate_email
from msgspec.structs import replace
from pydantic import Field

from bot.catalog_parts import (
    NAME_LIMIT,
    Hours,
    Line,
    Table,
    Words,
    mistakes_in_hours,
    mistakes_in_id,
    mistakes_in_words,
    opening_hours,
    spans,
)
from domain.mentoring import Mentor, Mentoring, Rules, Subject
from domain.money import EXPONENTS, Money

PROFILE_LIMIT = 300
"""Characters: every mentor's stands in one message, which WhatsApp cuts at 1,600."""
CODE = re.compile(r"[A-Za-z0-9]{8,57}")
"""With `mentor_` before it, it fits Telegram's /start payload: 64 of A-Za-z0-9_-; too long to be guessed."""
QUARTER = 15


class _Rules(Table):
    lead_hours: float = Field(ge=0)
    horizon_days: int = Field(ge=1, le=60)
    hold_minutes: float = Field(ge=1)
    pay_within_minutes: float = Field(ge=5)
    ask_again_hours: float = Field(gt=0)
    approve_within_hours: float = Field(gt=0)
    free_until_hours: float = Field(ge=0)
    late_refund_percent: int = Field(ge=0, le=100)
    settle_after_hours: float = Field(gt=0)


class _Subject(Table):
    name: Words
    description: Words


class _Mentor(Hours):
    name: Line
    profile: Words
    subjects: tuple[Line, ...]
    price: int = Field(gt=0)
    currency: str = "IDR"
    minutes: int = Field(gt=0, le=8 * 60)
    buffer_minutes: int = Field(default=0, ge=0, le=8 * 60)
    share_percent: int = Field(ge=0, le=100)
    email: str = ""
    code: str = ""


class Offer(Table):
    """The table `mentoring`."""

    rules: _Rules
    subjects: dict[str, _Subject]
    mentors: dict[str, _Mentor]


def mistakes_in_mentoring(offer: Offer) -> Iterator[str]:
    """What is well formed and still wrong."""
    if not offer.subjects:
        yield "mentoring.subjects is empty"
    for subject_id, subject in offer.subjects.items():
        where = f"mentoring.subjects.{subject_id}"
        yield from mistakes_in_id(where, subject_id)
        yield from mistakes_in_words(where, subject.name, subject.description)
        if not any(subject_id in mentor.subjects for mentor in offer.mentors.values()):
            yield f"{where}: no mentor has it"
    for mentor_id, mentor in offer.mentors.items():
        yield from _mistakes_in_mentor(f"mentoring.mentors.{mentor_id}", mentor_id, mentor, offer)
    codes = Counter(mentor.code for mentor in offer.mentors.values() if mentor.code)
    for mentor_id, mentor in offer.mentors.items():
        if codes[mentor.code] > 1:
            yield f"mentoring.mentors.{mentor_id}.code is another mentor's too"


def _mistakes_in_mentor(where: str, mentor_id: str, mentor: _Mentor, offer: Offer) -> Iterator[str]:
    yield from mistakes_in_id(where, mentor_id)
    if len(mentor.name) > NAME_LIMIT:
        yield f"{where}.name is longer than {NAME_LIMIT} characters"
    for language, text in mentor.profile.model_dump().items():
        if len(text) > PROFILE_LIMIT:
            yield f"{where}.profile.{language} is longer than {PROFILE_LIMIT} characters"
    for subject in mentor.subjects:
        if subject not in offer.subjects:
            yield f"{where}.subjects: there is no subject {subject!r}"
    if mentor.currency not in EXPONENTS:
        yield f"{where}.currency: {mentor.currency!r} is not one of {', '.join(sorted(EXPONENTS))}"
    for field, minutes in (("minutes", mentor.minutes), ("buffer_minutes", mentor.buffer_minutes)):
        if minutes % QUARTER:
            yield f"{where}.{field} is not a multiple of {QUARTER}"
    yield from mistakes_in_hours(where, mentor)
    yield from _mistakes_in_spans(where, mentor)
    if mentor.email:
        try:
            validate_email(mentor.email, check_deliverability=False)
        except EmailNotValidError:
            yield f"{where}.email: {mentor.email!r} is not an e-mail address"
    if mentor.code and not CODE.fullmatch(mentor.code):
        yield f"{where}.code: 8 to 57 of A-Z, a-z and 0-9"


def _mistakes_in_spans(where: str, mentor: _Mentor) -> Iterator[str]:
    for text in mentor.open:
        try:
            first = spans(text)[0][1]
        except ValueError:
            continue  # said already
        if first.opens % QUARTER or first.closes % QUARTER:
            yield f"{where}.open: {text!r} is not in quarter hours"
        if first.closes - first.opens < mentor.minutes:
            yield f"{where}.open: {text!r} is shorter than a session"


def mentoring(offer: Offer, holidays: frozenset[date]) -> Mentoring:
    """As it was checked. The business's `holidays` are every mentor's too."""
    return Mentoring(
        subjects=tuple(
            Subject(id=i, name=each.name.model_dump(), description=each.description.model_dump())
            for i, each in offer.subjects.items()
        ),
        mentors=tuple(_mentor(i, each, holidays) for i, each in offer.mentors.items()),
        rules=_rules(offer.rules),
    )


def _mentor(mentor_id: str, given: _Mentor, holidays: frozenset[date]) -> Mentor:
    hours = opening_hours(given)
    return Mentor(
        id=mentor_id,
        name=given.name,
        profile=given.profile.model_dump(),
        subjects=given.subjects,
        price=Money(given.price, given.currency),
        length=timedelta(minutes=given.minutes),
        buffer=timedelta(minutes=given.buffer_minutes),
        hours=replace(hours, holidays=hours.holidays | holidays),
        share=given.share_percent,
        email=given.email,
        code=given.code,
    )


def _rules(given: _Rules) -> Rules:
    return Rules(
        lead=timedelta(hours=given.lead_hours),
        horizon=timedelta(days=given.horizon_days),
        hold=timedelta(minutes=given.hold_minutes),
        pay_within=timedelta(minutes=given.pay_within_minutes),
        ask_again=timedelta(hours=given.ask_again_hours),
        approve_within=timedelta(hours=given.approve_within_hours),
        free_until=timedelta(hours=given.free_until_hours),
        late_refund=given.late_refund_percent,
        settle_after=timedelta(hours=given.settle_after_hours),
    )
