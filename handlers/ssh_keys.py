"""SSH public keys as people paste them: one line `type base64 comment`, as OpenSSH writes it."""

import base64
import hashlib
import re
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key

TYPES = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
RSA_BITS = (2048, 16384)
"""OpenSSH takes none that is longer, and what is shorter is no lock any more."""
LONGEST = 4_000
COMMENT = 64

_PRIVATE = re.compile(
    r"PRIVATE KEY|PuTTY-User-Key-File|^Private-Lines:|b3BlbnNzaC1rZXktdj", re.IGNORECASE | re.MULTILINE
)
"""The last one is how every private key of OpenSSH begins, in base64."""
_KIND = re.compile(r"(ssh|ecdsa|sk|rsa)-[a-z0-9@.-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class KeyProblem(StrEnum):
    """Why it is not taken: the text's key."""

    PRIVATE = "vm-key-private"
    FORMAT = "vm-key-format"  # a public key, but not as OpenSSH writes it
    LINES = "vm-key-lines"
    OPTIONS = "vm-key-options"
    KIND = "vm-key-kind"
    SHORT = "vm-key-short"
    ODD = "vm-key-odd"


def looks_like_a_key(text: str) -> bool:
    """Whether somebody meant to paste one, whatever became of it."""
    said = text.casefold()
    return bool(_PRIVATE.search(text)) or "aaaa" in said or any(kind in said for kind in ("ssh-", "ecdsa-", "----"))


def read_key(text: str) -> str | KeyProblem:
    """The key as `type base64 comment`; the comment is made harmless."""
    if _PRIVATE.search(text):
        return KeyProblem.PRIVATE
    lines = [line.strip() for line in text.strip(" \r\n\t`'\"\ufeff\u200b").splitlines() if line.strip()]
    if not lines or len(text) > LONGEST:
        return KeyProblem.ODD
    if lines[0].startswith("---"):
        return KeyProblem.FORMAT
    if len(lines) > 1:
        return KeyProblem.LINES
    kind, *rest = lines[0].split()
    if kind not in TYPES:
        return _odd_beginning(kind, rest)
    if not rest or not _BASE64.fullmatch(rest[0]):
        return KeyProblem.ODD
    return _checked(kind, rest[0], "-".join(rest[1:]))


def _odd_beginning(first: str, rest: list[str]) -> KeyProblem:
    if any(word in TYPES for word in rest):
        return KeyProblem.OPTIONS
    if _KIND.fullmatch(first):
        return KeyProblem.KIND
    return KeyProblem.FORMAT if first.startswith("AAAA") else KeyProblem.ODD


def _checked(kind: str, body: str, comment: str) -> str | KeyProblem:
    try:
        key = load_ssh_public_key(f"{kind} {body}".encode())
    except (ValueError, UnsupportedAlgorithm, NotImplementedError):
        return KeyProblem.ODD
    if isinstance(key, RSAPublicKey):
        if key.key_size < RSA_BITS[0]:
            return KeyProblem.SHORT
        if key.key_size > RSA_BITS[1]:
            return KeyProblem.KIND
    written = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    harmless = re.sub(r"[^A-Za-z0-9@._-]", "", comment)[:COMMENT]
    return f"{written} {harmless or 'key'}"


def fingerprint(key: str) -> str:
    """As `ssh-keygen -l` shows it, of a key that was read: its kind and SHA-256."""
    kind, body, _ = key.split(" ", 2)
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(body)).digest()).decode().rstrip("=")
    return f"{kind} SHA256:{digest}"
