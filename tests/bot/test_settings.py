"""What can be set, how, and what is said where it is wrong."""

from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings, Updates, WrongSettings, load

pytestmark = pytest.mark.usefixtures("bare")

PROMISED = (
    "PORT HOST PUBLIC_BASE_URL DATABASE_URL LOG_LEVEL TIME_ZONE TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN"
    " TWILIO_WHATSAPP_FROM TWILIO_API_BASE TELEGRAM_BOT_TOKEN TELEGRAM_WEBHOOK_SECRET TELEGRAM_API_BASE"
    " TELEGRAM_UPDATES OPS_BOT_TOKEN OPS_WEBHOOK_SECRET OPS_CHAT_ID AGENTS_CHAT_ID SECRET_KEY CARE_LINK_SECRET"
    " SIMULATE METRICS_TOKEN TASKS_TOKEN PAYMENTS STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET STRIPE_API_BASE"
    " XENDIT_SECRET_KEY XENDIT_CALLBACK_TOKEN XENDIT_API_BASE"
).split()
PROXMOX = {"proxmox_url": "https://pve.example:8006", "proxmox_token": "sahut@pve!orders=1-2-3"}
KEPT = {
    "inbox": 180,
    "outbox": 180,
    "effects": 90,
    "cases": 730,
    "bookings": 180,
    "orders": 3650,
    "servers": 3650,
    "server_actions": 365,
    "server_creations": 30,
    "log_hours": 90,
}
MAIL = {"smtp_host": "mail.example", "mail_from": "Sahut <sahut@mail.example>"}
TELEGRAM = {"telegram_bot_token": "1:token", "telegram_webhook_secret": "hook", "public_base_url": "https://s.example"}
WHATSAPP = {
    "twilio_account_sid": "AC1",
    "twilio_auth_token": "token",
    "twilio_whatsapp_from": "+62811000000",
    "public_base_url": "https://s.example",
    "secret_key": "long and random",
}


def problems(**given: Any) -> list[str]:
    try:
        load(**given)
    except WrongSettings as wrong:
        return wrong.problems
    return []


def test_the_promised_names() -> None:
    assert {name.lower() for name in PROMISED} <= set(Settings.model_fields)


def test_the_defaults() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.time_zone) == ("127.0.0.1", 8080, "Asia/Jakarta")
    assert settings.sqlite_path == Path("var/sahut.db")
    assert settings.updates is Updates.POLLING
    assert not settings.simulate


# --- where they are read from ---


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:from-the-environment")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("AGENTS_CHAT_ID", "-1001")
    settings = load()
    assert settings.telegram_bot_token.get_secret_value() == "1:from-the-environment"
    assert (settings.port, settings.agents_chat_id) == (9000, -1001)


def test_a_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / ".env").write_text("# ours\nTELEGRAM_BOT_TOKEN='1:from-the-file'\nPORT=9001\nUNKNOWN=1\nSIMULATE=\n")
    assert load().telegram_bot_token.get_secret_value() == "1:from-the-file"
    assert load().port == 9001
    monkeypatch.setenv("PORT", "9002")
    assert load().port == 9002


def test_a_file_that_is_no_text(bare: Path) -> None:
    (bare / ".env").write_bytes(b"TELEGRAM_BOT_TOKEN=\xff\xfe\x00")
    assert problems() == [".env cannot be read: it must be UTF-8 text."]


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORT", "TELEGRAM_UPDATES", "AGENTS_CHAT_ID", "TWILIO_API_BASE"):
        monkeypatch.setenv(name, "")
    settings = load(**TELEGRAM)
    assert (settings.port, settings.agents_chat_id) == (8080, None)
    assert settings.twilio_api_base == "https://api.twilio.com"


# --- each for itself ---


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("port", "http", "valid integer"),
        ("port", "65536", "less than or equal to 65535"),
        ("port", "-1", "greater than or equal to 0"),
        ("simulator_port", "x", "valid integer"),
        ("public_base_url", "sahut.example", "http:// or https://"),
        ("public_base_url", "ftp://sahut.example", "http:// or https://"),
        ("public_base_url", "https://", "http:// or https://"),
        ("public_base_url", "https://[::1", "http:// or https://"),
        ("public_base_url", "https://sahut.example/?a=1", "no query"),
        ("twilio_api_base", "api.twilio.com", "http:// or https://"),
        ("telegram_api_base", "api.telegram.org", "http:// or https://"),
        ("xendit_api_base", "api.xendit.co", "http:// or https://"),
        ("payments", "stripe,paypal", "'paypal' is not a payment provider: stripe, xendit, sandbox"),
        ("servers", "sandbox,aws", "'aws' is not a provider of machines: libcloud, proxmox, sandbox"),
        ("libcloud_driver", "azure", "one of digitalocean, ec2"),
        ("servers_tag", "our machines", "pattern"),
        ("tax_rate", "eleven", "valid decimal"),
        ("tax_rate", "101", "less than or equal to 100"),
        ("proxmox_first_vmid", "99", "greater than or equal to 100"),
        ("proxmox_url", "pve.example:8006", "http:// or https://"),
        ("calendar", "outlook", "one of google, ics"),
        ("google_api_base", "www.googleapis.com", "http:// or https://"),
        ("jitsi_url", "meet.jit.si", "http:// or https://"),
        ("mail_from", "Sahut", "must be an address"),
        ("mail_from", "Sahut <sahut@bücher.example>", "must be an address"),
        ("smtp_port", "0", "greater than or equal to 1"),
        ("time_zone", "Jakarta", "Asia/Jakarta"),
        ("time_zone", "../etc/passwd", "Asia/Jakarta"),
        ("log_level", "LOUD", "DEBUG, INFO, WARNING or ERROR"),
        ("log_format", "xml", "'auto', 'json' or 'text'"),
        ("telegram_updates", "carrier pigeon", "'webhook' or 'polling'"),
        ("telegram_webhook_secret", "with spaces", "A-Z a-z 0-9 _ -"),
        ("telegram_webhook_secret", "ß", "A-Z a-z 0-9 _ -"),
        ("ops_webhook_secret", "x" * 257, "1 to 256"),
        ("database_url", "postgres://db", "sqlite:///PATH"),
        ("database_url", "sqlite:///", "sqlite:///PATH"),
        ("database_url", "mongodb://", "mongodb://HOST/NAME"),
        ("database_url", "mongodb://user:word@", "mongodb://HOST/NAME"),
        ("database_url", "mongodb://user:wo/rd@db/sahut", "percent-encoded"),
        ("database_url", "mongodb://user:wo@rd@db/sahut", "percent-encoded"),
        ("database_pool", "0", "greater than or equal to 1"),
        ("agents_chat_id", "@agents", "valid integer"),
        ("ops_chat_id", "1.5", "valid integer"),
        ("simulate", "perhaps", "valid boolean"),
        ("twilio_rate", "0", "greater than 0"),
        ("telegram_chat_rate", "-1", "greater than 0"),
        ("twilio_whatsapp_from", "0811000000", "+62"),
        ("twilio_whatsapp_from", "whatsapp:62811000000", "+62"),
        ("twilio_whatsapp_from", "sms:+62811000000", "+62"),
        ("ops_whatsapp", "+62811000000,0811000000", "+62"),
    ],
)
def test_a_wrong_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name.upper(), value)
    (problem,) = problems()
    assert problem.startswith(f"{name.upper()}: ")
    assert said in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    "name", [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)]
)
def test_a_secret_is_never_said(name: str) -> None:
    """Not where it is wrong, and not where the settings are printed."""
    secret = "the secret itself \x00 ü"
    given = {name: secret, "port": "wrong", "log_level": secret, "time_zone": secret}
    said = " ".join(problems(**given))
    assert "PORT" in said
    assert "secret itself" not in said
    assert "a-secret" not in repr(Settings.model_validate({name: "a-secret"}))


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("inbox=30d", {"inbox": 30}),
        ("inbox=7d, outbox=365d,cases=1d", {"inbox": 7, "outbox": 365, "cases": 1}),
        ("none", {}),
        ("", KEPT),
    ],
)
def test_how_long_what_is_over_is_kept(monkeypatch: pytest.MonkeyPatch, given: str, days: dict[str, int]) -> None:
    monkeypatch.setenv("RETENTION", given)
    settings = load(simulate=True, _env_file=None)
    assert {table: kept.days for table, kept in settings.kept_for.items()} == days


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("inbox=6d", "inbox must be at least 7d"),
        ("cases=0d", "cases must be at least 1d"),
        ("orders=29d", "orders must be at least 30d"),
        (
            "people=30d",
            "'people' is not among what it can be said for: inbox, outbox, effects, orders, servers, bookings, cases",
        ),
        ("inbox=half a year", "must be like"),
        ("inbox", "must be like"),
        ("inbox=30d,", "must be like"),
    ],
)
def test_a_wrong_retention_is_said(given: str, said: str) -> None:
    (problem,) = problems(retention=given)
    assert problem.startswith("RETENTION: ")
    assert said in problem


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("sqlite:///var/sahut.db", "sqlite:///var/sahut.db"),
        ("mongodb://a:1,b:2/sahut?replicaSet=rs0", "mongodb://a:1,b:2/sahut"),
        (
            "mongodb+srv://user:password@db.example/sahut?authMechanismProperties=TOKEN:x@y",
            "mongodb+srv://db.example/sahut",
        ),
    ],
)
def test_a_database_is_shown_without_its_secrets(given: str, shown: str) -> None:
    settings = load(database_url=given, simulate=True, _env_file=None)
    assert settings.database_shown == shown
    assert "user:password" not in repr(settings)


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(problems(port="x", time_zone="x", database_url="x")) == 3


@pytest.mark.parametrize(
    "given", ["+62811000000", "whatsapp:+62811000000", " whatsapp:+62811000000 ", "+62 811-000-000"]
)
def test_the_number_with_its_prefix_or_without(given: str) -> None:
    assert Settings(twilio_whatsapp_from=given).twilio_whatsapp_from == "whatsapp:+62811000000"


def test_several_numbers() -> None:
    given = "+62 811-000-000, whatsapp:+62811000001,+62811000000,"
    assert Settings(ops_whatsapp=given).ops_whatsapp == "whatsapp:+62811000000,whatsapp:+62811000001"


def test_addresses_lose_their_last_stroke() -> None:
    settings = Settings(public_base_url="https://s.example/", telegram_api_base="http://127.0.0.1:1/")
    assert (settings.public_url, settings.telegram_api_base) == ("https://s.example", "http://127.0.0.1:1")


@pytest.mark.parametrize(
    ("given", "providers"),
    [("", ()), ("stripe", ("stripe",)), (" Xendit, stripe,,xendit", ("xendit", "stripe")), (",", ())],
)
def test_who_takes_payments(given: str, providers: tuple[str, ...]) -> None:
    """In the order in which they are offered; nobody, where nobody is named, whatever keys are set."""
    assert Settings(payments=given, stripe_secret_key="sk_test_1").payment_providers == providers  # type: ignore[arg-type]  # as the environment gives it


@pytest.mark.parametrize(("given", "points"), [("11", 1100), ("0", 0), ("7.25", 725), ("", 1100)])
def test_the_tax_in_basis_points(monkeypatch: pytest.MonkeyPatch, given: str, points: int) -> None:
    monkeypatch.setenv("TAX_RATE", given)
    assert Settings().tax == points


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "0.0.0.0", "port": 9}, "http://127.0.0.1:9"),
        ({"host": "10.0.0.1"}, "http://10.0.0.1:8080"),
        ({"public_base_url": "https://s.example"}, "https://s.example"),
    ],
)
def test_where_providers_reach_us(given: dict[str, Any], where: str) -> None:
    assert Settings(**given).public_url == where


@pytest.mark.parametrize(
    ("given", "updates"),
    [
        ({}, Updates.POLLING),
        ({"public_base_url": "https://s.example"}, Updates.WEBHOOK),
        ({"public_base_url": "https://s.example", "telegram_updates": "polling"}, Updates.POLLING),
        ({"telegram_updates": "webhook"}, Updates.WEBHOOK),
    ],
)
def test_how_updates_come(given: dict[str, Any], updates: Updates) -> None:
    assert Settings(**given).updates is updates


# --- together ---


@pytest.mark.parametrize(
    "given",
    [
        TELEGRAM,
        {"telegram_bot_token": "1:token"},
        WHATSAPP,
        WHATSAPP | TELEGRAM,
        TELEGRAM | {"ops_bot_token": "2:t", "ops_webhook_secret": "s", "ops_chat_id": -1, "agents_chat_id": -2},
        TELEGRAM | {"payments": "stripe,xendit", "stripe_secret_key": "sk", "xendit_secret_key": "xnd"},
        TELEGRAM | {"payments": "sandbox", "secret_key": "long and random"},
        TELEGRAM | {"servers": "sandbox", "secret_key": "k"},
        TELEGRAM | {"servers": "libcloud", "secret_key": "k", "digitalocean_token": "dop"},
        TELEGRAM | {"servers": "proxmox", "secret_key": "k"} | PROXMOX,
        TELEGRAM | {"servers": "proxmox", "secret_key": "k"} | PROXMOX | {"proxmox_url": "http://127.0.0.1:1"},
        {"simulate": True, "servers": "proxmox"},
        TELEGRAM | MAIL | {"calendar": "ics"},
        TELEGRAM | MAIL | {"mail_from": "Sahut ✅ <no-reply+chat@mail.example>"},
        TELEGRAM | MAIL | {"smtp_user": "u", "smtp_password": "p", "smtp_port": 465},
        TELEGRAM | {"calendar": "google", "google_application_credentials": "google.json"},
        {"simulate": True, "calendar": "google"},
        {"simulate": True, "payments": "xendit"},
        {"simulate": True},
        {"simulate": True, "public_base_url": "http://127.0.0.1:8080"},
        {"simulate": True, "public_base_url": "http://localhost:8080"},
        {"simulate": True, "agents_chat_id": -1, "twilio_account_sid": "AC1"},
    ],
)
def test_what_fits_together(given: dict[str, Any]) -> None:
    assert problems(**given) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, ["No channel is configured", "SIMULATE=1"]),
        ({"ops_bot_token": "2:t"}, ["No channel is configured"]),
        ({"simulate": True, "public_base_url": "https://s.example"}, ["SIMULATE=1", "PUBLIC_BASE_URL"]),
        ({"simulate": True, "public_base_url": "http://192.168.1.5"}, ["SIMULATE=1", "PUBLIC_BASE_URL"]),
        ({"simulate": True, "public_base_url": "http://127.0.0.1.evil.example"}, ["PUBLIC_BASE_URL"]),
        ({"simulate": True, "telegram_bot_token": "1:t"}, ["SIMULATE=1", "TELEGRAM_BOT_TOKEN"]),
        ({"simulate": True, "ops_bot_token": "1:t"}, ["SIMULATE=1", "OPS_BOT_TOKEN"]),
        ({"simulate": True, "twilio_auth_token": "t"}, ["SIMULATE=1", "TWILIO_AUTH_TOKEN"]),
        (TELEGRAM | {"twilio_auth_token": "t"}, ["half configured", "TWILIO_ACCOUNT_SID, TWILIO_WHATSAPP_FROM"]),
        (TELEGRAM | {"twilio_account_sid": "AC"}, ["half configured", "TWILIO_AUTH_TOKEN, TWILIO_WHATSAPP_FROM"]),
        (WHATSAPP | {"public_base_url": ""}, ["WhatsApp needs PUBLIC_BASE_URL"]),
        (WHATSAPP | {"secret_key": ""}, ["WhatsApp needs SECRET_KEY"]),
        (TELEGRAM | {"telegram_webhook_secret": ""}, ["TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_UPDATES=polling"]),
        (TELEGRAM | {"ops_bot_token": "2:t"}, ["OPS_WEBHOOK_SECRET", "TELEGRAM_UPDATES=polling"]),
        (TELEGRAM | {"public_base_url": "", "telegram_updates": "webhook"}, ["TELEGRAM_UPDATES=webhook needs"]),
        (WHATSAPP | {"agents_chat_id": -1}, ["AGENTS_CHAT_ID", "TELEGRAM_BOT_TOKEN"]),
        (TELEGRAM | {"payments": "stripe,sandbox", "secret_key": "k"}, ["PAYMENTS names stripe", "STRIPE_SECRET_KEY"]),
        (TELEGRAM | {"payments": "xendit", "stripe_secret_key": "sk"}, ["PAYMENTS names xendit", "XENDIT_SECRET_KEY"]),
        (TELEGRAM | {"payments": "sandbox"}, ["PAYMENTS names sandbox", "SECRET_KEY"]),
        ({"simulate": True, "stripe_secret_key": "sk_live_1"}, ["SIMULATE=1", "STRIPE_SECRET_KEY"]),
        ({"simulate": True, "xendit_secret_key": "xnd_1"}, ["SIMULATE=1", "XENDIT_SECRET_KEY"]),
        (TELEGRAM | {"servers": "sandbox"}, ["SERVERS names sandbox", "SECRET_KEY"]),
        (TELEGRAM | {"servers": "libcloud", "secret_key": "k"}, ["SERVERS names libcloud", "set DIGITALOCEAN_TOKEN,"]),
        (
            TELEGRAM | {"servers": "libcloud", "secret_key": "k", "libcloud_driver": "ec2"},
            ["AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_DEFAULT_REGION"],
        ),
        (TELEGRAM | {"servers": "proxmox", "secret_key": "k"}, ["PROXMOX_URL, PROXMOX_TOKEN"]),
        (TELEGRAM | PROXMOX | {"proxmox_url": "http://pve.example:8006"}, ["PROXMOX_URL", "https://"]),
        (TELEGRAM | PROXMOX | {"proxmox_token": "a-token"}, ["PROXMOX_TOKEN must be like"]),
        ({"simulate": True, "digitalocean_token": "dop"}, ["SIMULATE=1", "DIGITALOCEAN_TOKEN"]),
        ({"simulate": True} | PROXMOX, ["SIMULATE=1", "PROXMOX_TOKEN"]),
        (TELEGRAM | {"calendar": "google"}, ["CALENDAR=google needs GOOGLE_APPLICATION_CREDENTIALS"]),
        (TELEGRAM | {"smtp_host": "mail.example"}, ["SMTP_HOST", "MAIL_FROM"]),
        (TELEGRAM | {"mail_from": "a@b.example"}, ["MAIL_FROM", "SMTP_HOST"]),
        (TELEGRAM | MAIL | {"smtp_user": "u"}, ["SMTP_USER and SMTP_PASSWORD belong together"]),
        ({"simulate": True, "smtp_password": "p"}, ["SIMULATE=1", "SMTP_PASSWORD"]),
        ({"simulate": True, "google_application_credentials": "g.json"}, ["GOOGLE_APPLICATION_CREDENTIALS"]),
        (TELEGRAM | {"ops_chat_id": -1}, ["OPS_CHAT_ID", "OPS_BOT_TOKEN"]),
        (TELEGRAM | {"ops_whatsapp": "+62811000000"}, ["OPS_WHATSAPP", "TWILIO_", "OPS_CHAT_ID"]),
    ],
)
def test_what_does_not_fit_together(given: dict[str, Any], said: list[str]) -> None:
    (problem,) = problems(**given)
    assert [words for words in said if words not in problem] == []


def test_the_token_of_the_ops_pages_cannot_be_guessed() -> None:
    assert problems(simulate=True, ops_page_token="x" * 16) == []
    (problem,) = problems(simulate=True, ops_page_token="x" * 15)
    assert problem.startswith("OPS_PAGE_TOKEN must have 16 characters")
