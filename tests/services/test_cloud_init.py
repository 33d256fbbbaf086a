"""What machines are told at their first boot, read back as cloud-init reads it."""

import base64
from dataclasses import replace
from typing import Any

import pytest
import yaml

from services.servers.base import Access, Wanted
from services.servers.cloud_init import user_data

BODY = "AAAAC3NzaC1lZDI1NTE5AAAAIJyWZ0Nnn6nXfkdK2dRW9x1i7c0dSLUPrQVCbSt5b1Wb"
KEY = f"ssh-ed25519 {BODY} budi@laptop"
HASH = "$2b$12$euNzQzNg8jrH9ANFznSfCeRIeo/Zxv51uF744BP9BbHkOO0mKqT.C"
WANTED = Wanted(
    name="server-17-1a2b3c4d",
    number=17,
    tag="sahut",
    hostname="web1",
    location="sgp1",
    size="c-2",
    image="ubuntu-24-04-x64",
    cpus=2,
    memory_gb=4,
    disk_gb=25,
    access=Access(user="budi", ssh_key=KEY),
)


def told(wanted: Wanted) -> dict[str, Any]:
    text = user_data(wanted)
    assert text.startswith("#cloud-config\n")
    config: dict[str, Any] = yaml.safe_load(text)
    return config


def with_key(key: str) -> Wanted:
    return replace(WANTED, access=Access(user="budi", ssh_key=key))


def keys_of(key: str) -> list[str]:
    found: list[str] = told(with_key(key))["users"][0]["ssh_authorized_keys"]
    return found


def test_by_a_key_there_is_no_password_anywhere() -> None:
    config = told(WANTED)
    assert config["users"] == [
        {
            "name": "budi",
            "shell": "/bin/bash",
            "lock_passwd": True,
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "ssh_authorized_keys": [KEY],
        }
    ]
    assert config["ssh_pwauth"] is False
    assert "chpasswd" not in config
    assert (config["hostname"], config["disable_root"]) == ("web1", True)


def test_by_a_password_it_must_be_changed_at_the_first_login() -> None:
    config = told(replace(WANTED, access=Access(user="budi", password_hash=HASH)))
    assert config["ssh_pwauth"] is True
    assert config["chpasswd"] == {"expire": True, "users": [{"name": "budi", "password": HASH, "type": "hash"}]}
    (user,) = config["users"]
    assert (user["lock_passwd"], user["sudo"]) == (False, "ALL=(ALL) ALL")
    assert "ssh_authorized_keys" not in user


def test_root_has_no_password_whoever_set_one() -> None:
    for access in (WANTED.access, Access(user="budi", password_hash=HASH)):
        assert told(replace(WANTED, access=access))["runcmd"] == [["usermod", "-p", "*", "root"]]


def test_with_both_the_key_alone_opens() -> None:
    config = told(replace(WANTED, access=Access(user="budi", ssh_key=KEY, password_hash=HASH)))
    assert config["ssh_pwauth"] is False
    assert HASH not in user_data(replace(WANTED, access=Access(user="budi", ssh_key=KEY, password_hash=HASH)))


def test_it_is_the_same_every_time() -> None:
    assert user_data(WANTED) == user_data(WANTED)


@pytest.mark.parametrize(
    "comment",
    [
        'budi\'s "laptop"',
        "it's: {a: [map], # no comment",
        "- runcmd: [reboot]",
        "%YAML 1.1 --- !!python/object",
        "\\n\\u000a ${HOME} `id`",
        "a" * 200,
    ],
)
def test_a_plain_comment_stays_a_comment(comment: str) -> None:
    assert keys_of(f"ssh-ed25519 {BODY} {comment}") == [f"ssh-ed25519 {BODY} {comment}"]


@pytest.mark.parametrize(
    "comment",
    [
        "laptop Búdi",
        "kunci \U0001f511",
        "one\u2028two",
        "one\u0085two",
        "one\x7ftwo",
        "one\x00two",
        "one\ttwo",
        "one\nruncmd: [reboot]",
        f"one\r\nssh-ed25519 {BODY}",
        "a" * 201,
    ],
)
def test_any_other_comment_is_left_out(comment: str) -> None:
    assert keys_of(f"ssh-ed25519 {BODY} {comment}") == [f"ssh-ed25519 {BODY}"]


def blob(kind: str) -> str:
    return base64.b64encode(len(kind).to_bytes(4, "big") + kind.encode() + b"rest of the key").decode()


@pytest.mark.parametrize(
    "kind",
    ["ssh-rsa", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"],
)
def test_keys_of_other_types(kind: str) -> None:
    assert keys_of(f"  {kind}  {blob(kind)}  \n") == [f"{kind} {blob(kind)}"]


@pytest.mark.parametrize(
    "key",
    [
        "hello",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        f"ssh-rsa {BODY}",  # another type than the key itself says
        f'command="reboot" ssh-ed25519 {BODY}',
        f"no-pty,ssh-ed25519 {BODY}",
        f"ssh-ed25519\n{BODY}",
        f"ssh-ed25519\t{BODY}",
        f"ssh-ed25519 {BODY[:20]}\n{BODY[20:]}",
        f"ssh-ed25519 {BODY}\nssh-ed25519 {BODY}",
        f"# ssh-ed25519 {BODY}",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        f"ssh-éd25519 {BODY}",
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="the SSH key is none") as refused:
        user_data(with_key(key))
    assert BODY[:20] not in str(refused.value)


@pytest.mark.parametrize(
    "password_hash",
    ["", "secret", "$6$salt$hash", HASH[:-1], f"{HASH}\n", f"{HASH}:x", "R", "RANDOM", f"{HASH[:-2]}\n\n"],
)
def test_what_is_no_hash_is_refused_and_not_repeated(password_hash: str) -> None:
    with pytest.raises(ValueError, match="not one of bcrypt's") as refused:
        user_data(replace(WANTED, access=Access(user="budi", password_hash=password_hash)))
    assert not password_hash or password_hash not in str(refused.value)


@pytest.mark.parametrize(
    "user", ["", "root", "Budi", "budi sari", "budi\n", "1budi", "-budi", "budi:x", "b" * 33, "búdi", "default\nx"]
)
def test_what_is_no_user_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="user"):
        user_data(replace(WANTED, access=Access(user=user, ssh_key=KEY)))


@pytest.mark.parametrize(
    "hostname",
    ["", "-web", "web-", "web_1", "web 1", "web\n1", "web\n", "web..id", ".web", "w" * 64, "wéb", "a." * 127],
)
def test_what_is_no_hostname_is_refused(hostname: str) -> None:
    with pytest.raises(ValueError, match="hostname"):
        user_data(replace(WANTED, hostname=hostname))


@pytest.mark.parametrize("hostname", ["web", "WEB-1", "a", "1", "web1.example.co.id", "w" * 63])
def test_hostnames(hostname: str) -> None:
    assert told(replace(WANTED, hostname=hostname))["hostname"] == hostname.lower()


def test_what_looks_like_something_else_stays_a_word() -> None:
    """`no` is false in YAML, `1e3` a number, `null` nothing: not here."""
    for word in ("no", "null", "1e3", "0x10", "1"):
        assert told(replace(WANTED, hostname=word))["hostname"] == word
