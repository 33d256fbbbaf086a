"""`check`: what the operator reads before going live. The simulator stands in for the real providers."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.check import Report, check
from bot.settings import WrongSettings
from simulator.server import Simulator
from tests.plugins.mongodb import databases
from tests.talk import play_settings
from tests.web.site import CUSTOMERS_SECRET, PUBLIC, TOKEN, site_settings, site_simulator

AGENTS, OPS = -1002000000001, -1003000000001


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    simulator = site_simulator()
    await simulator.start()
    for mailbox, path in zip(simulator.telegram.mailboxes.values(), ("", "/ops"), strict=True):
        mailbox.set_webhook(_webhook(f"{PUBLIC}/webhooks/telegram{path}"), None, drop=False)
    yield simulator
    await simulator.stop()


def _webhook(url: str) -> Any:
    from simulator.telegram_updates import Webhook

    return Webhook(url, CUSTOMERS_SECRET)


def mail_of(simulator: Simulator) -> dict[str, Any]:
    return {
        "smtp_host": "127.0.0.1",
        "smtp_port": simulator.smtp.port,
        "smtp_user": simulator.config.smtp_user,
        "smtp_password": simulator.config.smtp_password,
        "mail_from": f"Sahut <{simulator.config.smtp_from}>",
    }


async def checked(folder: Path, simulator: Simulator, **given: Any) -> Report:
    whole = {"agents_chat_id": AGENTS, "ops_chat_id": OPS, "metrics_token": "m", "payments": "xendit"}
    whole |= mail_of(simulator)
    settings = site_settings(folder, simulator, **(whole | given))
    return await check(lambda: settings)


def lines(report: Report, mark: str) -> list[str]:
    return [line.split(None, 1)[1] for line in report.text.splitlines() if line.strip().startswith(mark)]


async def test_all_is_fine(tmp_path: Path, simulator: Simulator) -> None:
    report = await checked(tmp_path, simulator)
    assert not report.wrong
    assert lines(report, "!!") == []
    assert [line.split()[0] for line in lines(report, "??")] == ["templates"]
    fine = "\n".join(lines(report, "ok"))
    for said in (PUBLIC, "whatsapp:+6281100000000", "by webhook", "@sahut_bot", "@sahut_ops_bot", "Sahut - Agen"):
        assert said in fine
    for said in (
        "6 topics",
        "0 entries wait",
        "the account is active",
        "Xendit",
        "takes the key",
        "with METRICS_TOKEN only",
        "closed: no OPS_PAGE_TOKEN",
    ):
        assert said in fine


async def test_mail_and_calendar_are_asked(tmp_path: Path, simulator: Simulator) -> None:
    google = {
        "calendar": "google",
        "google_api_base": simulator.url,
        "google_application_credentials": json.dumps(simulator.google_accounts.user_file()),
    }
    report = await checked(tmp_path, simulator, **google)
    assert not report.wrong
    said = "\n".join(lines(report, "ok"))
    assert "google, the calendar primary" in said
    assert "Sahut <sahut@sahut.example> through 127.0.0.1" in said
    wrong = await checked(tmp_path, simulator, **google, google_calendar_id="boss@example.com", smtp_password="itself")
    said = "\n".join(lines(wrong, "!!"))
    assert "check GOOGLE_CALENDAR_ID" in said
    assert "does not accept SMTP_USER and SMTP_PASSWORD" in said
    assert "itself" not in wrong.text
    none = await checked(
        tmp_path, simulator, **google | {"google_application_credentials": "/no/file", "smtp_host": "", "mail_from": ""}
    )
    assert "cannot be read" in "\n".join(lines(none, "!!"))
    assert "nobody gets mails" in "\n".join(lines(none, "??"))


async def test_without_google_and_without_a_secret_there_are_no_rooms(tmp_path: Path, simulator: Simulator) -> None:
    report = await checked(tmp_path, simulator)
    assert "rooms at https://meet.jit.si" in "\n".join(lines(report, "ok"))
    report = await checked(tmp_path, simulator, secret_key="")
    assert "set SECRET_KEY" in "\n".join(lines(report, "??"))


async def test_it_tells_no_secret(tmp_path: Path, simulator: Simulator) -> None:
    given = {"secret_key": "the-key-itself", "care_link_secret": "care-itself", "metrics_token": "metrics-itself"}
    report = await checked(tmp_path, simulator, telegram_bot_token="123:wrong-itself", **given)
    assert report.wrong
    for secret in ("-itself", TOKEN, CUSTOMERS_SECRET):
        assert secret not in report.text


async def test_it_fits_one_screen(tmp_path: Path, simulator: Simulator) -> None:
    report = await checked(tmp_path, simulator)
    assert len(report.text.splitlines()) <= 30


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"telegram_bot_token": "1:wrong"}, ["Telegram", "see the bot's token"]),
        ({"twilio_auth_token": "wrong"}, ["Twilio", "401", "auth token"]),
        ({"twilio_account_sid": "AC" + "0" * 32}, ["Twilio"]),
        ({"agents_chat_id": -1009}, ["group -1009", "add the bot to the group"]),
        ({"agents_chat_id": OPS}, [f"group {OPS}", "add"]),
        ({"ops_chat_id": -1009}, ["group -1009", "add the bot to the group"]),
        ({"xendit_secret_key": "xnd_development_other"}, ["Xendit", "401", "XENDIT_SECRET_KEY"]),
        ({"payments": "stripe", "stripe_secret_key": "sk_test_other"}, ["Stripe", "401", "STRIPE_SECRET_KEY"]),
        ({"xendit_api_base": "http://127.0.0.1:9"}, ["Xendit", "does not answer"]),
    ],
)
async def test_wrong_credentials_and_groups(
    tmp_path: Path, simulator: Simulator, given: dict[str, Any], said: list[str]
) -> None:
    report = await checked(tmp_path, simulator, **given)
    assert report.wrong
    assert report.text.splitlines()[-1].startswith("Something is wrong")
    wrong = "\n".join(lines(report, "!!"))
    assert [words for words in said if words not in wrong] == []


async def test_a_group_without_topics(tmp_path: Path, simulator: Simulator) -> None:
    simulator.world.chat(f"telegram:{AGENTS}").kind = "supergroup"
    report = await checked(tmp_path, simulator)
    assert ["turn them on" in line for line in lines(report, "!!")] == [True]


async def test_a_bot_without_rights(tmp_path: Path, simulator: Simulator) -> None:
    chat = simulator.world.chat(f"telegram:{AGENTS}")
    chat.admins = {bot: [right for right in rights if "topics" not in right] for bot, rights in chat.admins.items()}
    assert ["may not manage topics" in line for line in lines(await checked(tmp_path, simulator), "!!")] == [True]
    chat.admins = {}
    wrong = lines(await checked(tmp_path, simulator), "!!")
    assert any("make it an administrator" in line for line in wrong)
    assert any("sees commands alone" in line for line in wrong)


@pytest.mark.parametrize(
    ("given", "mark", "said"),
    [
        ({"payments": "xendit"}, "ok", ["payments: xendit", "a key for tests", f"{PUBLIC}/webhooks/xendit"]),
        ({"xendit_secret_key": "xnd_production_1"}, "ok", ["a live key"]),
        ({"xendit_callback_token": ""}, "??", ["payments: xendit", "XENDIT_CALLBACK_TOKEN"]),
        ({"payments": "stripe", "stripe_webhook_secret": ""}, "??", ["a key for tests", "STRIPE_WEBHOOK_SECRET"]),
        ({"public_base_url": "", "telegram_updates": "polling"}, "??", ["payments: xendit", "PUBLIC_BASE_URL"]),
        ({"payments": "xendit,sandbox"}, "??", ["payments: sandbox", "play money"]),
        ({"payments": ""}, "ok", ["payments", "off"]),
        ({"payments": "stripe", "simulate": True}, "ok", ["stripe: played on this machine"]),
    ],
)
async def test_who_takes_payments(
    tmp_path: Path, simulator: Simulator, given: dict[str, Any], mark: str, said: list[str]
) -> None:
    (line,) = [
        line for line in lines(await checked(tmp_path, simulator, **given), mark) if all(w in line for w in said)
    ]
    assert line.startswith("payments")
    assert "xnd_" not in line
    assert "sk_test" not in line


async def test_a_webhook_that_is_elsewhere(tmp_path: Path, simulator: Simulator) -> None:
    next(iter(simulator.telegram.mailboxes.values())).set_webhook(
        _webhook("https://old.example/hook"), None, drop=False
    )
    report = await checked(tmp_path, simulator)
    assert not report.wrong
    doubts = "\n".join(lines(report, "??"))
    assert f"https://old.example/hook, not to {PUBLIC}/webhooks/telegram; a start of the service sets it" in doubts
    assert "with 2 doubts" in report.text


async def test_polling_while_a_webhook_is_set(tmp_path: Path, simulator: Simulator) -> None:
    report = await checked(tmp_path, simulator, telegram_updates="polling")
    assert sum("not to polling" in line for line in lines(report, "??")) == 2


async def test_providers_that_are_not_reached(tmp_path: Path, simulator: Simulator) -> None:
    await simulator.stop()
    report = await checked(tmp_path, simulator)
    assert report.wrong
    assert sum("not reached" in line for line in lines(report, "!!")) == 3


async def test_an_address_that_is_not_the_provider_s(tmp_path: Path, simulator: Simulator) -> None:
    elsewhere = f"{simulator.url}/sim/state"
    report = await checked(tmp_path, simulator, telegram_api_base=elsewhere, twilio_api_base=elsewhere)
    assert report.wrong
    assert {line.split()[0] for line in lines(report, "!!")} == {"Telegram", "Twilio"}


async def test_what_is_off_is_said(tmp_path: Path, simulator: Simulator) -> None:
    off = {"twilio_auth_token": "", "agents_chat_id": None, "ops_bot_token": "", "ops_chat_id": None}
    report = await checked(tmp_path, simulator, **off, care_link_secret="", secret_key="", metrics_token="")
    assert not report.wrong
    doubts = "\n".join(lines(report, "??"))
    for name in ("TWILIO_AUTH_TOKEN", "AGENTS_CHAT_ID", "OPS_BOT_TOKEN", "CARE_LINK_SECRET", "SECRET_KEY"):
        assert name in doubts
    assert "set METRICS_TOKEN" in doubts


async def test_with_the_simulator(tmp_path: Path) -> None:
    report = await check(lambda: play_settings(tmp_path))
    assert not report.wrong
    assert report.text.count("played by the simulator (SIMULATE=1)") == 6
    assert report.text.splitlines()[-1] == "Ready to run."


async def test_wrong_settings() -> None:
    def load() -> Any:
        raise WrongSettings(["PORT: is wrong", "HOST: too"])

    report = await check(load)
    assert report.wrong
    assert lines(report, "!!") == ["PORT: is wrong", "HOST: too"]
    assert ".env.example" in report.text


async def test_a_wrong_catalog(tmp_path: Path, simulator: Simulator) -> None:
    (tmp_path / "bad.toml").write_text("[care]\nhours = 1\n")
    report = await checked(tmp_path, simulator, catalog_file=tmp_path / "bad.toml")
    assert report.wrong
    assert all(line.startswith("catalog") for line in lines(report, "!!"))
    missing = await checked(tmp_path, simulator, catalog_file=tmp_path / "none.toml")
    assert "none.toml: cannot be read" in lines(missing, "!!")[0]


CLOUDS = {"servers": "libcloud,proxmox"}


def clouds_of(simulator: Simulator) -> dict[str, Any]:
    return {
        "digitalocean_api_base": simulator.url,
        "digitalocean_token": simulator.config.digitalocean_token,
        "proxmox_url": simulator.url,
        "proxmox_token": simulator.config.proxmox_token,
    }


@pytest.mark.parametrize(
    ("given", "mark", "said"),
    [
        ({"servers": ""}, "ok", ["machines", "off", "SERVERS"]),
        ({"servers": "sandbox"}, "??", ["machines: sandbox", "nothing runs"]),
        (CLOUDS, "ok", ["machines: libcloud", "digitalocean", "tax on machines is 11 %"]),
        (CLOUDS, "ok", ["machines: proxmox", "http://127.0.0.1"]),
        (CLOUDS | {"digitalocean_token": "dop_v1_other"}, "!!", ["machines: libcloud", "DIGITALOCEAN_TOKEN"]),
        (CLOUDS | {"proxmox_token": "sahut@pve!other=1-2"}, "!!", ["machines: proxmox", "401"]),
        (CLOUDS | {"proxmox_url": "http://pve.example"}, "!!", ["machines: proxmox", "PROXMOX_URL"]),
        (CLOUDS | {"proxmox_url": "http://127.0.0.1:9"}, "??", ["machines: proxmox", "cannot be asked now"]),
        (CLOUDS | {"public_base_url": "", "telegram_updates": "polling"}, "??", ["machines", "PUBLIC_BASE_URL"]),
        ({"servers": "proxmox", "simulate": True}, "ok", ["machines", "proxmox: played on this machine"]),
    ],
)
async def test_who_makes_machines(
    tmp_path: Path, simulator: Simulator, given: dict[str, Any], mark: str, said: list[str]
) -> None:
    report = await checked(tmp_path, simulator, **(clouds_of(simulator) | given))
    found = [line for line in lines(report, mark) if line.startswith("machines")]
    assert any(all(words in line for words in said) for line in found), report.text


async def test_who_sends_the_invoices(tmp_path: Path, simulator: Simulator) -> None:
    given = {"servers": "sandbox", "business_name": "PT Kreasi Awan", "business_tax_id": "01.234.567.8-901.000"}
    half = lines(await checked(tmp_path, simulator, **given), "??")
    assert [each.rpartition(": ")[2] for each in half if each.startswith("invoices")] == ["set BUSINESS_ADDRESS"]
    whole = await checked(tmp_path, simulator, **given, business_address="Jl. Sudirman 28, Jakarta")
    assert [each for each in lines(whole, "??") if each.startswith("invoices")] == []


@pytest.mark.parametrize("place", ["a-file/sahut.db", "a-file", "folder"])
async def test_a_place_where_no_database_can_be(tmp_path: Path, simulator: Simulator, place: str) -> None:
    (tmp_path / "a-file").write_text("this is no database, but long enough to be taken for one" * 100)
    (tmp_path / "folder").mkdir()
    report = await checked(tmp_path, simulator, database_url=f"sqlite:///{tmp_path / place}")
    assert report.wrong
    (line,) = lines(report, "!!")
    assert line.startswith("storage ")
    assert place in line


@pytest.mark.mongodb
async def test_a_mongodb_database(tmp_path: Path, simulator: Simulator) -> None:
    url = databases.url(tmp_path)
    report = await checked(tmp_path, simulator, database_url=url)
    assert not report.wrong
    shown = url.partition("?")[0].rpartition("@")[2].removeprefix("mongodb://")
    (line,) = [line for line in lines(report, "ok") if line.startswith("storage ")]
    assert shown in line
    assert "0 entries wait" in line


async def test_a_mongodb_database_that_is_not_there(tmp_path: Path, simulator: Simulator) -> None:
    address = "mongodb://sahut:the-password@127.0.0.1:1/sahut?replicaSet=rs0"
    report = await checked(tmp_path, simulator, database_url=address)
    assert report.wrong
    (line,) = lines(report, "!!")
    assert line.startswith("storage  ")
    assert "mongodb://127.0.0.1:1/sahut cannot be used" in line
    assert "the-password" not in report.text


async def test_it_does_not_disturb_a_running_service(tmp_path: Path, simulator: Simulator) -> None:
    reports = await asyncio.gather(*(checked(tmp_path, simulator) for _ in range(3)))
    assert [report.wrong for report in reports] == [False] * 3
    assert [mailbox.webhook.url for mailbox in simulator.telegram.mailboxes.values() if mailbox.webhook] == [
        f"{PUBLIC}/webhooks/telegram",
        f"{PUBLIC}/webhooks/telegram/ops",
    ]
