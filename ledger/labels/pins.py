"""The encrypted PIN file of a batch: authenticated chunk by chunk, so that it can be written, resumed and read as a stream.

```
{"cipher":"aes-256-gcm","kdf":"scrypt","n":…,"p":…,"r":…,"salt":…,"v":1,"wrapped":…}\\n
chunk × N    number (4, big-endian) || length of the rest (4) || nonce (12, random) || AES-256-GCM( 12 bytes a PIN ) || tag (16)
```
key       32 random bytes, wrapped: nonce (12) || AES-256-GCM under scrypt(passphrase, salt)
AAD       SHA-256(first line) || number (4): a chunk cannot be moved, repeated or taken to another file

Nonces are random, not counted: a chunk that was torn by a crash is encrypted again with other PINs, and one nonce must never meet two texts.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from ledger.labels.errors import PinFileError
from verifier.bodies.fields import read_choice, read_integer, read_object
from verifier.canonical import canonicalize, parse
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.types import JsonValue

SCRYPT_N: Final = 1 << 16
MAX_SCRYPT_MEMORY: Final = 1 << 30
PIN_LENGTH: Final = 12
_NONCE: Final = 12
_TAG: Final = 16
_HEAD: Final = 8
_LONGEST_HEADER: Final = 1024
_MOST_BYTES: Final = 1 << 22  # a chunk
_MEMBERS: Final = frozenset({"v", "cipher", "kdf", "n", "r", "p", "salt", "wrapped"})


class PinSealer:
    """Encrypts chunks under one file's key."""

    __slots__ = ("_binding", "_key", "header")

    def __init__(self, header: bytes, key: bytes) -> None:
        self.header = header
        self._key = key
        self._binding = hashlib.sha256(header).digest()

    @classmethod
    def create(cls, passphrase: bytes, *, n: int = SCRYPT_N) -> PinSealer:
        """A fresh key under a passphrase; `n` is scrypt's cost (memory 1,024·n bytes)."""
        key, salt = os.urandom(32), os.urandom(16)
        members: dict[str, JsonValue] = {
            "v": 1, "cipher": "aes-256-gcm", "kdf": "scrypt", "n": n, "r": 8, "p": 1, "salt": to_hex(salt),
            "wrapped": to_hex(_seal(_derived(passphrase, salt, n, 8, 1), key, b"tanji pins")),
        }  # fmt: skip
        return cls(canonicalize(members) + b"\n", key)

    @classmethod
    def open(cls, header: bytes, passphrase: bytes, *, place: str) -> PinSealer:
        """The key of a file that exists. Raises PinFileError."""
        from cryptography.exceptions import InvalidTag

        try:
            top = read_object(parse(header.removesuffix(b"\n")), "", _MEMBERS)
            read_choice(top["cipher"], "/cipher", frozenset({"aes-256-gcm"}))
            read_choice(top["kdf"], "/kdf", frozenset({"scrypt"}))
            n = read_integer(top["n"], "/n", least=2, most=1 << 20)
            r = read_integer(top["r"], "/r", least=1, most=32)
            p = read_integer(top["p"], "/p", least=1, most=16)
            salt, wrapped = parse_hex(top["salt"], "/salt", 16), parse_hex(top["wrapped"], "/wrapped", 60)
        except MalformedError as error:
            raise PinFileError(place, f"not a PIN file: {error}") from error
        if n & (n - 1) or 128 * n * r > MAX_SCRYPT_MEMORY:
            raise PinFileError(place, "scrypt parameters out of bounds")
        try:
            key = _unseal(_derived(passphrase, salt, n, r, p), wrapped, b"tanji pins")
        except InvalidTag as error:
            raise PinFileError(place, "口令不对 the passphrase is another one") from error
        return cls(header, key)

    def seal(self, number: int, pins: bytes) -> bytes:
        """One chunk as it stands in the file."""
        rest = _seal(self._key, pins, self._aad(number))
        return number.to_bytes(4, "big") + len(rest).to_bytes(4, "big") + rest

    def unseal(self, number: int, rest: bytes, place: str) -> bytes:
        """The PINs of a chunk. Raises PinFileError."""
        from cryptography.exceptions import InvalidTag

        try:
            return _unseal(self._key, rest, self._aad(number))
        except InvalidTag as error:
            raise PinFileError(place, f"chunk {number} was changed") from error

    def _aad(self, number: int) -> bytes:
        return self._binding + number.to_bytes(4, "big")


def read_header(file: IO[bytes]) -> bytes:
    """The first line with its newline."""
    return file.readline(_LONGEST_HEADER)


def read_pins(path: Path, passphrase: bytes) -> Iterator[str]:
    """All PINs, in the order of the batch, chunk by chunk.

    Raises PinFileError: another passphrase, or a chunk changed, missing, moved or cut. A file cut at a chunk's end looks
    whole: the caller knows how many PINs are due.
    """
    place = str(path)
    with path.open("rb") as file:
        sealer = PinSealer.open(read_header(file), passphrase, place=place)
        expected = 0
        while head := file.read(_HEAD):
            number, length = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
            if len(head) != _HEAD or number != expected or not _NONCE + _TAG < length <= _MOST_BYTES:
                raise PinFileError(place, f"chunk {expected} is missing or cut")
            rest = file.read(length)
            if len(rest) != length:
                raise PinFileError(place, f"chunk {expected} is cut")
            pins = sealer.unseal(number, rest, place).decode("ascii")
            yield from (pins[at : at + PIN_LENGTH] for at in range(0, len(pins), PIN_LENGTH))
            expected += 1


def _derived(passphrase: bytes, salt: bytes, n: int, r: int, p: int) -> bytes:
    memory = 128 * r * (n + p + 2) + (1 << 20)
    return hashlib.scrypt(passphrase, salt=salt, n=n, r=r, p=p, dklen=32, maxmem=memory)


def _seal(key: bytes, text: bytes, aad: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, aad)


def _unseal(key: bytes, data: bytes, aad: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], aad)
