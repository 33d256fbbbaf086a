"""What Twilio's error codes mean for a message, whether they come as an answer or in a status callback."""

from bot.channels.base import Failed, Result, Retry, Unknown
from domain.messages import FailureReason

MISCONFIGURED = 300.0
"""Seconds to wait where our own settings are wrong: nothing is lost, and nothing hammers."""

_REASONS = {
    63016: FailureReason.WINDOW_CLOSED,
    63003: FailureReason.BAD_ADDRESS,  # no such recipient on the channel
    63024: FailureReason.BAD_ADDRESS,  # invalid recipient
    21211: FailureReason.BAD_ADDRESS,  # invalid To
    21604: FailureReason.BAD_ADDRESS,  # no To
    21614: FailureReason.BAD_ADDRESS,  # To takes no messages
    21610: FailureReason.BLOCKED,  # said STOP to Twilio
    63019: FailureReason.MEDIA,
    63032: FailureReason.BLOCKED,  # WhatsApp does not let this person be written to
    63033: FailureReason.BLOCKED,  # the recipient is blocked
}
_OURS = frozenset((20003, 20005, 20006, 20404, 21212, 21603, 21606, 21659, 63007))  # our credentials, account, sender
_LATER = frozenset((63018,))  # too fast for this channel
_MUCH_LATER = {63038: 3600.0}  # the account's messages of this day are used up


def reason_of(code: str | int) -> FailureReason:
    """The reason behind an error code, `Reported.error_code` included."""
    try:
        return _REASONS.get(int(code), FailureReason.REFUSED)
    except ValueError:
        return FailureReason.REFUSED


def result_of(status: int, code: int | None) -> Result:
    """`status` is HTTP's, `code` Twilio's. Its words are not passed on: they hold numbers and texts."""
    detail = f"Twilio {status}" if code in (None, status) else f"Twilio {status} error {code}"
    if code in _REASONS:
        return Failed(_REASONS[code], detail)
    if code in _MUCH_LATER:
        return Retry(_MUCH_LATER[code], detail, whole_sender=True)
    if code in _LATER:
        return Retry(detail=detail)
    if status == 429 or code == 20429:
        return Retry(detail=detail, whole_sender=True)
    if status in (401, 404) or code in _OURS or (status == 403 and code in (None, 403)):
        return Retry(MISCONFIGURED, detail, whole_sender=True)
    if status == 503:
        return Retry(detail=detail)
    if status >= 500 or status < 400:
        return Unknown(detail)
    return Failed(FailureReason.REFUSED, detail)
