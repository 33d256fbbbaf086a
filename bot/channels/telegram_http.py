"""python-telegram-bot's Bot over our shared aiohttp session, and the errors by which its calls fail."""

import json
import logging
from typing import Any

import aiohttp
import msgspec
import telegram
from telegram import InputFile
from telegram.error import TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from services.http import TOTAL, NoAnswer, NotSent, exchange

# Below INFO the library logs the token (as part of an address) and the text of messages.
logging.getLogger("telegram").setLevel(logging.INFO)


class Refused(TelegramError):
    """The Bot API said no: its status, its words and its hints (retry_after, migrate_to_chat_id)."""

    def __init__(self, status: int, description: str, hints: dict[str, Any]) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.hints = hints


class Unsent(TelegramError):
    """Nothing has reached Telegram."""


class Unanswered(TelegramError):
    """The call went out and no whole answer came back."""


class AiohttpRequest(BaseRequest):
    """The library's seam for another HTTP client: JSON without files, multipart with them."""

    def __init__(self, session: aiohttp.ClientSession, seconds: float = TOTAL) -> None:
        self._session = session
        self._seconds = seconds

    @property
    def read_timeout(self) -> float:
        return self._seconds

    async def initialize(self) -> None:
        """The session is not ours to open."""

    async def shutdown(self) -> None:
        """Nor to close."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        seconds = read_timeout if isinstance(read_timeout, int | float) else self._seconds
        return await self.send(url, method, seconds, **_body(request_data))

    async def send(self, url: str | URL, method: str, seconds: float, **body: Any) -> tuple[int, bytes]:
        """Raises Refused, Unsent, Unanswered."""
        try:
            answer = await exchange(self._session, method, url, seconds=seconds, **body)
        except NotSent as error:
            raise Unsent(str(error)) from None
        except NoAnswer as error:
            raise Unanswered(str(error)) from None
        except Exception as error:  # the library would put the error's words, and so the address, into its own
            raise Unanswered(type(error).__name__) from None
        if 200 <= answer.status <= 299:
            return answer.status, answer.body
        raise _refusal(answer.status, answer.body)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As the library's, but an answer that is no JSON is not written to the log."""
        try:
            answer = msgspec.json.decode(payload)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "result" not in answer:
            raise Unanswered("the answer is not one of the Bot API")
        return answer


class Api(telegram.Bot):
    """The bot, with calls by the API's own names and answers as they came.

    The library's typed methods would build its objects out of every answer, which costs a third of the speed, and open
    a local file where a file id happens to be the name of one.
    """

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        base = base_url.rstrip("/")
        request = self._seam = AiohttpRequest(session)
        self._urls: dict[str, URL] = {}
        super().__init__(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=request,
            get_updates_request=request,
        )

    def __repr__(self) -> str:
        """The library's own shows the token."""
        return f"<{type(self).__name__}>"

    async def call(self, method: str, parameters: dict[str, Any], seconds: float = TOTAL) -> Any:
        """The API's result. Raises Refused, Unsent, Unanswered."""
        if any(isinstance(value, InputFile) for value in parameters.values()):
            return await self._post(method, dict(parameters), read_timeout=seconds)
        # Without a file there is nothing that the library's own way would do but wrap each parameter.
        body = aiohttp.BytesPayload(msgspec.json.encode(parameters), content_type="application/json")
        _, answer = await self._seam.send(self._url(method), "POST", seconds, data=body)
        return self._seam.parse_json_payload(answer)["result"]

    def _url(self, method: str) -> URL:
        url = self._urls.get(method)
        if url is None:
            url = self._urls[method] = URL(f"{self.base_url}/{method}")
        return url

    def file_url(self, path: str) -> str:
        return f"{self.base_file_url}/{path}"


def _body(data: RequestData | None) -> dict[str, Any]:
    if data is None:
        return {}
    if not data.contains_files:
        return {"json": data.parameters}
    form = aiohttp.FormData(data.json_parameters)
    for field, (name, content, mime) in data.multipart_data.items():
        form.add_field(field, content, filename=name, content_type=mime)
    return {"data": form}


def _refusal(status: int, body: bytes) -> Refused:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    answer = answer if isinstance(answer, dict) else {}
    description, hints = answer.get("description"), answer.get("parameters")
    return Refused(
        status, description if isinstance(description, str) else "", hints if isinstance(hints, dict) else {}
    )
