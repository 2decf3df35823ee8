"""The labels body: one batch of issued labels under a certificate (spec 03, labels)."""

import re
from dataclasses import dataclass

from verifier.bodies import fields
from verifier.bodies.certificate import MAX_QUOTA, read_gtin
from verifier.encoding import parse_hex
from verifier.errors import MalformedError
from verifier.signature import parse_address
from verifier.types import Address, JsonValue, NodeHash, StatementId

_MEMBERS = frozenset({"certificate", "gtin", "batch", "first", "count", "root", "labelKey"})
_BATCH = re.compile(r"[!-~]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Serial indexes [first, first + count) of one GTIN and batch; `root` is the Merkle root of their leaves."""

    certificate: StatementId
    gtin: str
    batch: str
    first: int
    count: int
    root: NodeHash
    label_key: Address


def parse_labels(body: JsonValue, place: str = "") -> Labels:
    """Parse a labels body. Raises MalformedError naming member (JSON pointer after `place`) and rule."""
    top = fields.read_object(body, place, _MEMBERS)
    first = fields.read_integer(top["first"], f"{place}/first", least=0, most=MAX_QUOTA - 1)
    count = fields.read_integer(top["count"], f"{place}/count", least=1, most=MAX_QUOTA)
    if first + count > MAX_QUOTA:
        # An index has 30 bits in a serial, so no quota can reach further.
        raise MalformedError("range", f"{place}/count", "first + count is more than 2^30")
    return Labels(
        certificate=fields.read_statement_id(top["certificate"], f"{place}/certificate"),
        gtin=read_gtin(top["gtin"], f"{place}/gtin"),
        batch=fields.read_pattern(top["batch"], f"{place}/batch", _BATCH),
        first=first,
        count=count,
        root=NodeHash(parse_hex(top["root"], f"{place}/root", 32)),
        label_key=parse_address(top["labelKey"], f"{place}/labelKey"),
    )
