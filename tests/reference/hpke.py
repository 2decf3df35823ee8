"""HPKE base mode (RFC 9180), single shot, straight from the RFC: DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256."""

from __future__ import annotations

import hmac
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEM_X25519, KDF_SHA256, AEAD_AES_256_GCM, AEAD_EXPORT_ONLY = 0x0020, 0x0001, 0x0002, 0xFFFF
KEM_SUITE = b"KEM" + KEM_X25519.to_bytes(2, "big")


def extract(salt: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(key: bytes, info: bytes, length: int) -> bytes:
    out, block, number = b"", b"", 1
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([number]), "sha256")
        out, number = out + block, number + 1
    return out[:length]


def labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """Section 4."""
    return extract(salt, b"HPKE-v1" + suite + label + ikm)


def labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """Section 4."""
    return expand(key, length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info, length)


def decap(enc: bytes, private: bytes) -> bytes:
    """Section 4.1: the shared secret."""
    key = X25519PrivateKey.from_private_bytes(private)
    dh = key.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + key.public_key().public_bytes_raw()
    prk = labeled_extract(KEM_SUITE, b"", b"eae_prk", dh)
    return labeled_expand(KEM_SUITE, prk, b"shared_secret", context, 32)


def schedule(shared: bytes, info: bytes, aead: int) -> tuple[bytes, bytes, bytes]:
    """Section 5.1, mode base: key, base nonce, exporter secret."""
    suite = b"HPKE" + b"".join(one.to_bytes(2, "big") for one in (KEM_X25519, KDF_SHA256, aead))
    context = (
        b"\x00" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    )
    secret = labeled_extract(suite, shared, b"secret", b"")
    return (
        labeled_expand(suite, secret, b"key", context, 32),
        labeled_expand(suite, secret, b"base_nonce", context, 12),
        labeled_expand(suite, secret, b"exp", context, 32),
    )


def open_base(sealed: bytes, private: bytes, info: bytes) -> bytes:
    """The plaintext of `enc ‖ ciphertext` (AES-256-GCM, empty aad, first message)."""
    key, nonce, _ = schedule(decap(sealed[:32], private), info, AEAD_AES_256_GCM)
    return AESGCM(key).decrypt(nonce, sealed[32:], b"")


def commitment(data_key: bytes) -> bytes:
    return sha256(b"\x08" + data_key).digest()
