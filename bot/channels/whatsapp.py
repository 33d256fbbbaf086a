"""WhatsApp, through Twilio."""

import mimetypes
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from multidict import MultiDict
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.request_validator import RequestValidator, get_signature_algorithm
from yarl import URL

from bot.channels.base import (
    BadRequest,
    Failed,
    File,
    Finding,
    Forbidden,
    Level,
    Limits,
    MediaNotNow,
    MediaUnavailable,
    Part,
    Request,
    Result,
    Retry,
    Sent,
    Unknown,
    Worded,
)
from bot.channels.whatsapp_errors import result_of
from bot.channels.whatsapp_http import TooMany, client
from bot.channels.whatsapp_parse import CHANNEL, read, read_status
from bot.channels.whatsapp_render import render
from domain.addresses import parse_address
from domain.events import Arrival, Said
from domain.messages import FailureReason, Media
from services.http import NoAnswer, NotSent, TooLarge, basic, exchange

LIMITS = Limits(overall=80)
SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
FORM = "application/x-www-form-urlencoded"
DOWNLOAD = 60.0  # seconds
REDIRECTS = 4
UNREADABLE = (ValueError, TypeError, AttributeError)  # by which the SDK fails on an answer of another shape
LISTED = 50
FIELDS = 500  # of a form; Twilio's have some thirty, and the work to verify one grows with the square


class WhatsAppChannel:
    """`sender` is our address (`whatsapp:+62..`), `public_url` where Twilio calls us, `status_callback` the
    whole address for status reports (empty: none), `media_url` gives a public link to media of ours.
    """

    tells_what_was_sent = True

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        base_url: str,
        public_url: str,
        status_callback: str,
        session: aiohttp.ClientSession,
        media_url: Callable[[Media], str],
        limits: Limits = LIMITS,
    ) -> None:
        self.name = CHANNEL
        self.limits = limits
        self._account_sid = account_sid
        self._authorization = {"Authorization": basic(account_sid, auth_token)}
        self._sender = sender if sender.startswith("whatsapp:") else f"whatsapp:{sender}"
        self._base_url = URL(base_url)
        self._public_url = public_url.rstrip("/")
        self._status_callback = status_callback
        self._session = session
        self._media_url = media_url
        self._validator = RequestValidator(auth_token) if auth_token else None
        self._twilio = client(account_sid, auth_token, base_url, session)

    def parse(self, request: Request) -> Sequence[Arrival]:
        return [read(self._verified(request), self._account_sid, self._sender, request.body)]

    def parse_status(self, request: Request) -> Sequence[Arrival]:
        """A status callback: as `parse`, for reports on messages of ours. Empty where there is nothing to record."""
        return read_status(self._verified(request), self._account_sid, self._sender, request.body)

    def render(self, message: Worded) -> list[Part]:
        return render(message, self._media_url)

    async def send(self, to: str, part: Part) -> Result:
        try:
            recipient = self._recipient(to)
        except ValueError:
            return Failed(FailureReason.BAD_ADDRESS, "not a WhatsApp address")
        params: dict[str, Any] = {**part["params"], "to": recipient, "from_": self._sender}
        if self._status_callback:
            params["status_callback"] = self._status_callback
        try:
            message = await self._twilio.messages.create_async(**params)
        except (TwilioRestException, TwilioServiceException) as error:
            return result_of(error.status, error.code)
        except TooMany as error:
            return Retry(error.after, "Twilio 429", whole_sender=True)
        except NotSent as error:
            return Retry(detail=str(error))
        except NoAnswer as error:
            return Unknown(str(error))
        except UNREADABLE:
            return Unknown("the answer cannot be read")
        return Sent(message.sid) if message.sid else Unknown("the answer holds no SID")

    async def find_sent(self, to: str, part: Part, since: datetime, known: Collection[str] = ()) -> str | Retry | None:
        """Twilio's list of messages to this person holds it, or it was never accepted. What a template became is not
        known here, so a part without a text of its own is taken for any message of that time that is not in `known`.
        """
        earliest = since.astimezone(UTC).replace(microsecond=0)  # as whole as Twilio's stamps
        body = part["params"].get("body")
        try:
            # The newest first. Not narrowed by DateSent: what is only queued has none yet.
            listed = await self._twilio.messages.list_async(
                to=self._recipient(to), from_=self._sender, limit=LISTED, page_size=LISTED
            )
        except (TwilioException, TooMany, NotSent, NoAnswer, *UNREADABLE) as error:
            return Retry(detail=f"Twilio's list of messages: {type(error).__name__}")
        for message in listed:
            created = message.date_created or message.date_sent
            ours = created is not None and created >= earliest and message.sid not in known
            if ours and (body is None or (message.body or "").strip() == body.strip()):
                return str(message.sid)
        return None

    async def courtesy(self, said: Said, conversation: str) -> None:
        """WhatsApp's ticks say enough."""

    async def fetch(self, media: Media, limit: int) -> File:
        """Credentials go to the API and to twilio.com alone; a redirect to elsewhere is followed without them."""
        url = _url(media.ref)
        if not self._trusted(url):
            raise MediaUnavailable("not an address of Twilio's")
        for _ in range(REDIRECTS):
            headers = self._authorization if self._trusted(url) else {}
            try:
                answer = await exchange(self._session, "GET", url, seconds=DOWNLOAD, limit=limit, headers=headers)
            except TooLarge:
                raise MediaUnavailable("the file is too large") from None
            except (NotSent, NoAnswer) as error:
                raise MediaNotNow(str(error)) from None
            if 300 <= answer.status < 400 and "Location" in answer.headers:
                url = url.join(_url(answer.headers["Location"]))
                if url.scheme != "https" and url.origin() != self._base_url.origin():
                    raise MediaUnavailable("redirected to an address that is not safe")
                continue
            if answer.status == 200:
                mime = media.mime or answer.headers.get("Content-Type", "").partition(";")[0]
                name = media.name or f"file{mimetypes.guess_extension(mime) or ''}"
                return File(answer.body, mime or "application/octet-stream", name)
            gone = answer.status in (404, 410)
            raise (MediaUnavailable if gone else MediaNotNow)(f"Twilio {answer.status}")
        raise MediaUnavailable("redirected too often")

    async def check(self) -> list[Finding]:
        try:
            account = await self._twilio.api.v2010.accounts(self._account_sid).fetch_async()
        except (TwilioRestException, TwilioServiceException) as error:
            return [Finding(Level.WRONG, "Twilio", f"Twilio {error.status}; see the account SID and the auth token")]
        except (TooMany, NotSent, NoAnswer, *UNREADABLE) as error:
            return [Finding(Level.WRONG, "Twilio", f"not reached: {error}")]
        if account.status != "active":
            return [Finding(Level.WRONG, "Twilio", f"the account is {account.status}")]
        return [Finding(Level.FINE, "Twilio", f"the account is active; messages come from {self._sender}")]

    def _verified(self, request: Request) -> MultiDict[str]:
        """The form, once its signature over our public address is checked. Raises Forbidden, BadRequest."""
        signature = request.headers.get(SIGNATURE, "")
        if self._validator is None or not signature:
            raise Forbidden
        kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
        try:
            # A body that is no form is signed by its hash in the address.
            body = request.body.decode() if kind in (FORM, "") else ""
            fields = MultiDict(parse_qsl(body, keep_blank_values=True, max_num_fields=FIELDS))
            algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS, ""))
            valid = self._validator.validate(f"{self._public_url}{request.path}", fields, signature, algorithm)
        except ValueError:
            raise Forbidden from None
        if not valid:
            raise Forbidden
        if kind not in (FORM, ""):
            raise BadRequest
        return fields

    def _recipient(self, to: str) -> str:
        """Raises ValueError."""
        address = parse_address(to)
        if address.channel != CHANNEL:
            raise ValueError("an address of another channel")
        return f"whatsapp:{address.chat}"

    def _trusted(self, url: URL) -> bool:
        if url.scheme not in ("http", "https") or not url.host:
            return False
        if url.origin() == self._base_url.origin():
            return True
        return url.scheme == "https" and url.explicit_port is None and f".{url.host}".endswith(".twilio.com")


def _url(text: str) -> URL:
    """Raises MediaUnavailable for what is no address."""
    try:
        return URL(text, encoded=True)
    except ValueError:
        raise MediaUnavailable("not an address") from None
