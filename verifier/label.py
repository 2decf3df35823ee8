"""A label's text: a GS1 Digital Link that carries the certificate it stands on and the label key's signature (docs/spec/08).

item   https://<resolver>/01/<gtin14>/21/<serial>?c=<22>&s=<86>
batch  https://<resolver>/01/<gtin14>/10/<batch>?c=<22>&s=<86>
model  https://<resolver>/01/<gtin14>?c=<22>&s=<86>   |   https://<resolver>/8013/<gmn>?c=<22>&s=<86>

c  base64url(certificate id [0:16])                      16 bytes -> 22 characters, the last 4 bits zero
s  base64url( r (32) || yParity << 255 | s (32) )         64 bytes -> 86 characters, the last 4 bits zero (EIP-2098)
"""

from base64 import urlsafe_b64decode
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from re import compile as compile_pattern
from typing import Final

from verifier.crockford import ALPHABET, INDEX_LENGTH, SERIAL_LENGTH, parse_serial
from verifier.eip712 import struct_digest
from verifier.encoding import parse_base64url
from verifier.errors import MalformedError
from verifier.gs1 import DigitalLink, GS1Error, parse_digital_link
from verifier.gs1.rules import check_digit
from verifier.hashing import keccak256
from verifier.signature import parse_signature
from verifier.types import Digest, Signature

LABEL_TYPE: Final = "Label(string gtin,string serial,bytes16 certificate)"
LONGEST_LABEL: Final = 512
PREFIX_LENGTH: Final = 16  # bytes of the certificate's id that a label carries

_HIGH_BIT: Final = 1 << 255
# Crockford's digits as int() reads base 32; only for serials that were parsed
_DIGITS: Final = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_ITEM: Final = compile_pattern(
    rf"https://[A-Za-z0-9.\-]{{1,253}}(?::[0-9]{{1,5}})?/01/([0-9]{{14}})/21/([{ALPHABET}]{{{SERIAL_LENGTH}}})"
    # the last character of each has two bits to give: 16 and 64 bytes leave four bits of the last six unused
    r"\?c=([A-Za-z0-9_-]{21}[AQgw])&s=([A-Za-z0-9_-]{85}[AQgw])"
)


class Granularity(Enum):
    """What one label stands for. Only an item's label can show that it was copied."""

    ITEM = "item"
    BATCH = "batch"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label as read. gtin: 14 digits, or None beside a gmn; serial: item labels only; batch: batch labels only.

    certificate_prefix: first 16 bytes of the certificate's id; signature: 65 bytes r || s || v.
    """

    granularity: Granularity
    gtin: str | None
    gmn: str | None
    serial: str | None
    batch: str | None
    certificate_prefix: bytes
    signature: Signature

    @property
    def product(self) -> str:
        """The word that is signed as `gtin`: the GTIN, or `8013:` and the GMN."""
        return self.gtin if self.gtin is not None else f"8013:{self.gmn}"

    @property
    def signed_serial(self) -> str:
        """The word that is signed as `serial`: a batch's cannot be mistaken for an item's, which has no colon."""
        if self.serial is not None:
            return self.serial
        return f"10:{self.batch}" if self.batch is not None else ""

    @property
    def index(self) -> int | None:
        """The item's index within its certificate's labels, None for batch and model labels."""
        return None if self.serial is None else int(self.serial[:INDEX_LENGTH].translate(_DIGITS), 32)


def label_digest(separator: bytes, *, product: str, serial: str, certificate_prefix: bytes) -> Digest:
    """What the label key signs; `separator` is the domain of statements (AnchorLog's)."""
    words = _type_word() + _product_word(product) + keccak256(serial.encode("ascii")) + certificate_prefix + bytes(16)
    return struct_digest(separator, keccak256(words))


@lru_cache(maxsize=1)
def _type_word() -> bytes:
    return keccak256(LABEL_TYPE.encode("ascii"))


@lru_cache(maxsize=4096)
def _product_word(product: str) -> bytes:
    return keccak256(product.encode("ascii"))


def expand_compact_signature(raw: bytes, place: str) -> Signature:
    """r || s || v of the 64 bytes r || (yParity << 255 | s), low-s enforced (EIP-2098).

    Raises MalformedError: as verifier.signature.parse_signature.
    """
    if len(raw) != 64:
        raise MalformedError("signature-length", place, f"{len(raw)} bytes where 64 are due")
    packed = int.from_bytes(raw[32:], "big")
    return parse_signature(raw[:32] + (packed & ~_HIGH_BIT).to_bytes(32, "big") + bytes([27 + (packed >> 255)]), place)


def parse_label(text: str) -> Label:
    """Read a label's text, whatever its resolver. The common item form is matched at once, every other through the GS1 parser.

    Raises MalformedError: `gs1.*`, `label-form`, `parameter`, `serial`, `base64url`, `signature-*`; place names the part.
    """
    if len(text) > LONGEST_LABEL:
        raise MalformedError("size", "", f"{len(text)} characters, at most {LONGEST_LABEL}")
    match = _ITEM.fullmatch(text)
    if match is None:
        return _parse_any(text)
    gtin, serial, prefix, signature = match.groups()
    if not _is_gtin(gtin):
        raise MalformedError("gs1.csum", "/01", "the GTIN's check digit is not its own")
    return Label(
        granularity=Granularity.ITEM,
        gtin=gtin,
        gmn=None,
        serial=serial,
        batch=None,
        certificate_prefix=urlsafe_b64decode(prefix + "=="),  # canonical by the pattern
        signature=expand_compact_signature(urlsafe_b64decode(signature + "=="), "/s"),
    )


@lru_cache(maxsize=4096)
def _is_gtin(digits: str) -> bool:
    return check_digit(digits[:13]) == digits[13]


def _parse_any(text: str) -> Label:
    try:
        link = parse_digital_link(text)
    except GS1Error as error:
        raise MalformedError(f"gs1.{error.rule}", error.place) from error
    if not text.startswith("https://"):
        raise MalformedError("label-form", "", "a label's link is https")
    prefix = parse_base64url(_parameter(link, "c", 22), "/c", PREFIX_LENGTH)
    raw = parse_base64url(_parameter(link, "s", 86), "/s", 64)
    granularity, gmn, serial, batch = _form(link)
    return Label(
        granularity=granularity,
        gtin=link.elements.get("01"),
        gmn=gmn,
        serial=serial,
        batch=batch,
        certificate_prefix=prefix,
        signature=expand_compact_signature(raw, "/s"),
    )


def _form(link: DigitalLink) -> tuple[Granularity, str | None, str | None, str | None]:
    """Which of the three forms the GS1 elements are; nothing beside them is a label of ours."""
    ais = tuple(link.elements)
    if ais == ("01", "21"):
        return Granularity.ITEM, None, parse_serial(link.elements["21"], "/21"), None
    if ais == ("01", "10"):
        return Granularity.BATCH, None, None, link.elements["10"]
    if ais == ("01",):
        return Granularity.MODEL, None, None, None
    if ais == ("8013",):
        return Granularity.MODEL, link.elements["8013"], None, None
    raise MalformedError("label-form", "", f"elements {', '.join(ais)} are not a label's")


def _parameter(link: DigitalLink, name: str, length: int) -> str:
    values = [value for key, value in link.parameters if key == name]
    if len(values) != 1 or len(values[0]) != length:
        raise MalformedError("parameter", f"/{name}", f"due once, with {length} characters")
    return values[0]
