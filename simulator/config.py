"""What the simulator is told before it starts; every default suits `make run`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

CUSTOMERS_TOKEN = "7000000001:SIMULATED-customers-bot-token-00001"
OPS_TOKEN = "7000000002:SIMULATED-ops-bot-token-00000000002"


@dataclass(frozen=True)
class Bot:
    """A Telegram bot as BotFather would have made it. The number before the colon of the token is its user id."""

    token: str
    username: str
    name: str
    can_read_all_group_messages: bool = False

    @property
    def id(self) -> int:
        """The bot's own Telegram user id."""
        return int(self.token.split(":", 1)[0])


@dataclass(frozen=True)
class Mentor:
    """A mentor with a phone. `start` is the /start of the link that they were sent: their phone offers it."""

    id: str
    name: str
    start: str = ""


@dataclass(frozen=True)
class ContentTemplate:
    """A Twilio Content template (Content API, `content.v1.content`): types as Twilio writes them, by name.

    `approved` says whether WhatsApp has approved it for use outside the 24-hour window.
    """

    types: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    approved: bool = False
    friendly_name: str = ""
    language: str = "id"


def _default_bots() -> tuple[Bot, ...]:
    return (Bot(CUSTOMERS_TOKEN, "sahut_bot", "Sahut"), Bot(OPS_TOKEN, "sahut_ops_bot", "Sahut Ops"))


@dataclass(frozen=True)
class SimulatorConfig:
    """Accounts, chats and habits of the played providers.

    Times are seconds; no webhook waits longer than `longest_pause` for its next try. `care_url` may be a function: a
    signed link has its time. `google_pending` is how long a meeting room takes to open, `google_service_key` the
    public key (PEM) of the service account. `payment_retries`: how often Stripe and Xendit repeat a webhook at least.
    Of machines, `build_seconds` is how long making or rebuilding one takes, `power_seconds` what else is done to it,
    `address_seconds` from then until it answers at its address, at `ssh_port` (0: any free one, the same for all).
    `digitalocean_rate` is in calls an hour. `log_path` is where the page can write a log with errors;
    `log_page` where the service shows them, to whoever gives `log_page_token`.
    """

    twilio_account_sid: str = "AC5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
    twilio_auth_token: str = "simulated-twilio-auth-token-0001"
    whatsapp_from: str = "whatsapp:+6281100000000"
    whatsapp_webhook_url: str | None = None
    xendit_secret_key: str = "xnd_development_simulated_key_0001"
    xendit_callback_token: str = "simulated-xendit-callback-token-01"
    xendit_webhook_url: str | None = None
    stripe_secret_key: str = "sk_test_simulated_key_0001"
    stripe_webhook_secret: str = "whsec_simulated_secret_0001"
    stripe_webhook_url: str | None = None
    stripe_refund_seconds: float = 60.0
    telegram_bots: tuple[Bot, ...] = field(default_factory=_default_bots)
    agents_chat_id: int = -1002000000001
    ops_chat_id: int = -1003000000001
    content_templates: Mapping[str, ContentTemplate] = field(default_factory=lambda: MappingProxyType({}))
    smtp_port: int = 0
    smtp_user: str = "sahut"
    smtp_password: str = "simulated-smtp-password"
    smtp_from: str = "sahut@sahut.example"
    google_account: str = "mentoring@sahut.example"
    google_client_id: str = "100000000001-simulated.apps.googleusercontent.example"
    google_client_secret: str = "simulated-google-client-secret"
    google_refresh_token: str = "1//simulated-google-refresh-token"
    google_service_email: str = "sahut@sahut-simulated.iam.gserviceaccount.example"
    google_service_key: str = ""
    google_pending: float = 0.3
    digitalocean_token: str = "dop_v1_51a7ed0000000000000000000000000000000000000000000000000000000001"
    digitalocean_rate: int = 5000
    droplet_limit: int = 25
    proxmox_token: str = "sahut@pve!simulator=5a5a7ed0-0000-4000-8000-000000000001"
    build_seconds: float = 2.0
    power_seconds: float = 0.5
    address_seconds: float = 1.0
    ssh_port: int = 0
    mentors: tuple[Mentor, ...] = (Mentor("andi", "Andi"),)
    care_url: str | Callable[[], str] | None = None
    state_path: Path | None = None
    log_path: Path | None = None
    log_page: str = ""
    log_page_token: str = ""
    enforce_rates: bool = True
    refuse_outside_window: bool = False
    twilio_retries: int = 1
    payment_retries: int = 0
    twilio_timeout: float = 15.0
    telegram_timeout: float = 60.0
    longest_pause: float = 10.0
    delivery_seconds: float = 0.15
    media_cap: int = 256 * 1024 * 1024
    seed: int = 1

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SimulatorConfig:
        """The same from a JSON object; raises ValueError for a name that is not a field."""
        unknown = set(data) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown simulator settings: {', '.join(sorted(unknown))}")
        values = dict(data)
        if "telegram_bots" in values:
            values["telegram_bots"] = tuple(Bot(**bot) for bot in values["telegram_bots"])
        if "mentors" in values:
            values["mentors"] = tuple(Mentor(**mentor) for mentor in values["mentors"])
        if "content_templates" in values:
            values["content_templates"] = {sid: ContentTemplate(**t) for sid, t in values["content_templates"].items()}
        for name in ("state_path", "log_path"):
            if values.get(name):
                values[name] = Path(values[name])
        return cls(**values)
