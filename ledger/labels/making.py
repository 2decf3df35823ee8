"""Making one chunk of labels: randomness, PINs, leaves, signatures, rows. Pure but for the randomness; runs in any process.

row     <product>,<serial>,0x<pinHash>,<url>\\n                     serial = the signed serial (docs/spec/08)
leaf    {"gtin":"<product>","pinHash":"0x<64 hex>","serial":"<serial>"}
"""

from __future__ import annotations

import os
from binascii import b2a_base64, hexlify
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from ledger.labels.plan import BatchPlan
from ledger.labels.tree import CHUNK, subtree_root
from ledger.ports.signer import LocalSigner, Signer
from verifier.canonical import canonicalize
from verifier.crockford import ALPHABET, INDEX_LENGTH, RANDOM_LENGTH, encode
from verifier.encoding import to_base64url
from verifier.hashing import keccak256
from verifier.label import LABEL_TYPE, Granularity
from verifier.types import Digest

HEADER: Final = b"gtin,serial,pinHash,url\n"
PIN_BYTES: Final = RANDOM_LENGTH
Sign = Callable[[bytes], bytes]
# A byte's low five bits are uniform, since 32 divides 256.
_CROCKFORD: Final = bytes(ord(ALPHABET[byte & 31]) for byte in range(256))
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Labels made and not yet kept. rows: CSV; leaves: serial and pinHash of each (see leaves.py); pins: 12 bytes each."""

    number: int
    labels: int
    rows: bytes
    leaves: bytes
    pins: bytes
    root: bytes


def chunk_count(plan: BatchPlan) -> int:
    """How many chunks the batch has."""
    return -(-plan.count // CHUNK)


def signed_serials(plan: BatchPlan, number: int, randomness: bytes) -> list[bytes]:
    """The words signed as `serial` for chunk `number`; `randomness` is 12 Crockford characters a label."""
    if plan.granularity is Granularity.MODEL:
        return [b""]
    if plan.granularity is Granularity.BATCH:
        return [b"10:" + plan.batch.encode("ascii")]
    first = plan.first + number * CHUNK
    upto = min(first + CHUNK, plan.first + plan.count)
    return [
        encode(index, INDEX_LENGTH).encode("ascii") + randomness[at : at + RANDOM_LENGTH]
        for index, at in zip(range(first, upto), range(0, CHUNK * RANDOM_LENGTH, RANDOM_LENGTH), strict=False)
    ]


def url_parts(plan: BatchPlan) -> tuple[bytes, bytes]:
    """What stands before and after an item's serial in its link; a batch or model label has no serial between them."""
    path = f"/01/{plan.gtin}" if plan.gmn is None else f"/8013/{quote(plan.gmn, safe='')}"
    if plan.granularity is Granularity.ITEM:
        path += "/21/"
    elif plan.granularity is Granularity.BATCH:
        path += f"/10/{quote(plan.batch, safe='')}"
    return f"https://{plan.resolver}{path}".encode("ascii"), f"?c={to_base64url(plan.prefix)}&s=".encode("ascii")


def make_chunk(plan: BatchPlan, number: int, sign: Sign) -> Chunk:
    """Make the labels of one chunk with fresh randomness from the operating system.

    Args:
        plan: the batch.
        number: which chunk, from 0.
        sign: from a 32-byte digest to the 64-byte EIP-2098 signature.
    """
    drawn = os.urandom(2 * CHUNK * RANDOM_LENGTH).translate(_CROCKFORD)
    serials = signed_serials(plan, number, drawn)
    pins = drawn[CHUNK * RANDOM_LENGTH : (CHUNK + len(serials)) * RANDOM_LENGTH]
    gtin = canonicalize(plan.product)[1:-1]
    column = gtin if plan.gmn is None else _field(plan.product.encode("ascii"))
    shown = plan.granularity is Granularity.ITEM
    before, after = url_parts(plan)
    struct_start, struct_end, digest_start = _struct_parts(plan)
    # The templates are canonical JSON; a batch's name may need escapes, and is then spelt by the canonicalizer.
    spelt = [serial if shown else canonicalize(serial.decode("ascii"))[1:-1] for serial in serials]
    rows, leaves, hashes = [], [], []
    at = 0
    for serial, text in zip(serials, spelt, strict=True):
        pin = pins[at : at + PIN_BYTES]
        at += PIN_BYTES
        pin_hash = sha256(b'\x04{"gtin":"%b","pin":"%b","serial":"%b"}' % (gtin, pin, text)).digest()
        hexed = hexlify(pin_hash)
        hashes.append(sha256(b'\x00{"gtin":"%b","pinHash":"0x%b","serial":"%b"}' % (gtin, hexed, text)).digest())
        struct = keccak256(struct_start + keccak256(serial) + struct_end)
        signature = b2a_base64(sign(keccak256(digest_start + struct)), newline=False).translate(_URL_SAFE)[:86]
        rows.append(
            b"%b,%b,0x%b,%b%b%b%b\n"
            % (column, serial if shown else _field(serial), hexed, before, serial if shown else b"", after, signature)
        )
        leaves.append(serial + pin_hash if shown else pin_hash)
    return Chunk(
        number=number,
        labels=len(rows),
        rows=b"".join(rows),
        leaves=b"".join(leaves),
        pins=pins,
        root=subtree_root(hashes),
    )


def _field(word: bytes) -> bytes:
    """A CSV field that may hold commas and quotes (RFC 4180, 2.6 and 2.7)."""
    return b'"' + word.replace(b'"', b'""') + b'"'


def _struct_parts(plan: BatchPlan) -> tuple[bytes, bytes, bytes]:
    """The bytes around the serial's word in verifier.label.label_digest; a test holds the two together."""
    start = keccak256(LABEL_TYPE.encode("ascii")) + keccak256(plan.product.encode("ascii"))
    return start, plan.prefix + bytes(16), b"\x19\x01" + plan.separator


def compact_signer(signer: Signer) -> Sign:
    """EIP-2098 signatures of any signer: r || yParity << 255 | s. Keys in memory are used straight through libsecp256k1."""
    if isinstance(signer, LocalSigner):
        return raw_signer(signer.secret())

    def sign(digest: bytes) -> bytes:
        signature = signer.sign_digest(Digest(digest))
        return _compact(signature[:64], signature[64] - 27)

    return sign


def raw_signer(secret: bytes) -> Sign:
    """EIP-2098 signatures of a 32-byte key with plain calls into libsecp256k1 (RFC 6979 nonces, low s)."""
    from coincurve._libsecp256k1 import ffi, lib  # type: ignore[import-not-found]  # compiled, without stubs
    from coincurve.context import GLOBAL_CONTEXT

    from ledger.domain.key_errors import SigningError

    context = GLOBAL_CONTEXT.ctx
    made = ffi.new("secp256k1_ecdsa_recoverable_signature *")
    out = ffi.new("unsigned char[64]")
    parity = ffi.new("int *")
    view = ffi.buffer(out)
    nothing = ffi.NULL

    def sign(digest: bytes) -> bytes:
        if not lib.secp256k1_ecdsa_sign_recoverable(context, made, digest, secret, nothing, nothing):
            raise SigningError("libsecp256k1 refused to sign")
        lib.secp256k1_ecdsa_recoverable_signature_serialize_compact(context, out, parity, made)
        if parity[0] > 1:  # r overflowed n: no yParity says so (one chance in 2^127)
            raise SigningError("recovery id does not fit one bit")
        return _compact(view[:], parity[0])

    return sign


def _compact(signature: bytes, parity: int) -> bytes:
    if not parity:
        return signature
    return signature[:32] + bytes((signature[32] | 0x80,)) + signature[33:]
