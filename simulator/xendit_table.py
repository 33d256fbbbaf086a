"""What Xendit's API takes and says, as far as it is played; held against its spec by a test."""

# s: string, n: number, b: boolean, a: array, o: object
CREATE_INVOICE = {
    "external_id": "s",
    "amount": "n",
    "payer_email": "s",
    "description": "s",
    "invoice_duration": "n",
    "callback_virtual_account_id": "s",
    "should_send_email": "b",
    "customer": "o",
    "customer_notification_preference": "o",
    "success_redirect_url": "s",
    "failure_redirect_url": "s",
    "payment_methods": "a",
    "mid_label": "s",
    "should_authenticate_credit_card": "b",
    "currency": "s",
    "reminder_time": "n",
    "locale": "s",
    "reminder_time_unit": "s",
    "items": "a",
    "fees": "a",
    "channel_properties": "o",
    "metadata": "o",
}
INVOICE_NEEDS = {"external_id", "amount"}
CURRENCIES = {"IDR", "USD", "THB", "VND", "PHP", "MYR"}

# From the models of Xendit's SDKs; refunds are not in the spec.
CREATE_REFUND = {
    "payment_request_id": "s",
    "invoice_id": "s",
    "reference_id": "s",
    "amount": "n",
    "currency": "s",
    "reason": "s",
    "metadata": "o",
}
REFUND_NEEDS = {"reason"}
REASONS = {"FRAUDULENT", "DUPLICATE", "REQUESTED_BY_CUSTOMER", "CANCELLATION", "OTHERS"}
LIST_INVOICES = {
    "external_id", "statuses", "limit", "created_after", "created_before", "paid_after", "paid_before", "expired_after",
    "expired_before", "last_invoice", "client_types", "payment_channels", "on_demand_link", "recurring_payment_id",
}  # fmt: skip
LIST_REFUNDS = {
    "payment_request_id", "invoice_id", "payment_method_type", "channel_code", "limit", "after_id", "before_id",
}  # fmt: skip

BANKS = ("BCA", "BNI", "BRI", "MANDIRI", "PERMATA")
WALLETS = ("DANA", "SHOPEEPAY", "LINKAJA")
CHANNELS = {
    **dict.fromkeys(BANKS, "BANK_TRANSFER"),
    **dict.fromkeys(WALLETS, "EWALLET"),
    "QRIS": "QR_CODE",
}
"""A channel's method of payment. What was paid into a bank's virtual account is not given back by the API."""

TYPES: dict[str, tuple[type, ...]] = {"s": (str,), "n": (int, float), "b": (bool,), "a": (list,), "o": (dict,)}


def fits(kind: str, value: object) -> bool:
    """Whether a value is of that kind; every one may be null."""
    if value is None:
        return True
    return isinstance(value, TYPES[kind]) and not (kind == "n" and isinstance(value, bool))
