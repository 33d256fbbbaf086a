"""What Stripe checks before it makes a Checkout Session or a refund."""

from __future__ import annotations

import re

from simulator.model import Json
from simulator.stripe_form import StripeError, check, need
from simulator.stripe_table import (
    ALIPAY,
    CREATE_REFUND,
    CREATE_SESSION,
    LOCALES,
    METHODS,
    MOST_DIGITS,
    NOT_PLAYED,
    NOT_PLAYED_OF_REFUNDS,
    PLAYED_METHODS,
    REASONS,
    SMALLEST,
    SUBMIT_TYPES,
)

SHORTEST, LONGEST = 30 * 60, 24 * 3600
_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def checked_session(given: Json, now: int) -> tuple[Json, int, list[str]]:
    """The parameters, the amount and the ways to pay of a session; raises StripeError."""
    params = check(CREATE_SESSION, given, NOT_PLAYED)
    need(params, "mode", "line_items", "success_url")
    if params["mode"] != "payment":
        raise StripeError(400, f"The simulator does not play the mode: {params['mode']}", param="mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise StripeError(400, f"The simulator does not play the ui_mode: {params['ui_mode']}", param="ui_mode")
    for name in ("success_url", "cancel_url"):
        if name in params and not _ADDRESS.fullmatch(params[name]):
            raise StripeError(400, "Not a valid URL", code="url_invalid", param=name)
    _one_of(params, "locale", LOCALES)
    _one_of(params, "submit_type", SUBMIT_TYPES)
    email = params.get("customer_email")
    if email is not None and (not _EMAIL.fullmatch(email) or len(email) > 800):
        raise StripeError(400, f"Invalid email address: {email}", code="email_invalid", param="customer_email")
    if len(params.get("client_reference_id", "")) > 200:
        raise StripeError(400, "Invalid string: must be at most 200 characters", param="client_reference_id")
    _check_time(params, now)
    currency, total = _total(params["line_items"])
    return params, total, _methods(params, currency)


def checked_refund(given: Json, intents: dict[str, Json], charges: dict[str, Json]) -> tuple[Json, Json, int]:
    """The parameters, the charge and the amount of a refund; raises StripeError."""
    params = check(CREATE_REFUND, given, NOT_PLAYED_OF_REFUNDS)
    _one_of(params, "reason", REASONS)
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeError(
            400, "One of the following params should be provided for this request: charge, payment_intent."
        )
    charge_id = params.get("charge", "")
    if "payment_intent" in params:
        intent = intents.get(params["payment_intent"])
        if intent is None:
            message = f"No such payment_intent: '{params['payment_intent']}'"
            raise StripeError(404, message, code="resource_missing", param="payment_intent")
        charge_id = intent["latest_charge"]
        if charge_id is None:
            raise StripeError(400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    charge = charges.get(charge_id)
    if charge is None:
        raise StripeError(404, f"No such charge: '{charge_id}'", code="resource_missing", param="charge")
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        message = f"Charge {charge_id} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        raise StripeError(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise StripeError(
            400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", param="amount"
        )
    return params, charge, amount


def _one_of(params: Json, name: str, known: frozenset[str]) -> None:
    if name in params and params[name] not in known:
        raise StripeError(400, f"Invalid {name}: must be one of {', '.join(sorted(known))}", param=name)


def _check_time(params: Json, now: int) -> None:
    """From half an hour to less than a day ahead."""
    if "expires_at" not in params:
        return
    ahead = params["expires_at"] - now
    if ahead < SHORTEST:
        words = "at least 30 minutes"
    elif ahead >= LONGEST:
        words = "less than 24 hours"
    else:
        return
    message = f"The `expires_at` timestamp must be {words} from Checkout Session creation."
    raise StripeError(400, message, param="expires_at")


def _total(items: list[Json]) -> tuple[str, int]:
    total, currencies = 0, set()
    for number, item in enumerate(items):
        place = f"line_items[{number}]"
        price = item.get("price_data")
        if price is None:
            raise StripeError(400, f"Missing required param: {place}[price_data].", param=place)
        for name in ("currency", "product_data", "unit_amount"):
            if name not in price:
                param = f"{place}[price_data][{name}]"
                raise StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)
        if "name" not in price["product_data"]:
            param = f"{place}[price_data][product_data][name]"
            raise StripeError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)
        if item.get("quantity", 0) < 1 or price["unit_amount"] < 0:
            raise StripeError(400, "This value must be greater than or equal to 1.", param=f"{place}[quantity]")
        currency = price["currency"]
        if currency not in SMALLEST:
            raise StripeError(400, f"Invalid currency: {currency}.", param=f"{place}[price_data][currency]")
        currencies.add(currency)
        total += item["quantity"] * price["unit_amount"]
    if len(currencies) != 1:
        raise StripeError(400, "All line items must have the same currency.", param="line_items")
    currency = currencies.pop()
    if total < SMALLEST[currency]:
        message = f"The Checkout Session's total amount must convert to at least 50 cents; {currency} {total} does not."
        raise StripeError(400, message, code="amount_too_small")
    if len(str(total)) > MOST_DIGITS.get(currency, 8):
        raise StripeError(400, "The Checkout Session's total amount is too large.", code="amount_too_large")
    return currency, total


def _methods(params: Json, currency: str) -> list[str]:
    """What of the account's ways to pay is left by the filters and the currency."""
    for name in ("allowed_payment_method_types", "excluded_payment_method_types"):
        for number, method in enumerate(params.get(name, [])):
            if method not in METHODS:
                raise StripeError(400, f"Invalid {name}[{number}]: {method}", param=f"{name}[{number}]")
    allowed = params.get("allowed_payment_method_types", list(PLAYED_METHODS))
    excluded = params.get("excluded_payment_method_types", [])
    left = [
        method
        for method in PLAYED_METHODS
        if method in allowed and method not in excluded and (method != "alipay" or currency in ALIPAY)
    ]
    if not left:
        raise StripeError(400, "No valid payment method types for this Checkout Session.")
    return left
