"""secp256k1 signatures and the addresses they recover to.

    signature   r (32 bytes) || s (32 bytes) || v (1 byte)        65 bytes
                1 <= r < n, 1 <= s <= n/2 (EIP-2: low s), v 27 | 28

Anything else is malformed: libraries take high s and v in {0, 1, 27, 28, 35...}, so that one signature has many
spellings. Signature bytes are never an identity.
"""

from functools import lru_cache
from typing import Final

from coincurve._libsecp256k1 import ffi, lib  # type: ignore[import-not-found]  # compiled, without stubs
from coincurve.context import GLOBAL_CONTEXT

from verifier.encoding import parse_hex
from verifier.errors import MalformedError, RecoveryError
from verifier.hashing import keccak256
from verifier.types import Address, Signature

ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

# Big-endian bytes of one length compare as the numbers do, without making numbers of them.
_ZERO: Final = bytes(32)
_ORDER_BYTES: Final = ORDER.to_bytes(32, "big")
_HALF_ORDER_BYTES: Final = (ORDER // 2).to_bytes(32, "big")
_UNCOMPRESSED: Final = 2  # SECP256K1_EC_UNCOMPRESSED


def parse_signature(raw: bytes, place: str) -> Signature:
    """The 65 bytes r || s || v, checked.

    Raises MalformedError: `signature-length`, `signature-v`, `signature-r`, `signature-s` (zero, too large or high).
    """
    if len(raw) != 65:
        raise MalformedError("signature-length", place, f"{len(raw)} bytes where 65 are due")
    if raw[64] not in (27, 28):
        raise MalformedError("signature-v", place, f"v is {raw[64]}, not 27 or 28")
    if not _ZERO < raw[:32] < _ORDER_BYTES:
        raise MalformedError("signature-r", place, "r is not in 1..n-1")
    if not _ZERO < raw[32:64] <= _HALF_ORDER_BYTES:
        raise MalformedError("signature-s", place, "s is not in 1..n/2")
    return Signature(raw)


def recover(digest: bytes, signature: bytes) -> Address:
    """The address whose key signed the 32-byte `digest`; the signature's form is checked again here.

    Straight calls into libsecp256k1: coincurve's own objects cost a tenth more. The buffers are this call's own,
    because cffi lets other threads run meanwhile.

    Raises MalformedError (digest of another length; see parse_signature) and RecoveryError.
    """
    if len(digest) != 32:
        raise MalformedError("size", "/digest", f"{len(digest)} bytes where 32 are due")
    parse_signature(signature, "/signature")
    context = GLOBAL_CONTEXT.ctx
    recoverable = ffi.new("secp256k1_ecdsa_recoverable_signature *")
    public_key = ffi.new("secp256k1_pubkey *")
    if not (
        lib.secp256k1_ecdsa_recoverable_signature_parse_compact(
            context, recoverable, signature[:64], signature[64] - 27
        )
        and lib.secp256k1_ecdsa_recover(context, public_key, recoverable, digest)
    ):
        raise RecoveryError(signature)
    serialized = ffi.new("unsigned char[65]")
    lib.secp256k1_ec_pubkey_serialize(context, serialized, ffi.new("size_t *", 65), public_key, _UNCOMPRESSED)
    return Address(keccak256(ffi.buffer(serialized)[1:])[12:])


@lru_cache(maxsize=4096)
def to_checksum(address: bytes) -> str:
    """The EIP-55 spelling of a 20-byte address."""
    lower = address.hex()
    nibbles = keccak256(lower.encode("ascii")).hex()
    return "0x" + "".join(c.upper() if nibble >= "8" else c for c, nibble in zip(lower, nibbles, strict=False))


def parse_address(text: object, place: str) -> Address:
    """The 20 bytes of an address in its one EIP-55 spelling.

    Raises MalformedError: `address` (not 0x and 40 hex digits) or `checksum`.
    """
    if not isinstance(text, str) or len(text) != 42 or not text.startswith("0x"):
        raise MalformedError("address", place, "not 0x and 40 hex digits")
    try:
        return _read_address(text)
    except MalformedError as error:
        raise error.within(place) from error


# The same few keys sign nearly everything.
@lru_cache(maxsize=4096)
def _read_address(text: str) -> Address:
    address = parse_hex("0x" + text[2:].lower() if text.isascii() else "", "", 20)
    if to_checksum(address) != text:
        raise MalformedError("checksum", "", "capitals are not those of EIP-55")
    return Address(address)
