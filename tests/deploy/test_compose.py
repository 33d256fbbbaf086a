"""compose.yaml: it is what the specification says, and all that it names is there."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.__main__ import arguments
from bot.settings import Settings
from tests.deploy.files import COMPOSE, DEPLOY, OURS, SERVICES, copied, seconds

SCHEMA = json.loads((Path(__file__).parent / "compose-spec/compose-spec.json").read_text(encoding="utf-8"))
each_of_ours = pytest.mark.parametrize("name", OURS)


def mistakes(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft7Validator(SCHEMA).iter_errors(document)]


def test_it_is_a_compose_file() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert mistakes(COMPOSE) == []


@pytest.mark.parametrize(
    ("service", "key", "value"),
    [
        ("web", "comand", ["x"]),
        ("web", "read_only", ["yes"]),
        ("mongo", "healthcheck", {"tests": []}),
        ("web", "ports", "80"),
    ],
)
def test_a_mistake_is_caught(service: str, key: str, value: Any) -> None:
    document = deepcopy(COMPOSE)
    document["services"][service][key] = value
    assert mistakes(document)


def test_two_web_two_workers_a_clock() -> None:
    assert {name: SERVICES[name].get("deploy", {}).get("replicas", 1) for name in OURS} == {
        "web": 2,
        "worker": 2,
        "clock": 1,
    }
    assert set(SERVICES) - set(OURS) == {"caddy", "mongo", "mongo-init"}


@each_of_ours
def test_its_command_is_there(name: str) -> None:
    python, module, bot, role = SERVICES[name]["command"]
    assert [python, module, bot] == ["python", "-m", "bot"]
    assert arguments().parse_args([role]).command == name


@each_of_ours
def test_its_settings_are_there(name: str) -> None:
    """And fit together with what somebody has filled in."""
    given = SERVICES[name]["environment"]
    assert {key for key in given if key.lower() not in Settings.model_fields} == set()
    filled_in: dict[str, Any] = {
        "public_base_url": "https://chat.example.com",
        "telegram_bot_token": "1:token",
        "telegram_webhook_secret": "hook",
    }
    settings = Settings(**(filled_in | {key.lower(): value for key, value in given.items()} | {"_env_file": None}))
    assert settings.problems() == []
    assert settings.host == "0.0.0.0"


@each_of_ours
def test_it_is_asked_whether_it_is_well(name: str) -> None:
    """By a program that is in the image, at a port that the process listens on, of which there may be many."""
    kind, python, program = SERVICES[name]["healthcheck"]["test"]
    assert (kind, python) == ("CMD", "python")
    assert program in [target for _, target in copied()]
    environment = SERVICES[name]["environment"]
    assert ("PORT" if name == "web" else "PROBE_PORT") in environment
    assert "ports" not in SERVICES[name]


@each_of_ours
def test_it_is_given_time_to_stop(name: str) -> None:
    drain = float(SERVICES[name]["environment"].get("DRAIN_SECONDS", 0))
    assert seconds(SERVICES[name]["stop_grace_period"]) >= 10 + drain


@each_of_ours
def test_it_may_do_no_more_than_it_must(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["env_file"] == ".env"
    secrets = re.compile("TOKEN|SECRET|KEY|PASSWORD")
    assert [key for key in service["environment"] if secrets.search(key)] == []


def test_the_database_is_reached_by_nobody_else() -> None:
    assert COMPOSE["networks"]["database"] == {"internal": True}
    assert {name for name in SERVICES if "database" in SERVICES[name]["networks"]} == {*OURS, "mongo", "mongo-init"}
    assert SERVICES["mongo"]["networks"] == ["database"]
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["caddy"]


def test_the_replica_set_is_the_one_that_is_asked_for() -> None:
    url = SERVICES["web"]["environment"]["DATABASE_URL"]
    name, host = url.rpartition("replicaSet=")[2], url.removeprefix("mongodb://").partition("/")[0]
    assert SERVICES["mongo"]["command"][:3] == ["mongod", "--replSet", name]
    script = SERVICES["mongo-init"]["command"][-1]
    assert f'_id: "{name}"' in script
    assert f'host: "{host}"' in script
    assert {SERVICES[each]["environment"]["DATABASE_URL"] for each in OURS} == {url}
    assert SERVICES["mongo"]["image"] == SERVICES["mongo-init"]["image"]


def test_what_is_named_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]
        build = service.get("build")
        assert build is None or (DEPLOY / build["context"] / build["dockerfile"]).exists()
    waited_for = [
        (each["depends_on"], name) for each in SERVICES.values() if "depends_on" in each for name in each["depends_on"]
    ]
    healthy = {name for depends, name in waited_for if depends[name]["condition"] == "service_healthy"}
    assert healthy <= {name for name in SERVICES if "healthcheck" in SERVICES[name]}


def test_images_are_plain_names() -> None:
    assert [each["image"] for each in SERVICES.values() if not re.fullmatch(r"[a-z]+(:[\d.]+)?", each["image"])] == []


def test_what_is_filled_in_is_a_setting() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8") + (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    named = set(re.findall(r"\{\$([A-Z_]+)|\$\{([A-Z_]+)", text))
    assert {"".join(names).lower() for names in named} == {"public_base_url"}


def test_caddy_asks_the_web_processes_at_their_port() -> None:
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    asked = re.search(r"dynamic a \{\s*name (\w+)\s*port (\d+)", text)
    assert asked is not None
    assert asked.groups() == ("web", SERVICES["web"]["environment"]["PORT"])
    assert SERVICES["web"]["expose"] == [asked[2]]
    assert text.count("{") == text.count("}")
