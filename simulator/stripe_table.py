"""What is played of Stripe's API, by name; a test holds it against Stripe's own description of its parameters."""

from __future__ import annotations

from typing import Any

VERSION = "2026-10-28.endive"

STRING, INTEGER, BOOLEAN, WORDS = "string", "integer", "boolean", "words"
"""A parameter's kinds; `words` is a map of strings. A list stands for its one kind of item, a dict for an object."""

Shape = dict[str, Any]

CREATE_SESSION: Shape = {
    "adaptive_pricing": {"enabled": BOOLEAN},
    "allowed_payment_method_types": [STRING],
    "cancel_url": STRING,
    "client_reference_id": STRING,
    "customer_email": STRING,
    "excluded_payment_method_types": [STRING],
    "expand": [STRING],
    "expires_at": INTEGER,
    "line_items": [
        {
            "price_data": {
                "currency": STRING,
                "product_data": {"description": STRING, "name": STRING},
                "unit_amount": INTEGER,
            },
            "quantity": INTEGER,
        }
    ],
    "locale": STRING,
    "metadata": WORDS,
    "mode": STRING,
    "payment_intent_data": {"description": STRING, "metadata": WORDS, "receipt_email": STRING},
    "submit_type": STRING,
    "success_url": STRING,
    "ui_mode": STRING,
}
NOT_PLAYED = frozenset(
    "after_expiration allow_promotion_codes automatic_tax billing_address_collection branding_settings"
    " consent_collection currency custom_fields custom_text customer customer_account customer_creation"
    " customer_update discounts integration_identifier invoice_creation managed_payments name_collection"
    " optional_items origin_context payment_method_collection payment_method_configuration payment_method_data"
    " payment_method_options permissions phone_number_collection redirect_on_completion return_url"
    " saved_payment_method_options setup_intent_data shipping_address_collection shipping_options subscription_data"
    " tax_id_collection wallet_options".split()
)
"""Parameters of a Checkout Session that the real one has and the simulator refuses."""

RETRIEVE_SESSION: Shape = {"expand": [STRING]}
EXPIRE_SESSION: Shape = {"expand": [STRING]}
CREATE_REFUND: Shape = {
    "amount": INTEGER,
    "charge": STRING,
    "expand": [STRING],
    "metadata": WORDS,
    "payment_intent": STRING,
    "reason": STRING,
}
NOT_PLAYED_OF_REFUNDS = frozenset(
    "currency customer instructions_email origin refund_application_fee reverse_transfer".split()
)
LIST_REFUNDS: Shape = {"charge": STRING, "limit": INTEGER, "payment_intent": STRING}
RETRIEVE_REFUND: Shape = {"expand": [STRING]}

LOCALES = frozenset(
    "auto bg cs da de el en en-GB es es-419 et fi fil fr fr-CA hi-IN hr hu id it ja ko lt lv ms mt nb nl pl pt pt-BR"
    " ro ru sk sl sv th tr vi zh zh-HK zh-TW".split()
)
REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})
SUBMIT_TYPES = frozenset({"auto", "book", "donate", "pay", "subscribe"})

ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
"""Currencies whose amounts are whole; rupiah is not among them."""

SMALLEST = {
    "aud": 50, "cad": 50, "cny": 360, "eur": 50, "gbp": 30, "hkd": 400, "idr": 800_000, "jpy": 50, "myr": 200,
    "nzd": 50, "sgd": 50, "usd": 50,
}  # fmt: skip
"""The currencies that are played, with the least amount of a payment, about USD 0.50."""

MOST_DIGITS = {"idr": 12}

ALIPAY = frozenset("aud cad cny eur gbp hkd jpy myr nzd sgd usd".split())
"""The currencies that can be paid by Alipay."""

PLAYED_METHODS = ("card", "alipay")
"""What is switched on in the played account's dashboard."""

METHODS = frozenset(
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie bizum blik"
    " boleto card cashapp crypto customer_balance eps fpx giropay grabpay ideal kakao_pay klarna konbini kr_card link"
    " mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix"
    " promptpay revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi"
    " us_bank_account wechat_pay zip".split()
)
"""Every way to pay that can be named."""
