"""Evidence: the statements a verdict is about, each with its place in the log (docs/spec/06, Evidence). Carries no trust.

```
Evidence { v:1, origin, certificate?: Item, footprint?: Item, rule?: Item, upstream?: [{certificate: Item, footprint?: Item}],
           labels?: Item, label?: LabelEvidence }
Item     { statement, index, size, proof: base64url of the concatenated 32-byte hashes, disclosures?: [{path, salt, value}] }
LabelEvidence { text, leaf?: {gtin, serial, pinHash}, path?: base64url of the concatenated 32-byte hashes }       leaf and path together
```
`size` is the size of the first anchor that covers `index`. Disclosures go with footprints only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from struct import Struct
from typing import TYPE_CHECKING, Final

from verifier.bodies.fields import read_array, read_line, read_object
from verifier.canonical import canonicalize, parse
from verifier.documents import EVIDENCE_BYTES, read_size, read_version
from verifier.encoding import parse_base64url, parse_hex, to_base64url, to_hex
from verifier.errors import MalformedError
from verifier.sealed import Disclosure, parse_disclosures
from verifier.statement import Statement, parse_statement, statement_document
from verifier.types import JsonValue, NodeHash

if TYPE_CHECKING:
    from verifier.label import Label

_REQUIRED: Final = frozenset(("v", "origin"))
_OPTIONAL: Final = frozenset(("certificate", "footprint", "rule", "upstream", "labels", "label"))
_ITEM_REQUIRED: Final = frozenset(("statement", "index", "size", "proof"))
_ITEM_OPTIONAL: Final = frozenset(("disclosures",))
_UPSTREAM_REQUIRED: Final = frozenset(("certificate",))
_UPSTREAM_OPTIONAL: Final = frozenset(("footprint",))
_LABEL_REQUIRED: Final = frozenset(("text",))
_LABEL_OPTIONAL: Final = frozenset(("leaf", "path"))
_LEAF_MEMBERS: Final = frozenset(("gtin", "serial", "pinHash"))
_LONGEST_WORD: Final = 64  # characters of a leaf's gtin or serial
_MAX_UPSTREAM: Final = 1000
_MAX_PROOF_HASHES: Final = 64
_HASH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One statement and where it is in the log: 0-based index, tree size, and the RFC 9162 inclusion path."""

    statement: Statement
    index: int
    size: int
    proof: tuple[NodeHash, ...]
    disclosures: tuple[Disclosure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamEvidence:
    """A certificate the footprint draws on and, perhaps, that certificate's own footprint."""

    certificate: Item
    footprint: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A label's leaf in its batch: the words signed as `gtin` and `serial`, and the 32-byte pinHash (docs/spec/08)."""

    gtin: str
    serial: str
    pin_hash: bytes

    def data(self) -> bytes:
        """The bytes that the tree of the labels statement hashes."""
        return canonicalize(self.document())

    def document(self) -> dict[str, JsonValue]:
        """The members as the leaf's JSON has them."""
        return {"gtin": self.gtin, "serial": self.serial, "pinHash": to_hex(self.pin_hash)}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedLeaf:
    """A leaf with its inclusion path in the labels statement's tree, siblings nearest first."""

    leaf: Leaf
    path: tuple[NodeHash, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvidence:
    """A label's text as scanned, read, and the leaf that shows it was issued, where that is known."""

    text: str
    label: Label
    issued: IssuedLeaf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is to be judged. `origin` names the log the evidence says it comes from."""

    origin: str
    certificate: Item | None = None
    footprint: Item | None = None
    rule: Item | None = None
    upstream: tuple[UpstreamEvidence, ...] = ()
    labels: Item | None = None
    label: LabelEvidence | None = None


def parse_evidence(data: bytes) -> Evidence:
    """Read an evidence document, at most 8 MiB. Raises MalformedError."""
    document = read_object(parse(data, EVIDENCE_BYTES), "", _REQUIRED, _OPTIONAL)
    read_version(document["v"], "/v")
    return Evidence(
        origin=read_line(document["origin"], "/origin"),
        certificate=_optional_item(document, "certificate", ""),
        footprint=_optional_item(document, "footprint", ""),
        rule=_optional_item(document, "rule", ""),
        upstream=_upstream(document["upstream"]) if "upstream" in document else (),
        labels=_optional_item(document, "labels", ""),
        label=_label(document["label"], "/label") if "label" in document else None,
    )


def _label(value: JsonValue, place: str) -> LabelEvidence:
    members = read_object(value, place, _LABEL_REQUIRED, _LABEL_OPTIONAL)
    text = members["text"]
    if not isinstance(text, str):
        raise MalformedError("string", f"{place}/text", "a label's text is due")
    if ("leaf" in members) != ("path" in members):
        raise MalformedError("missing-member", place, "leaf and path are given together")
    from verifier.label import parse_label  # most evidence has no label, and reading GS1's tables takes a while

    issued = None
    if "leaf" in members:
        issued = IssuedLeaf(leaf=_leaf(members["leaf"], f"{place}/leaf"), path=_proof(members["path"], f"{place}/path"))
    return LabelEvidence(text=text, label=parse_label(text), issued=issued)


def _leaf(value: JsonValue, place: str) -> Leaf:
    members = read_object(value, place, _LEAF_MEMBERS)
    return Leaf(
        gtin=_word(members["gtin"], f"{place}/gtin"),
        serial=_word(members["serial"], f"{place}/serial"),
        pin_hash=parse_hex(members["pinHash"], f"{place}/pinHash", _HASH),
    )


def _word(value: JsonValue, place: str) -> str:
    """What a label key signs as gtin or serial; whether it is this label's is for `label.issued` to say."""
    if not isinstance(value, str) or len(value) > _LONGEST_WORD or not value.isascii():
        raise MalformedError("form", place, f"at most {_LONGEST_WORD} ASCII characters")
    return value


def _upstream(value: JsonValue) -> tuple[UpstreamEvidence, ...]:
    upstream: list[UpstreamEvidence] = []
    # an empty list would be a second spelling of no list at all
    for number, entry in enumerate(read_array(value, "/upstream", least=1, most=_MAX_UPSTREAM)):
        place = f"/upstream/{number}"
        members = read_object(entry, place, _UPSTREAM_REQUIRED, _UPSTREAM_OPTIONAL)
        upstream.append(
            UpstreamEvidence(
                certificate=parse_item(members["certificate"], f"{place}/certificate", "certificate"),
                footprint=_optional_item(members, "footprint", place),
            )
        )
    return tuple(upstream)


def _optional_item(document: Mapping[str, JsonValue], role: str, place: str) -> Item | None:
    return parse_item(document[role], f"{place}/{role}", role) if role in document else None


def parse_item(value: JsonValue, place: str, role: str) -> Item:
    """One statement with its place in the log. Raises MalformedError."""
    members = read_object(value, place, _ITEM_REQUIRED, _ITEM_OPTIONAL)
    if "disclosures" in members and role != "footprint":
        raise MalformedError("only a footprint has disclosures", f"{place}/disclosures")
    return Item(
        statement=parse_statement(members["statement"], f"{place}/statement"),
        index=read_size(members["index"], f"{place}/index"),
        size=read_size(members["size"], f"{place}/size", 1),
        proof=_proof(members["proof"], f"{place}/proof"),
        disclosures=parse_disclosures(members["disclosures"], f"{place}/disclosures")
        if "disclosures" in members
        else (),
    )


def _proof(value: JsonValue, place: str) -> tuple[NodeHash, ...]:
    raw = parse_base64url(value, place, _HASH * _MAX_PROOF_HASHES)
    count, rest = divmod(len(raw), _HASH)
    if rest:
        raise MalformedError("a whole number of 32-byte hashes", place, f"{len(raw)} bytes")
    return _hashes(count).unpack(raw)


@cache
def _hashes(count: int) -> Struct:
    """Cuts so many hashes in one call; `count` is at most _MAX_PROOF_HASHES."""
    return Struct("32s" * count)


def serialize_evidence(evidence: Evidence) -> bytes:
    """The canonical bytes `parse_evidence` reads."""
    document: dict[str, JsonValue] = {"v": 1, "origin": evidence.origin}
    if evidence.certificate is not None:
        document["certificate"] = item_document(evidence.certificate)
    if evidence.footprint is not None:
        document["footprint"] = item_document(evidence.footprint)
    if evidence.rule is not None:
        document["rule"] = item_document(evidence.rule)
    if evidence.upstream:
        document["upstream"] = [_upstream_document(upstream) for upstream in evidence.upstream]
    if evidence.labels is not None:
        document["labels"] = item_document(evidence.labels)
    if evidence.label is not None:
        document["label"] = _label_document(evidence.label)
    return canonicalize(document, EVIDENCE_BYTES)


def _label_document(label: LabelEvidence) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = {"text": label.text}
    if label.issued is not None:
        document["leaf"] = label.issued.leaf.document()
        document["path"] = to_base64url(b"".join(label.issued.path))
    return document


def _upstream_document(upstream: UpstreamEvidence) -> dict[str, JsonValue]:
    document: dict[str, JsonValue] = {"certificate": item_document(upstream.certificate)}
    if upstream.footprint is not None:
        document["footprint"] = item_document(upstream.footprint)
    return document


def item_document(item: Item) -> dict[str, JsonValue]:
    """The members of an Item as its JSON has them."""
    document: dict[str, JsonValue] = {
        "statement": statement_document(item.statement),
        "index": item.index,
        "size": item.size,
        "proof": to_base64url(b"".join(item.proof)),
    }
    if item.disclosures:
        document["disclosures"] = [
            {"path": disclosure.path, "salt": to_hex(disclosure.salt), "value": disclosure.value}
            for disclosure in item.disclosures
        ]
    return document
