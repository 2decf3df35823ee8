"""The labels body: one batch of issued labels under a certificate (spec 03, labels)."""

import re
from dataclasses import dataclass

from verifier.bodies import fields
from verifier.bodies.certificate import MAX_QUOTA, read_gmn, read_gtin
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.signature import parse_address
from verifier.types import Address, JsonValue, NodeHash, StatementId

_MEMBERS = frozenset({"certificate", "batch", "first", "count", "root", "labelKey"})
_BY_GTIN, _BY_GMN = frozenset({"gtin"}), frozenset({"gmn"})
_BATCH = re.compile(r"[!-~]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Serial indexes [first, first + count) of one product and batch; `root` is the Merkle root of their leaves.

    Exactly one of gtin (14 digits) and gmn is not None.
    """

    certificate: StatementId
    gtin: str | None
    batch: str
    first: int
    count: int
    root: NodeHash
    label_key: Address
    gmn: str | None = None

    @property
    def product(self) -> str:
        """The word that labels sign as `gtin`: the GTIN, or `8013:` and the GMN (docs/spec/08)."""
        return self.gtin if self.gtin is not None else f"8013:{self.gmn}"


def parse_labels(body: JsonValue, place: str = "") -> Labels:
    """Parse a labels body. Raises MalformedError naming member (JSON pointer after `place`) and rule."""
    by_gmn = isinstance(body, dict) and "gmn" in body
    top = fields.read_object(body, place, _MEMBERS | (_BY_GMN if by_gmn else _BY_GTIN))
    first = fields.read_integer(top["first"], f"{place}/first", least=0, most=MAX_QUOTA - 1)
    count = fields.read_integer(top["count"], f"{place}/count", least=1, most=MAX_QUOTA)
    if first + count > MAX_QUOTA:
        # An index has 30 bits in a serial, so no quota can reach further.
        raise MalformedError("range", f"{place}/count", "first + count is more than 2^30")
    return Labels(
        certificate=fields.read_statement_id(top["certificate"], f"{place}/certificate"),
        gtin=None if by_gmn else read_gtin(top["gtin"], f"{place}/gtin"),
        gmn=read_gmn(top["gmn"], f"{place}/gmn") if by_gmn else None,
        batch=fields.read_pattern(top["batch"], f"{place}/batch", _BATCH),
        first=first,
        count=count,
        root=NodeHash(parse_hex(top["root"], f"{place}/root", 32)),
        label_key=parse_address(top["labelKey"], f"{place}/labelKey"),
    )
