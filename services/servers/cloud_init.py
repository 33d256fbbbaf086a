"""What a machine is told at its first boot: cloud-init's user data, of what was wanted alone.

It is JSON, which is YAML too (cloud-init reads YAML): a value cannot become anything but a value.
"""

import base64
import binascii
import json
import re

from services.servers.base import Access, Wanted

HEADER = "#cloud-config\n"  # https://docs.cloud-init.io: the first line says what it is

LOCK_ROOT = ["usermod", "-p", "*", "root"]
"""DigitalOcean gives root a password, mails it to the account's owner, and has it out of date at once, so that packages
and cron jobs fail. This makes it none, as of today.
"""
USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")  # useradd(8)
LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")  # RFC 1123
LONGEST_HOSTNAME = 253
KEY_TYPE = re.compile(r"[a-z0-9@.-]{1,64}")
PLAIN = re.compile(r"[ -~]{1,200}")
BCRYPT = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")  # crypt(5)


def user_data(wanted: Wanted) -> str:
    """One user who may become root: by a key, and then nobody enters by a password; or by a password that must be
    changed at the first login. Raises ValueError where what is wanted is not of that form; it does not repeat it.
    """
    hostname, access = _hostname(wanted.hostname), wanted.access
    user: dict[str, object] = {"name": _user(access), "shell": "/bin/bash"}
    config: dict[str, object] = {
        "hostname": hostname,
        "preserve_hostname": False,
        "manage_etc_hosts": "localhost",  # only its own name, which sudo looks up: the rest of the file is its owner's
        "disable_root": True,
        "users": [user],
        "runcmd": [LOCK_ROOT],
    }
    if access.ssh_key:
        # There is no password that sudo could ask for.
        user |= {"lock_passwd": True, "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": [_key(access.ssh_key)]}
        return _written(config | {"ssh_pwauth": False})
    user |= {"lock_passwd": False, "sudo": "ALL=(ALL) ALL"}
    password = {"name": access.user, "password": _hash(access.password_hash), "type": "hash"}
    return _written(config | {"ssh_pwauth": True, "chpasswd": {"expire": True, "users": [password]}})


def _written(config: dict[str, object]) -> str:
    return f"{HEADER}{json.dumps(config, indent=1)}\n"


def _user(access: Access) -> str:
    if not USER.fullmatch(access.user) or access.user == "root":
        raise ValueError("the user's name is none that a machine takes")
    return access.user


def _hostname(given: str) -> str:
    if len(given) > LONGEST_HOSTNAME or not all(LABEL.fullmatch(label) for label in given.split(".")):
        raise ValueError("the hostname is none")
    return given.lower()


def _key(given: str) -> str:
    """One key of the form `type base64 comment`, without options before it. A comment that is not plain is left out:
    outside of the basic plane JSON's escapes are not YAML's, and a line's end within it would begin another key.
    """
    kind, _, rest = given.strip().partition(" ")
    body, _, comment = rest.strip().partition(" ")
    try:
        decoded = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    # RFC 4253, 6.6: the key begins with its type's length and name.
    name = kind.encode("ascii", "replace")
    if not KEY_TYPE.fullmatch(kind) or not decoded.startswith(len(name).to_bytes(4, "big") + name):
        raise ValueError("the SSH key is none")
    return f"{kind} {body} {comment}" if PLAIN.fullmatch(comment) else f"{kind} {body}"


def _hash(given: str) -> str:
    if not BCRYPT.fullmatch(given):
        raise ValueError("there is no SSH key, and the password's hash is not one of bcrypt's")
    return given
