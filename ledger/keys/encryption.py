"""A party's X25519 private key in a file, encrypted with a passphrase. It never leaves the party's own machine (P8).

    { v:1, kind: "tanji-encryption-key", publicKey: 0x-hex 32, scrypt: { n, r, p, salt: 0x-hex 16 }, sealed: 0x-hex 48 }
    sealed = AES-256-GCM(scrypt(passphrase, salt; 32 bytes), nonce 0^12, private key, aad = public key): ciphertext 32 ‖ tag 16

Not PKCS #8: `cryptography` writes that with PBKDF2 of 2,048 rounds, which a graphics card goes through in an afternoon.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.domain.key_errors import KeystoreError, PassphraseWrongError
from ledger.keys.files import read_secret_file, write_secret_file
from verifier.bodies.fields import read_object
from verifier.canonical import canonicalize, parse
from verifier.documents import read_version
from verifier.encoding import parse_hex, parse_integer, to_hex
from verifier.errors import MalformedError
from verifier.types import JsonValue

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

MAX_BYTES: Final = 4_096
KIND: Final = "tanji-encryption-key"
STANDARD_N: Final = 1 << 17  # 128 MB, about half a second
LIGHT_N: Final = 1 << 12
_MAX_N: Final = 1 << 20
_R: Final = 8
_MEMBERS: Final = frozenset({"v", "kind", "publicKey", "scrypt", "sealed"})
_SCRYPT: Final = frozenset({"n", "r", "p", "salt"})
_NONCE: Final = bytes(12)  # the key below is made with a fresh salt and used once


def write_encryption_key(path: Path, key: X25519PrivateKey, passphrase: bytes, *, n: int = STANDARD_N) -> None:
    """Write the file (mode 0600). Raises KeystoreError when it exists, cannot be written, or the passphrase is empty."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if not passphrase:
        raise KeystoreError(str(path), "an encryption key is never written without a passphrase")
    public = key.public_key().public_bytes_raw()
    salt = secrets.token_bytes(16)
    sealed = AESGCM(_derived(passphrase, salt, n, 1)).encrypt(_NONCE, key.private_bytes_raw(), public)
    document = canonicalize(
        {
            "v": 1,
            "kind": KIND,
            "publicKey": to_hex(public),
            "scrypt": {"n": n, "r": _R, "p": 1, "salt": to_hex(salt)},
            "sealed": to_hex(sealed),
        }
    )
    write_secret_file(path, document + b"\n")


def open_encryption_key(path: Path, passphrase: bytes) -> X25519PrivateKey:
    """Open a file. Raises PassphraseWrongError, KeystoreError (another kind of file, or one that asks for unreasonable work)."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    place = str(path)
    members = _read(path)
    public = _public(members, place)
    try:
        scrypt = read_object(members["scrypt"], "/scrypt", _SCRYPT)
        n = parse_integer(scrypt["n"], "/scrypt/n", least=2, most=_MAX_N)
        parse_integer(scrypt["r"], "/scrypt/r", least=_R, most=_R)
        p = parse_integer(scrypt["p"], "/scrypt/p", least=1, most=4)
        salt = parse_hex(scrypt["salt"], "/scrypt/salt", 16)
        sealed = parse_hex(members["sealed"], "/sealed", 48)
    except MalformedError as error:
        raise KeystoreError(place, f"not an encryption key: {error}") from error
    if n & (n - 1):
        raise KeystoreError(place, "scrypt's n is not a power of two")
    try:
        secret = AESGCM(_derived(passphrase, salt, n, p)).decrypt(_NONCE, sealed, public)
    except InvalidTag as error:
        raise PassphraseWrongError(place) from error
    key = X25519PrivateKey.from_private_bytes(secret)
    if key.public_key().public_bytes_raw() != public:
        raise KeystoreError(place, "the public key written in the file is not the key's")
    return key


def encryption_key_public(path: Path) -> bytes:
    """The 32-byte public key a file claims, without opening it. Raises KeystoreError."""
    return _public(_read(path), str(path))


def _read(path: Path) -> dict[str, JsonValue]:
    try:
        members = read_object(parse(read_secret_file(path, MAX_BYTES)), "", _MEMBERS)
        read_version(members["v"], "/v")
    except MalformedError as error:
        raise KeystoreError(str(path), f"not an encryption key: {error}") from error
    if members["kind"] != KIND:
        raise KeystoreError(str(path), "not an encryption key")
    return members


def _public(members: dict[str, JsonValue], place: str) -> bytes:
    try:
        return parse_hex(members["publicKey"], "/publicKey", 32)
    except MalformedError as error:
        raise KeystoreError(place, f"not an encryption key: {error}") from error


def _derived(passphrase: bytes, salt: bytes, n: int, p: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=n, r=_R, p=p).derive(passphrase)
