"""The Bot API's refusals ("Making requests": ok, error_code, description, parameters)."""

from __future__ import annotations

from simulator.model import Json


class TelegramError(Exception):
    """An answer with ok = false."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def to_json(self) -> Json:
        """The body of the answer."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(description: str, parameters: Json | None = None) -> TelegramError:
    """400."""
    return TelegramError(400, f"Bad Request: {description}", parameters)


def forbidden(description: str) -> TelegramError:
    """403."""
    return TelegramError(403, f"Forbidden: {description}")


def too_many(retry_after: int) -> TelegramError:
    """429 with retry_after seconds."""
    return TelegramError(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after})
