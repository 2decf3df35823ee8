"""Signers that hold the key in memory: what an opened keystore file becomes, and what tests use."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ledger.domain.key_errors import SigningError
from verifier.hashing import keccak256
from verifier.types import Address, Digest

if TYPE_CHECKING:
    from coincurve import PrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DIGEST_BYTES = 32
SIGNATURE_BYTES = 64


class MemorySigner:
    """A secp256k1 account key in memory. libsecp256k1 signs with RFC 6979 nonces and always gives the low s."""

    __slots__ = ("_address", "_key")

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self._address = Address(keccak256(key.public_key.format(compressed=False)[1:])[12:])

    @classmethod
    def from_bytes(cls, secret: bytes) -> MemorySigner:
        """Make a signer of a 32-byte private key. Raises SigningError for a number outside 1..n−1."""
        from coincurve import PrivateKey

        if len(secret) != 32:
            raise SigningError("a private key is 32 bytes")
        try:
            return cls(PrivateKey(secret))
        except ValueError as error:
            raise SigningError("private key outside 1..n-1") from error

    @classmethod
    def generate(cls) -> MemorySigner:
        """Make a signer of a fresh random key."""
        while True:
            try:
                return cls.from_bytes(secrets.token_bytes(32))
            except SigningError:  # one chance in 2^128: draw again
                continue

    @property
    def address(self) -> Address:
        """The 20-byte account address."""
        return self._address

    def sign_digest(self, digest: Digest) -> bytes:
        """Return r ‖ s ‖ v (65 bytes, low s, v 27|28). Raises SigningError unless the digest is 32 bytes."""
        if len(digest) != DIGEST_BYTES:
            raise SigningError(f"a digest is 32 bytes, not {len(digest)}")
        signature = self._key.sign_recoverable(digest, hasher=None)
        if signature[64] > 1:  # r overflowed n: v 29|30 does not exist on the wire (one chance in 2^127)
            raise SigningError("recovery id does not fit v 27|28")
        return signature[:64] + bytes((27 + signature[64],))

    def secret(self) -> bytes:
        """The 32 private bytes, for writing a keystore file and nothing else."""
        return bytes(self._key.secret)

    def __repr__(self) -> str:
        return f"MemorySigner(0x{self._address.hex()})"


class MemoryLogSigner:
    """The log's Ed25519 key in memory. libsodium signs: a receipt in two thirds of OpenSSL's time, the same bytes (ADR 12)."""

    __slots__ = ("_key", "_public", "_secret", "_sign")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        from nacl.bindings import crypto_sign

        self._key = key
        self._public = key.public_key().public_bytes_raw()
        # libsodium's form of a private key: seed ‖ public key.
        self._secret = key.private_bytes_raw() + self._public
        self._sign = crypto_sign

    @classmethod
    def from_seed(cls, seed: bytes) -> MemoryLogSigner:
        """Make a log signer of the 32-byte seed of RFC 8032."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != 32:
            raise SigningError("an Ed25519 seed is 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def generate(cls) -> MemoryLogSigner:
        """Make a log signer of a fresh random key."""
        return cls.from_seed(secrets.token_bytes(32))

    @property
    def public_key(self) -> bytes:
        """The 32-byte Ed25519 public key."""
        return self._public

    @property
    def private_key(self) -> Ed25519PrivateKey:
        """The key itself, for writing a key file and nothing else."""
        return self._key

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature."""
        # Signature ‖ message, as libsodium gives it.
        return self._sign(message, self._secret)[:SIGNATURE_BYTES]

    def __repr__(self) -> str:
        return f"MemoryLogSigner({self._public.hex()})"
