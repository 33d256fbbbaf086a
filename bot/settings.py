"""The only reader of the environment. Names follow the ecosystem's conventions; `.env.example` lists them with their
meaning.
"""

import re
from datetime import timedelta
from decimal import Decimal
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.setting_values import days_of, guessable, is_proxmox_token, named, retention, store, url, whatsapp, zone
from services.calendar.registry import NAMES as CALENDARS
from services.payments.registry import PROVIDERS
from services.servers.accounts import DRIVERS
from services.servers.registry import PROVIDERS as SERVERS

NONE = SecretStr("")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Updates(StrEnum):
    WEBHOOK = "webhook"
    POLLING = "polling"


class LogFormat(StrEnum):
    AUTO = "auto"
    JSON = "json"
    TEXT = "text"


class WrongSettings(Exception):
    """Something is wrong: one line each, with how to mend it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Everything that can be set. Empty means not configured: what needs it is off, and its endpoints are closed."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    probe_port: int | None = Field(default=None, ge=0, le=65535)
    public_base_url: str = ""
    database_url: str = Field(default="sqlite:///var/sahut.db", repr=False)
    database_pool: int = Field(default=64, ge=1, le=1000)
    inbox_limit: int = Field(default=50_000, ge=1)
    drain_seconds: float = Field(default=0.0, ge=0, le=60)
    log_level: str = "INFO"
    log_format: LogFormat = LogFormat.AUTO
    time_zone: str = "Asia/Jakarta"
    catalog_file: Path = Path("catalog.toml")
    retention: str = (
        "inbox=180d,outbox=180d,effects=90d,cases=730d,bookings=180d,orders=3650d,"
        "servers=3650d,server_actions=365d,server_creations=30d,log_hours=90d"
    )

    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = NONE
    twilio_whatsapp_from: str = ""
    twilio_api_base: str = "https://api.twilio.com"
    twilio_rate: float = Field(default=80.0, gt=0)

    telegram_bot_token: SecretStr = NONE
    telegram_webhook_secret: SecretStr = NONE
    telegram_api_base: str = "https://api.telegram.org"
    telegram_updates: Updates | None = None
    telegram_rate: float = Field(default=30.0, gt=0)
    telegram_chat_rate: float = Field(default=1.0, gt=0)
    telegram_group_rate: float = Field(default=20.0, gt=0, description="a minute")
    agents_chat_id: int | None = None

    ops_bot_token: SecretStr = NONE
    ops_webhook_secret: SecretStr = NONE
    ops_chat_id: int | None = None
    ops_whatsapp: str = ""

    payments: str = ""
    stripe_secret_key: SecretStr = NONE
    stripe_webhook_secret: SecretStr = NONE
    stripe_api_base: str = "https://api.stripe.com"
    xendit_secret_key: SecretStr = NONE
    xendit_callback_token: SecretStr = NONE
    xendit_api_base: str = "https://api.xendit.co"

    servers: str = ""
    servers_tag: str = Field(default="sahut", pattern=r"^[a-z][a-z0-9-]{0,39}$")
    servers_ssh_port: int = Field(default=22, ge=1, le=65535)
    business_name: str = ""
    business_tax_id: str = ""
    business_address: str = ""
    tax_rate: Decimal = Field(default=Decimal(11), ge=0, le=100, decimal_places=2)
    libcloud_driver: str = "digitalocean"
    digitalocean_token: SecretStr = NONE
    digitalocean_api_base: str = "https://api.digitalocean.com"
    aws_access_key_id: str = ""
    aws_secret_access_key: SecretStr = NONE
    aws_default_region: str = ""
    aws_endpoint_url_ec2: str = ""
    ec2_subnet_id: str = ""
    ec2_security_group_id: str = ""
    os_auth_url: str = ""
    os_username: str = ""
    os_password: SecretStr = NONE
    os_project_name: str = ""
    os_user_domain_name: str = "Default"
    os_region_name: str = ""
    os_network_id: str = ""
    linode_token: SecretStr = NONE
    linode_api_base: str = "https://api.linode.com"
    vultr_api_key: SecretStr = NONE
    vultr_api_base: str = "https://api.vultr.com"
    proxmox_url: str = ""
    proxmox_token: SecretStr = NONE
    proxmox_ca_file: str = ""
    proxmox_first_vmid: int = Field(default=10_000, ge=100, le=900_000_000)

    calendar: str = "ics"
    google_application_credentials: SecretStr = NONE
    google_calendar_id: str = "primary"
    google_delegated_subject: str = ""
    google_api_base: str = "https://www.googleapis.com"
    jitsi_url: str = "https://meet.jit.si"

    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = NONE
    mail_from: str = ""

    secret_key: SecretStr = NONE
    care_link_secret: SecretStr = NONE
    metrics_token: SecretStr = NONE
    tasks_token: SecretStr = NONE
    ops_page_token: SecretStr = NONE

    simulate: bool = False
    simulator_port: int = Field(default=8090, ge=0, le=65535)

    @field_validator(
        "public_base_url",
        "twilio_api_base",
        "telegram_api_base",
        "stripe_api_base",
        "xendit_api_base",
        "google_api_base",
        "jitsi_url",
        "digitalocean_api_base",
        "aws_endpoint_url_ec2",
        "os_auth_url",
        "linode_api_base",
        "vultr_api_base",
        "proxmox_url",
    )
    @classmethod
    def _is_url(cls, value: str) -> str:
        return url(value)

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return zone(value)

    @field_validator("twilio_whatsapp_from")
    @classmethod
    def _has_prefix(cls, value: str) -> str:
        return whatsapp(value)

    @field_validator("ops_whatsapp")
    @classmethod
    def _are_numbers(cls, value: str) -> str:
        return ",".join(dict.fromkeys(filter(None, map(whatsapp, value.split(",")))))

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("telegram_webhook_secret", "ops_webhook_secret")
    @classmethod
    def _is_header_token(cls, value: SecretStr) -> SecretStr:
        secret = value.get_secret_value()
        if secret and (len(secret) > 256 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret)):
            raise ValueError("must be 1 to 256 characters of A-Z a-z 0-9 _ - (a rule of Telegram's)")
        return value

    @field_validator("calendar")
    @classmethod
    def _is_calendar(cls, value: str) -> str:
        if value.lower() not in CALENDARS:
            raise ValueError(f"must be one of {', '.join(CALENDARS)}")
        return value.lower()

    @field_validator("mail_from")
    @classmethod
    def _is_sender(cls, value: str) -> str:
        if value and not re.fullmatch(r"[!-?A-~]+@[A-Za-z0-9.-]+", parseaddr(value)[1]):
            raise ValueError("must be an address, as in Sahut <sahut@example.com>")
        return value

    @field_validator("payments")
    @classmethod
    def _are_providers(cls, value: str) -> str:
        return named(value, PROVIDERS, "a payment provider")

    @field_validator("servers")
    @classmethod
    def _are_clouds(cls, value: str) -> str:
        return named(value, SERVERS, "a provider of machines")

    @field_validator("libcloud_driver")
    @classmethod
    def _is_driver(cls, value: str) -> str:
        if value.lower() not in DRIVERS:
            raise ValueError(f"must be one of {', '.join(DRIVERS)}")
        return value.lower()

    @field_validator("database_url")
    @classmethod
    def _is_store(cls, value: str) -> str:
        return store(value)

    @field_validator("retention")
    @classmethod
    def _is_retention(cls, value: str) -> str:
        return retention(value)

    # --- what follows from them ---

    @property
    def kept_for(self) -> dict[str, timedelta]:
        """How long each table keeps what is over; what is not named is kept for ever."""
        return {table: timedelta(days=days) for table, days in days_of(self.retention).items()}

    @property
    def sqlite_path(self) -> Path | None:
        """None where the database is a server's."""
        path = self.database_url.removeprefix("sqlite:///")
        return Path(path) if path != self.database_url else None

    @property
    def database_shown(self) -> str:
        """The database's address without what is secret in it."""
        scheme, _, rest = self.database_url.partition("://")
        return self.database_url if self.sqlite_path else f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"

    @property
    def updates(self) -> Updates:
        if self.telegram_updates is not None:
            return self.telegram_updates
        return Updates.WEBHOOK if self.public_base_url else Updates.POLLING

    @property
    def payment_providers(self) -> tuple[str, ...]:
        """The payment providers in use, in the order in which they are offered."""
        return tuple(name for name in self.payments.split(",") if name)

    @property
    def server_providers(self) -> tuple[str, ...]:
        """The providers of machines in use."""
        return tuple(name for name in self.servers.split(",") if name)

    @property
    def tax(self) -> int:
        """The tax on machines, in basis points."""
        return int(self.tax_rate * 100)

    @property
    def whatsapp_configured(self) -> bool:
        return bool(self.twilio_account_sid and self.twilio_auth_token.get_secret_value() and self.twilio_whatsapp_from)

    @property
    def telegram_configured(self) -> bool:
        return bool(self.telegram_bot_token.get_secret_value())

    @property
    def ops_configured(self) -> bool:
        return bool(self.ops_bot_token.get_secret_value())

    @property
    def public_url(self) -> str:
        """Where providers reach us, as far as we know."""
        return self.public_base_url or f"http://{self.host if self.host != '0.0.0.0' else '127.0.0.1'}:{self.port}"  # noqa: S104  # a comparison

    def problems(self) -> list[str]:
        """What does not fit together."""
        found = guessable("OPS_PAGE_TOKEN", self.ops_page_token.get_secret_value())
        public_host = urlsplit(self.public_base_url).hostname if self.public_base_url else None
        if self.simulate:
            if public_host and public_host not in LOOPBACK:
                found.append(
                    "SIMULATE=1 cannot be used with PUBLIC_BASE_URL on a public name: anybody could play a customer."
                    " Unset one of them."
                )
            real = [
                name
                for name, value in (
                    ("TWILIO_AUTH_TOKEN", self.twilio_auth_token),
                    ("TELEGRAM_BOT_TOKEN", self.telegram_bot_token),
                    ("OPS_BOT_TOKEN", self.ops_bot_token),
                    ("STRIPE_SECRET_KEY", self.stripe_secret_key),
                    ("XENDIT_SECRET_KEY", self.xendit_secret_key),
                    ("GOOGLE_APPLICATION_CREDENTIALS", self.google_application_credentials),
                    ("SMTP_PASSWORD", self.smtp_password),
                    ("DIGITALOCEAN_TOKEN", self.digitalocean_token),
                    ("AWS_SECRET_ACCESS_KEY", self.aws_secret_access_key),
                    ("OS_PASSWORD", self.os_password),
                    ("LINODE_TOKEN", self.linode_token),
                    ("VULTR_API_KEY", self.vultr_api_key),
                    ("PROXMOX_TOKEN", self.proxmox_token),
                )
                if value.get_secret_value()
            ]
            if real:
                found.append(f"SIMULATE=1 cannot be used with real credentials: unset {', '.join(real)}, or SIMULATE.")
            return found
        twilio = {
            "TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio_auth_token.get_secret_value(),
            "TWILIO_WHATSAPP_FROM": self.twilio_whatsapp_from,
        }
        missing = [name for name, value in twilio.items() if not value]
        if missing and len(missing) < len(twilio):
            found.append(f"WhatsApp is half configured: set {', '.join(missing)} too, or none of the three.")
        if self.whatsapp_configured and not self.public_base_url:
            found.append("WhatsApp needs PUBLIC_BASE_URL: Twilio signs the public address, and calls it.")
        if self.whatsapp_configured and not self.secret_key.get_secret_value():
            found.append(
                "WhatsApp needs SECRET_KEY (a long random text): it signs the links to media that Twilio fetches."
            )
        if self.updates is Updates.WEBHOOK:
            if self.telegram_configured and not self.telegram_webhook_secret.get_secret_value():
                found.append(
                    "TELEGRAM_WEBHOOK_SECRET is missing: the webhook stays closed. Set it, or TELEGRAM_UPDATES=polling."
                )
            if self.ops_configured and not self.ops_webhook_secret.get_secret_value():
                found.append(
                    "OPS_WEBHOOK_SECRET is missing: its webhook is closed. Set it, or TELEGRAM_UPDATES=polling."
                )
            if (self.telegram_configured or self.ops_configured) and not self.public_base_url:
                found.append("TELEGRAM_UPDATES=webhook needs PUBLIC_BASE_URL. Set it, or TELEGRAM_UPDATES=polling.")
            if self.public_base_url.startswith("http://") and public_host not in LOOPBACK:
                found.append("PUBLIC_BASE_URL must begin with https://: Telegram calls nothing else.")
        if self.agents_chat_id and not self.telegram_configured:
            found.append("AGENTS_CHAT_ID is set, but the bot that serves it is not: set TELEGRAM_BOT_TOKEN.")
        if self.ops_chat_id and not self.ops_configured:
            found.append("OPS_CHAT_ID is set, but no bot to write there: set OPS_BOT_TOKEN.")
        if self.ops_whatsapp and not (self.whatsapp_configured and self.ops_chat_id):
            found.append("OPS_WHATSAPP needs WhatsApp (the three TWILIO_ settings) and OPS_CHAT_ID: set them too.")
        found += self._payment_problems() + self._server_problems() + self._mail_and_calendar_problems()
        if not (self.whatsapp_configured or self.telegram_configured):
            found.append(
                "No channel is configured: set TELEGRAM_BOT_TOKEN or the three TWILIO_ settings, or SIMULATE=1."
            )
        return found

    def _payment_problems(self) -> list[str]:
        needs = {
            "stripe": ("STRIPE_SECRET_KEY", self.stripe_secret_key),
            "xendit": ("XENDIT_SECRET_KEY", self.xendit_secret_key),
            "sandbox": ("SECRET_KEY", self.secret_key),
        }
        return [
            f"PAYMENTS names {provider}: set {name}, or take {provider} out of it."
            for provider in self.payment_providers
            for name, value in (needs[provider],)
            if not value.get_secret_value()
        ]

    def _server_problems(self) -> list[str]:
        clouds = {
            "digitalocean": ("digitalocean_token",),
            "ec2": ("aws_access_key_id", "aws_secret_access_key", "aws_default_region"),
            "openstack": ("os_auth_url", "os_username", "os_password", "os_project_name"),
            "linode": ("linode_token",),
            "vultr": ("vultr_api_key",),
        }
        needs = {"libcloud": clouds[self.libcloud_driver], "proxmox": ("proxmox_url", "proxmox_token")}
        found = []
        for provider in self.server_providers:
            wanted = ("secret_key", *needs.get(provider, ()))
            if missing := [name.upper() for name in wanted if not _told(getattr(self, name))]:
                found.append(f"SERVERS names {provider}: set {', '.join(missing)}, or take {provider} out of it.")
        if self.proxmox_url.startswith("http://") and urlsplit(self.proxmox_url).hostname not in LOOPBACK:
            found.append("PROXMOX_URL must begin with https://: the token would go over the network in the clear.")
        if (token := self.proxmox_token.get_secret_value()) and not is_proxmox_token(token):
            found.append("PROXMOX_TOKEN must be like sahut@pve!orders=12345678-1234-1234-1234-123456789abc.")
        return found

    def _mail_and_calendar_problems(self) -> list[str]:
        found = []
        if self.calendar == "google" and not self.google_application_credentials.get_secret_value():
            found.append("CALENDAR=google needs GOOGLE_APPLICATION_CREDENTIALS. Set it, or CALENDAR=ics.")
        if self.smtp_host and not self.mail_from:
            found.append("SMTP_HOST is set, but not whom mails are from: set MAIL_FROM.")
        if self.mail_from and not self.smtp_host:
            found.append("MAIL_FROM is set, but not the server that sends: set SMTP_HOST.")
        if bool(self.smtp_user) != bool(self.smtp_password.get_secret_value()):
            found.append("SMTP_USER and SMTP_PASSWORD belong together: set both, or none.")
        return found


def _told(value: str | SecretStr) -> bool:
    return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)


def catalog_path() -> Path:
    """Where the catalog stands, also while other settings are wrong."""
    try:
        return Settings().catalog_file
    except (ValidationError, UnicodeDecodeError):
        return Settings.model_construct().catalog_file


def read(**given: Any) -> Settings:
    """The settings from the environment and `.env` (and from what is given, in tests), each by itself: enough for a
    command that starts nothing. Raises WrongSettings.
    """
    try:
        return Settings(**given)
    except ValidationError as invalid:
        raise WrongSettings([_in_words(error) for error in invalid.errors()]) from None
    except UnicodeDecodeError:
        raise WrongSettings([".env cannot be read: it must be UTF-8 text."]) from None


def load(**given: Any) -> Settings:
    """The settings as `read` gives them, held against each other. Raises WrongSettings with every problem."""
    settings = read(**given)
    if problems := settings.problems():
        raise WrongSettings(problems)
    return settings


def _in_words(error: Any) -> str:
    """One line, never with the value: it may be a secret."""
    name = ".".join(str(part) for part in error["loc"]).upper() or "settings"
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"
