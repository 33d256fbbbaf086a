"""Stripe's objects as its API shows them: JSON all the way, so that they can be kept as they are."""

from __future__ import annotations

import secrets

from simulator.model import Json
from simulator.stripe_table import VERSION

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id(prefix: str, length: int = 24) -> str:
    """An id as Stripe makes them."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def session(session_id: str, params: Json, *, total: int, methods: list[str], url: str, created: int) -> Json:
    """A Checkout Session that has just been made."""
    email = params.get("customer_email")
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": params.get("adaptive_pricing", {"enabled": True}),
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": created,
        "currency": params["line_items"][0]["price_data"]["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": _customer(email, None) if email else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": params.get("expires_at", created + 86400),
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                "account_tax_ids": None,
                "custom_fields": None,
                "description": None,
                "footer": None,
                "issuer": None,
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "locale": params.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": {"id": "pmc_1Simulated", "parent": None},
        "payment_method_options": {},
        "payment_method_types": methods,
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": params.get("ui_mode", "hosted_page"),
        "url": url,
        "wallet_options": None,
    }


def intent(of: Json, data: Json, method: str, status: str, created: int) -> Json:
    """The PaymentIntent of a session, made when somebody tries to pay. `data`: its `payment_intent_data`."""
    intent_id = new_id("pi_3")
    paid = status == "succeeded"
    return {
        "id": intent_id,
        "object": "payment_intent",
        "amount": of["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": of["amount_total"] if paid else 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{intent_id}_secret_{new_id('', 25)}",
        "confirmation_method": "automatic",
        "created": created,
        "currency": of["currency"],
        "customer": None,
        "customer_account": None,
        "description": data.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "managed_payments": {"enabled": False},
        "metadata": dict(data.get("metadata", {})),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": new_id("pm_1"),
        "payment_method_configuration_details": None,
        "payment_method_options": {method: {}},
        "payment_method_types": [method],
        "processing": None,
        "receipt_email": data.get("receipt_email"),
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
    }


def refusal(method: str) -> Json:
    """Why a PaymentIntent was not paid: a card that was declined, or somebody who did not authorise it elsewhere."""
    if method == "card":
        return {"type": "card_error", "code": "card_declined"}
    return {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"}


def charge(of: Json, email: str | None, created: int) -> Json:
    """The charge of a PaymentIntent that has succeeded; its metadata is the intent's."""
    method = of["payment_method_types"][0]
    details: Json = {"brand": "visa", "funding": "credit", "last4": "4242"} if method == "card" else {}
    return {
        "id": new_id("ch_3"),
        "object": "charge",
        "amount": of["amount"],
        "amount_captured": of["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": new_id("txn_3"),
        "billing_details": {"address": _address(), "email": email, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": "SAHUT",
        "captured": True,
        "created": created,
        "currency": of["currency"],
        "customer": None,
        "description": of["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(of["metadata"]),
        "on_behalf_of": None,
        "outcome": {"network_status": "approved_by_network", "type": "authorized"},
        "paid": True,
        "payment_intent": of["id"],
        "payment_method": of["payment_method"],
        "payment_method_details": {method: details, "type": method},
        "receipt_email": of["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def refund(of: Json, params: Json, amount: int, status: str, created: int) -> Json:
    """A refund of a charge: it goes back the way it came."""
    method = of["payment_method_details"]["type"]
    return {
        "id": new_id("re_3"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn_3"),
        "charge": of["id"],
        "created": created,
        "currency": of["currency"],
        "customer": None,
        "customer_account": None,
        "destination_details": {method: {"type": "refund"} if method == "card" else {}, "type": method},
        "metadata": params.get("metadata", {}),
        "payment_intent": of["payment_intent"],
        "payment_method": of["payment_method"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": status,
        "transfer_reversal": None,
    }


def event(kind: str, about: Json, created: int) -> Json:
    """An event with the object as it is now."""
    return {
        "id": new_id("evt_1"),
        "object": "event",
        "api_version": VERSION,
        "created": created,
        "data": {"object": about},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def paid_by(of: Json, email: str | None) -> None:
    """Notes on a session who has paid."""
    of["customer_details"] = _customer(email, "Budi")


def _customer(email: str | None, name: str | None) -> Json:
    return {
        "address": _address() if name else None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
    }


def _address() -> Json:
    return {"city": None, "country": "ID", "line1": None, "line2": None, "postal_code": None, "state": None}
