"""Ed25519 (RFC 8032) with the keys that anyone can sign for refused.

cryptography accepts public keys of small order; under such a key one signature fits many messages.
"""

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from verifier.errors import MalformedError

FIELD: Final = 2**255 - 19
# y coordinates of the eight points of order 1, 2, 4 and 8 (RFC 7748 section 7; each y stands for both signs of x).
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
LOW_ORDER_Y: Final = frozenset({0, 1, FIELD - 1, _ORDER_8, FIELD - _ORDER_8})


def parse_ed25519_key(raw: bytes, place: str) -> bytes:
    """A 32-byte public key in its one encoding and not of low order.

    Raises MalformedError: `ed25519-length`, `ed25519-encoding` (y ≥ p), `ed25519-low-order`.
    """
    if len(raw) != 32:
        raise MalformedError("ed25519-length", place, f"{len(raw)} bytes where 32 are due")
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= FIELD:
        raise MalformedError("ed25519-encoding", place, "y is not below the field's prime")
    if y in LOW_ORDER_Y:
        raise MalformedError("ed25519-low-order", place, "a key for which signatures can be made without it")
    return raw


def check_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is `key`'s over `message`; False too for a key that is no point of the curve.

    Raises MalformedError for a key `parse_ed25519_key` refuses.
    """
    try:
        _loaded(parse_ed25519_key(key, "/key")).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def _loaded(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)
