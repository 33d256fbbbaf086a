"""Reads Twilio's webhooks: what a person sent, and how far a message of ours has come."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence

from bot.channels.cleaning import cleaned
from bot.channels.whatsapp_errors import reason_of
from domain.events import Arrival, Event, NotUnderstood, Reported, Said, SaidKind
from domain.messages import Delivery, Location, Media, MediaKind

Form = Mapping[str, str]

CHANNEL = "whatsapp"
STATUS = "whatsapp-status"
_PREFIX = "whatsapp:"
_MOST_MEDIA = 10
_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_CARD = ("text/vcard", "text/x-vcard")

_DELIVERIES = {
    "sent": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.READ,
    "failed": Delivery.FAILED,
    "undelivered": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}
_NO_NEWS = ("accepted", "scheduled", "queued", "sending", "receiving", "received")


def read(form: Form, account_sid: str, sender: str, body: bytes) -> Arrival:
    """What a person sent. `sender` is our own address with its prefix."""
    sid = _sid(form)
    person = _chat(form.get("From", ""))
    what = _foreign(form, account_sid, sender, "To")
    if not what and not (sid and person):
        what = "no MessageSid" if person else "no From"
    event: Event = NotUnderstood(what=what) if what else _said(form, sid)
    address = f"{CHANNEL}:{person or 'none'}"
    return Arrival(
        source=CHANNEL,
        external_id=sid or _fingerprint(body),
        conversation=address,
        event=event,
        person="" if what else address,
    )


def read_status(form: Form, account_sid: str, sender: str, body: bytes) -> Sequence[Arrival]:
    """How far a message of ours has come; nothing for the steps before it is sent, which say nothing new."""
    status = cleaned(form.get("MessageStatus")) or cleaned(form.get("SmsStatus"))
    sid = _sid(form)
    what = _foreign(form, account_sid, sender, "From") or ("" if sid else "no MessageSid")
    if not what and status in _NO_NEWS:
        return ()
    if not what and status not in _DELIVERIES:
        what = f"status {status[:40]}"
    event: Event = NotUnderstood(what=what)
    if not what:
        error = cleaned(form.get("ErrorCode"))
        event = Reported(
            provider_id=sid,
            delivery=_DELIVERIES[status],
            reason=reason_of(error),
            error_code="" if error == "0" else error,
        )
    return [
        Arrival(
            source=STATUS,
            external_id=f"{sid}:{status}" if sid and status else _fingerprint(body),
            # A lane of their own: a report that waits for our own note of the send holds up no customer.
            conversation=f"{STATUS}:{_chat(form.get('To', '')) or 'none'}",
            event=event,
        )
    ]


def _said(form: Form, sid: str) -> Said:
    text = cleaned(form.get("Body"))
    media, location = _media(form), _location(form)
    button = cleaned(form.get("ListId")) or cleaned(form.get("ButtonPayload"))
    label = cleaned(form.get("ListTitle")) or cleaned(form.get("ButtonText"))
    replied = cleaned(form.get("OriginalRepliedMessageSid"))
    if button:
        kind = SaidKind.BUTTON
        text = label or text
    elif media:
        kind = SaidKind.CONTACT if all(file.mime in _CARD for file in media) else SaidKind.MEDIA
    elif location:
        kind = SaidKind.LOCATION
    elif text.strip() or label:  # a button without a payload says what stands on it
        kind = SaidKind.TEXT
        text = text or label
    else:
        kind = SaidKind.OTHER
    number = form.get("WaId", "")
    return Said(
        kind=kind,
        text=text,
        button=button,
        button_message=replied if button else "",
        message_id=sid,
        reply_to=replied,
        name=cleaned(form.get("ProfileName")).strip(),
        phone=f"+{number}" if number.isascii() and number.isdigit() else "",
        media=media,
        location=location,
    )


def _media(form: Form) -> tuple[Media, ...]:
    count = form.get("NumMedia", "")
    many = min(int(count), _MOST_MEDIA) if count.isascii() and count.isdigit() and len(count) < 4 else 0
    files = []
    for i in range(many):
        ref, mime = cleaned(form.get(f"MediaUrl{i}")), cleaned(form.get(f"MediaContentType{i}"))
        mime = mime.partition(";")[0].strip().lower()
        if ref:
            files.append(Media(kind=_kind(mime), channel=CHANNEL, ref=ref, mime=mime))
    return tuple(files)


def _kind(mime: str) -> MediaKind:
    if mime == "image/webp":
        return MediaKind.STICKER
    if mime == "audio/ogg":
        return MediaKind.VOICE
    kinds = {"image": MediaKind.PHOTO, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
    return kinds.get(mime.partition("/")[0], MediaKind.DOCUMENT)


def _location(form: Form) -> Location | None:
    try:
        latitude, longitude = float(form.get("Latitude", "")), float(form.get("Longitude", ""))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and abs(latitude) <= 90 and math.isfinite(longitude) and abs(longitude) <= 180):
        return None
    names = dict.fromkeys(filter(None, (cleaned(form.get("Label")), cleaned(form.get("Address")))))
    return Location(latitude, longitude, ", ".join(names))


def _foreign(form: Form, account_sid: str, sender: str, side: str) -> str:
    """What shows that this is not about our account and sender, or nothing."""
    if form.get("AccountSid") != account_sid:
        return "another AccountSid"
    return "" if form.get(side) == sender else f"another {side}"


def _chat(address: str) -> str:
    """The opaque id of a person; empty for what is not a WhatsApp address."""
    chat = cleaned(address.removeprefix(_PREFIX)).strip()
    return chat if address.startswith(_PREFIX) and ":" not in chat else ""


def _sid(form: Form) -> str:
    """The message's id. Twilio signs names and values without marks between them: of a call that somebody captured, a
    border can be moved, which would give the message another id, and so let it in once more; but none of an id's form.
    """
    return next((sid for name in ("MessageSid", "SmsSid") if _SID.fullmatch(sid := cleaned(form.get(name)))), "")


def _fingerprint(body: bytes) -> str:
    return f"body:{hashlib.sha256(body).hexdigest()}"
