"""What a caller sends to Stripe: forms with brackets, checked as strictly as Stripe does; and how Stripe refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from simulator.model import Json
from simulator.stripe_table import BOOLEAN, INTEGER, WORDS, Shape

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_DOCS = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """An answer that refuses: HTTP status, type, code, the parameter that is wrong, words."""

    def __init__(
        self, status: int, message: str, *, code: str = "", param: str = "", kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "type": kind}
        if code:
            self.body.update(code=code, doc_url=_DOCS + code.replace("_", "-"))
        if param:
            self.body["param"] = param

    def response(self, headers: Mapping[str, str]) -> web.Response:
        """As Stripe words it."""
        return json_response({"error": self.body}, self.status, headers)


def json_response(body: Json, status: int, headers: Mapping[str, str]) -> web.Response:
    """Stripe's JSON is indented."""
    text = json.dumps(body, indent=2, ensure_ascii=False)
    return web.Response(body=text.encode(), status=status, content_type="application/json", headers=headers)


def read(pairs: str) -> Json:
    """`a[b][0]=c` as {"a": {"b": ["c"]}}. Raises StripeError."""
    try:
        given = parse_qsl(pairs, keep_blank_values=True, strict_parsing=bool(pairs), errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise StripeError(400, "Invalid request: the parameters are not form-encoded.") from None
    whole: Json = {}
    for name, value in given:
        match = _NAME.fullmatch(name)
        if match is None:
            raise StripeError(400, f"Invalid parameter name: {name}", param=name)
        keys = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        place = whole
        for key in keys[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise StripeError(400, f"Invalid parameter name: {name}", param=name)
        last = keys[-1] or str(len(place))
        if last in place:
            raise StripeError(400, f"You passed {name} twice.", param=name)
        place[last] = value
    return whole


def check(shape: Shape, given: Json, not_played: frozenset[str] = frozenset()) -> Json:
    """The parameters with their types; raises StripeError for what does not belong there."""
    for name in given:
        if name in not_played:
            raise StripeError(400, f"The simulator does not play the parameter: {name}", param=name)
    checked: Json = _value(shape, given, "")
    return checked


def need(params: Json, *names: str) -> None:
    """Raises StripeError where one is missing."""
    for name in names:
        if name not in params:
            raise StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def _value(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, dict):
        return _object(kind, value, path)
    if isinstance(kind, list):
        if not isinstance(value, dict) or sorted(value) != sorted(str(n) for n in range(len(value))):
            raise StripeError(400, "Invalid array", param=path)
        return [_value(kind[0], value[str(n)], f"{path}[{n}]") for n in range(len(value))]
    if kind == WORDS:
        return _words(value, path)
    if not isinstance(value, str):
        raise StripeError(400, f"Invalid string: {json.dumps(value)}", param=path)
    if not value:
        message = f"You passed an empty string for '{path}'. We assume empty values are an attempt to unset a parameter"
        raise StripeError(400, message, code="parameter_invalid_empty", param=path)
    if kind == INTEGER:
        if not re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            raise StripeError(400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        return int(value)
    if kind == BOOLEAN:
        if value not in ("true", "false"):
            raise StripeError(400, f"Invalid boolean: {value}", param=path)
        return value == "true"
    if len(value) > 5000:
        raise StripeError(400, f"Invalid string: {value[:20]}...; must be at most 5000 characters", param=path)
    return value


def _object(shape: Shape, value: Any, path: str) -> Json:
    if not isinstance(value, dict):
        raise StripeError(400, "Invalid object", code="parameter_invalid_string", param=path)
    for name in value:
        if name not in shape:
            inner = f"{path}[{name}]" if path else name
            raise StripeError(400, f"Received unknown parameter: {inner}", code="parameter_unknown", param=inner)
    return {name: _value(shape[name], given, f"{path}[{name}]" if path else name) for name, given in value.items()}


def _words(value: Any, path: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise StripeError(400, "Metadata must be a map of strings.", param=path)
    if len(value) > 50 or any(len(name) > 40 or len(each) > 500 for name, each in value.items()):
        raise StripeError(400, "Metadata has at most 50 keys of 40 and values of 500 characters.", param=path)
    return dict(value)
