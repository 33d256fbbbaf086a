"""What people paste for an SSH key, and what they call a machine."""

import base64
import struct
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from handlers.hostnames import NameProblem, read_hostname
from handlers.ssh_keys import KeyProblem, fingerprint, looks_like_a_key, read_key
from tests.chat.serving import ED25519

TYPE, BODY, COMMENT = ED25519.split()


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def written(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def wire(*parts: bytes) -> str:
    return base64.b64encode(b"".join(struct.pack(">I", len(part)) + part for part in parts)).decode()


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_ecdsa_keys_are_taken(curve: ec.EllipticCurve) -> None:
    key = written(ec.generate_private_key(curve).public_key())
    assert read_key(f"{key} sari@kantor") == f"{key} sari@kantor"


@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_keys_are_taken(bits: int) -> None:
    key = written(rsa_key(bits).public_key())
    assert read_key(key) == f"{key} key"


@pytest.mark.parametrize(
    "pasted",
    [
        ED25519,
        f"  {ED25519}  ",
        f"{ED25519}\r\n",
        f"\r\n\r\n{ED25519}\n\n",
        f"```\n{ED25519}\n```",
        f"`{ED25519}`",
        f'"{ED25519}"',
        f"\ufeff{ED25519}\u200b",
        f"{TYPE}   {BODY}\t{COMMENT}",
    ],
)
def test_what_stands_around_a_key_does_not_matter(pasted: str) -> None:
    assert looks_like_a_key(pasted)
    assert read_key(pasted) == ED25519


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("", "key"),
        ("budi laptop kantor", "budi-laptop-kantor"),
        ("x; rm -rf / #$(reboot)`id`", "x-rm--rf--rebootid"),
        ("budi: {x}\\n- y", "budi-xn--y"),
        ("🔑", "key"),
        ("a" * 200, "a" * 64),
    ],
)
def test_a_comment_is_made_harmless(comment: str, kept: str) -> None:
    assert read_key(f"{TYPE} {BODY} {comment}") == f"{TYPE} {BODY} {kept}"


def private(form: PrivateFormat) -> str:
    return rsa_key(2048).private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def refused() -> list[tuple[str, KeyProblem]]:
    weak = written(rsa_key(1024).public_key())
    pem = rsa_key(2048).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    openssh = private(PrivateFormat.OpenSSH)
    return [
        (openssh, KeyProblem.PRIVATE),
        (private(PrivateFormat.PKCS8), KeyProblem.PRIVATE),
        (private(PrivateFormat.TraditionalOpenSSL), KeyProblem.PRIVATE),
        ("".join(openssh.splitlines()[1:-1]), KeyProblem.PRIVATE),
        (f"{ED25519}\n{openssh}", KeyProblem.PRIVATE),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", KeyProblem.PRIVATE),
        (pem, KeyProblem.FORMAT),
        (f"---- BEGIN SSH2 PUBLIC KEY ----\n{BODY}\n---- END SSH2 PUBLIC KEY ----", KeyProblem.FORMAT),
        (BODY, KeyProblem.FORMAT),
        (f"{ED25519}\n{ED25519}", KeyProblem.LINES),
        (f"{TYPE} {BODY[:40]}\r\n{BODY[40:]}", KeyProblem.LINES),
        (f"no-pty {ED25519}", KeyProblem.OPTIONS),
        (f'command="/bin/sh -c id",no-pty {ED25519}', KeyProblem.OPTIONS),
        (f"ini kunci saya: {ED25519}", KeyProblem.OPTIONS),
        (weak, KeyProblem.SHORT),
        (f"ssh-dss {wire(b'ssh-dss', b'x')}", KeyProblem.KIND),
        (f"sk-ssh-ed25519@openssh.com {BODY}", KeyProblem.KIND),
        (f"ssh-ed25519-cert-v01@openssh.com {BODY}", KeyProblem.KIND),
        (TYPE, KeyProblem.ODD),
        (f"{TYPE} {BODY[:-6]}", KeyProblem.ODD),
        (f"{TYPE} {BODY[:30]}…{BODY[31:]}", KeyProblem.ODD),
        (f"{TYPE} {BODY}AAAA", KeyProblem.ODD),
        (f"ssh-rsa {BODY}", KeyProblem.ODD),
        (f"{TYPE} {wire(b'ssh-ed25519', b'x' * 31)}", KeyProblem.ODD),
        (f"{TYPE} {wire(b'ssh-rsa', b'x' * 32)}", KeyProblem.ODD),
        (f"ssh-rsa {wire(b'ssh-rsa', bytes([3]), bytes(256))}", KeyProblem.ODD),
        (f"ecdsa-sha2-nistp256 {wire(b'ecdsa-sha2-nistp256', b'nistp256', b'x' * 65)}", KeyProblem.ODD),
        ("ssh-ed25519 " + "A" * 5_000, KeyProblem.ODD),
        ("", KeyProblem.ODD),
        ("🔑", KeyProblem.ODD),
    ]


@pytest.mark.parametrize(("pasted", "problem"), refused())
def test_every_other_key_is_refused_with_its_reason(pasted: str, problem: KeyProblem) -> None:
    assert read_key(pasted) is problem


@given(st.text(max_size=200) | st.text(alphabet="ABCDabcd0123+/= \n\r", max_size=200).map(lambda s: f"ssh-rsa AAAA{s}"))
def test_rubbish_has_a_reason_too(pasted: str) -> None:
    assert isinstance(read_key(pasted), KeyProblem)


@given(st.binary(max_size=120))
def test_so_has_what_only_looks_like_a_key(body: bytes) -> None:
    for kind in (b"ssh-ed25519", b"ssh-rsa", b"ecdsa-sha2-nistp256"):
        pasted = f"{kind.decode()} {wire(kind, body)}"
        assert isinstance(read_key(pasted), KeyProblem) or len(body) == 32


def test_the_fingerprint_is_what_ssh_keygen_says() -> None:
    assert fingerprint(ED25519) == "ssh-ed25519 SHA256:Th+sLIgh/BAFRI9bfO2/v0feV73R514kGIh49u39D1E"


# --- names ---


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("toko-1", "toko-1"),
        ("  Toko-1 ", "toko-1"),
        ("WEB.TokoBudi.ID", "web.tokobudi.id"),
        ("3com", "3com"),
        ("10.example", "10.example"),
        ("a", "a"),
        ("x" * 63, "x" * 63),
        (".".join(["x" * 49] * 5), ".".join(["x" * 49] * 5)),
    ],
)
def test_names_that_are_taken(typed: str, name: str) -> None:
    assert read_hostname(typed) == name


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", NameProblem.WORDS),
        ("toko budi", NameProblem.WORDS),
        ("toko_1", NameProblem.CHARACTERS),
        ("toko!", NameProblem.CHARACTERS),
        ("http://toko.id/", NameProblem.CHARACTERS),
        ("$(reboot)", NameProblem.CHARACTERS),
        ("tökö", NameProblem.CHARACTERS),
        ("toko٣", NameProblem.CHARACTERS),
        ("🖥️", NameProblem.CHARACTERS),
        ("-toko", NameProblem.HYPHEN),
        ("toko-", NameProblem.HYPHEN),
        ("web.-toko.id", NameProblem.HYPHEN),
        (".toko", NameProblem.POINTS),
        ("toko.", NameProblem.POINTS),
        ("web..id", NameProblem.POINTS),
        ("x" * 64, NameProblem.LONG),
        (".".join(["x" * 50] * 5), NameProblem.LONG),
        ("x" * 4_500, NameProblem.LONG),
        ("12345", NameProblem.DIGITS),
        ("10.0.0.1", NameProblem.DIGITS),
        ("localhost", NameProblem.RESERVED),
    ],
)
def test_every_other_name_is_refused_with_its_reason(typed: str, problem: NameProblem) -> None:
    assert read_hostname(typed) is problem
