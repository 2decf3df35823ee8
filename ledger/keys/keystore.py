"""Account key files in the standard JSON format, version 3 ("Web3 Secret Storage"), as geth, Foundry and wallets write them.

```
{ version: 3, id: uuid, address: 40 hex,
  crypto: { cipher: "aes-128-ctr", cipherparams: { iv }, ciphertext,
            kdf: "scrypt" | "pbkdf2", kdfparams: { dklen: 32, salt, n, r, p | c, prf: "hmac-sha256" },
            mac: keccak256(derived[16:32] ‖ ciphertext) } }          ciphertext = AES-128-CTR(derived[:16], iv, key32)
```
Format and cryptography are eth-account's. Ours is what stands in front of it: a decoder bounds what a file may ask of the
machine (scrypt's n·r is memory), and hands on a document rebuilt from the members it has checked, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import orjson

from ledger.domain.key_errors import KeystoreError, PassphraseWrongError, SigningError
from ledger.keys.files import read_secret_file, write_secret_file
from ledger.keys.memory import MemorySigner

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_BYTES: Final = 16_384
MAX_SCRYPT_MEMORY: Final = 1 << 30
MAX_SCRYPT_LANES: Final = 16
MAX_PBKDF2_ROUNDS: Final = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScryptCost:
    """What opening a file costs: scrypt's n (a power of two; memory is 1024·n bytes, since eth-account writes r 8, p 1)."""

    n: int


STANDARD_COST: Final = ScryptCost(n=1 << 18)  # geth's StandardScryptN: 256 MB, about a second
LIGHT_COST: Final = ScryptCost(n=1 << 12)  # geth's LightScryptN, for throw-away keys


def write_keystore(path: Path, signer: MemorySigner, passphrase: bytes, *, cost: ScryptCost = STANDARD_COST) -> None:
    """Write an encrypted key file (mode 0600).

    Raises KeystoreError when the file exists or cannot be written, or the passphrase is empty or not UTF-8.
    """
    if not passphrase:
        raise KeystoreError(str(path), "an account key is never written without a passphrase")
    write_secret_file(path, encrypt_keystore(signer, passphrase, cost=cost, place=str(path)))


def open_keystore(path: Path, passphrase: bytes) -> MemorySigner:
    """Open a key file.

    Raises:
        PassphraseWrongError: the MAC does not match.
        KeystoreError: not a version 3 key file, or one that asks for unreasonable work.
    """
    return decrypt_keystore(read_secret_file(path, MAX_BYTES), passphrase, place=str(path))


def keystore_address(path: Path) -> bytes:
    """Return the 20-byte address a key file claims, without opening it. Raises KeystoreError."""
    place = str(path)
    document = _object(_load(read_secret_file(path, MAX_BYTES), place), place)
    return _hex(_lowered(document), "address", 20, place)


def encrypt_keystore(signer: MemorySigner, passphrase: bytes, *, cost: ScryptCost, place: str = "") -> bytes:
    """Return the key file's bytes; `place` names it in errors. Raises KeystoreError when the passphrase is not UTF-8."""
    from eth_account import Account

    document = Account.encrypt(signer.secret(), _text(passphrase, place), kdf="scrypt", iterations=cost.n)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def decrypt_keystore(data: bytes, passphrase: bytes, *, place: str) -> MemorySigner:
    """Open a key file's bytes; `place` names it in errors. Raises as `open_keystore`."""
    document = _lowered(_object(_load(data, place), place))
    checked = _checked(document, place)
    from eth_account import Account

    try:
        secret = Account.decrypt(checked, _text(passphrase, place))
    except ValueError as error:  # all else that it refuses has been refused above
        raise PassphraseWrongError(place) from error
    try:
        signer = MemorySigner.from_bytes(bytes(secret))
    except SigningError as error:
        raise KeystoreError(place, "holds no secp256k1 key") from error
    if "address" in document and _hex(document, "address", 20, place) != signer.address:
        raise KeystoreError(place, "the address written in the file is not the key's")
    return signer


def _checked(document: Mapping[str, object], place: str) -> dict[str, object]:
    """The document again, made of checked members only: what the library sees is what was looked at."""
    crypto = _object(document.get("crypto"), place)
    if document.get("version") != 3 or crypto.get("cipher") != "aes-128-ctr":
        raise KeystoreError(place, "not a version 3 key file with aes-128-ctr")
    iv = _hex(_object(crypto.get("cipherparams"), place), "iv", 16, place)
    members: dict[str, object] = {
        "cipher": "aes-128-ctr",
        "cipherparams": {"iv": iv.hex()},
        "ciphertext": _hex(crypto, "ciphertext", 32, place).hex(),
        "kdf": crypto.get("kdf"),
        "kdfparams": _derivation(crypto, place),
        "mac": _hex(crypto, "mac", 32, place).hex(),
    }
    return {"version": 3, "crypto": members}


def _derivation(crypto: Mapping[str, object], place: str) -> dict[str, object]:
    parameters = _object(crypto.get("kdfparams"), place)
    salt = _hex(parameters, "salt", None, place).hex()
    if parameters.get("dklen") != 32:
        raise KeystoreError(place, "derived key length is not 32")
    if crypto.get("kdf") == "scrypt":
        n, r, p = (_number(parameters, name, place) for name in ("n", "r", "p"))
        if n & (n - 1) or n < 2 or 128 * r * max(n, p) > MAX_SCRYPT_MEMORY or p > MAX_SCRYPT_LANES:
            raise KeystoreError(place, "scrypt parameters out of bounds")
        return {"dklen": 32, "salt": salt, "n": n, "r": r, "p": p}
    if crypto.get("kdf") == "pbkdf2" and parameters.get("prf") == "hmac-sha256":
        rounds = _number(parameters, "c", place)
        if rounds > MAX_PBKDF2_ROUNDS:
            raise KeystoreError(place, "pbkdf2 rounds out of bounds")
        return {"dklen": 32, "salt": salt, "c": rounds, "prf": "hmac-sha256"}
    raise KeystoreError(place, "key derivation is neither scrypt nor pbkdf2 with hmac-sha256")


def _text(passphrase: bytes, place: str) -> str:
    try:
        return passphrase.decode()
    except UnicodeDecodeError as error:
        raise KeystoreError(place, "the passphrase is not UTF-8 text") from error


def _load(data: bytes, place: str) -> object:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise KeystoreError(place, "not JSON") from error


def _object(value: object, place: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise KeystoreError(place, "a member of the key file is missing or not an object")
    return value


def _lowered(document: Mapping[str, object]) -> dict[str, object]:
    return {key.lower(): value for key, value in document.items()}  # early geth wrote "Crypto"


def _number(members: Mapping[str, object], name: str, place: str) -> int:
    value = members.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise KeystoreError(place, f"{name} is not a positive integer")
    return value


def _hex(members: Mapping[str, object], name: str, size: int | None, place: str) -> bytes:
    text = members.get(name)
    try:
        data = bytes.fromhex(text.removeprefix("0x")) if isinstance(text, str) else b""
    except ValueError as error:
        raise KeystoreError(place, f"{name} is not hex") from error
    if not data or (size is not None and len(data) != size):
        raise KeystoreError(place, f"{name} is not hex of the right length")
    return data
