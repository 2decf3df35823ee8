"""Nonces of sign-in messages. Giving one out stores nothing, so nobody can fill a table by asking; using one does.

nonce = hex( time (5) ‖ random (11) ‖ HMAC-SHA256(secret, "tanji nonce v1\\n" ‖ time ‖ random ‖ bound)[0:16] )
bound = canonical({address, chainId, origin, party})
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from verifier.canonical import canonicalize
from verifier.hashing import sha256
from verifier.signature import to_checksum
from verifier.types import Address

SECRET_BYTES: Final = 32
_TIME: Final = 5
_RANDOM: Final = 11
_MAC: Final = 16


def make_nonce(secret: bytes, *, now: int, address: Address, party: str, origin: str, chain_id: int) -> str:
    """A nonce of this moment, good for this address, party, origin and chain alone: 64 hex digits."""
    head = now.to_bytes(_TIME, "big") + secrets.token_bytes(_RANDOM)
    return (head + _mac(secret, head, address, party, origin, chain_id)).hex()


def nonce_time(nonce: str, secret: bytes, *, address: Address, party: str, origin: str, chain_id: int) -> int | None:
    """When the nonce was given out (unix seconds); None for one that is not ours, or not for this address, party, origin and chain."""
    data = bytes.fromhex(nonce)
    head, mac = data[: _TIME + _RANDOM], data[_TIME + _RANDOM :]
    if not hmac.compare_digest(mac, _mac(secret, head, address, party, origin, chain_id)):
        return None
    return int.from_bytes(head[:_TIME], "big")


def nonce_digest(nonce: str) -> bytes:
    """Under which a used nonce is remembered: 32 bytes."""
    return sha256(nonce.encode("ascii"))


def _mac(secret: bytes, head: bytes, address: Address, party: str, origin: str, chain_id: int) -> bytes:  # noqa: PLR0917
    bound = canonicalize({"address": to_checksum(address), "chainId": chain_id, "origin": origin, "party": party})
    return hmac.digest(secret, b"tanji nonce v1\n" + head + bound, "sha256")[:_MAC]
