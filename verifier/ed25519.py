"""Ed25519 (RFC 8032) with the keys that anyone can sign for refused.

cryptography accepts public keys of small order, and under such a key one signature holds for many messages. It is
imported when a signature is checked: loading it takes longer than most verdicts, which need none.
"""

from typing import Final

from verifier.errors import MalformedError

FIELD: Final = 2**255 - 19
# y coordinates of the eight points of order 1, 2, 4 and 8; each stands for both signs of x.
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
LOW_ORDER_Y: Final = frozenset({0, 1, FIELD - 1, _ORDER_8, FIELD - _ORDER_8})
_SIGN: Final = 1 << 255


def check_public_key(public_key: bytes, place: str) -> None:
    """Refuses public keys of another length, of low order or in another encoding than RFC 8032's.

    Raises MalformedError: `size`, `low-order-key`, `key-encoding` (y ≥ p).
    """
    if len(public_key) != 32:
        raise MalformedError("size", place, f"{len(public_key)} bytes where 32 are due")
    y = int.from_bytes(public_key, "little") % _SIGN
    if y % FIELD in LOW_ORDER_Y:
        raise MalformedError("low-order-key", place, "the public key is a point of low order")
    if y >= FIELD:
        raise MalformedError("key-encoding", place, "y is not below the field's prime")


def signature_holds(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (64 bytes) is the key's over `message`; False too for a key that is no point of the curve.

    Raises MalformedError for a key `check_public_key` refuses.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    check_public_key(public_key, "/key")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
