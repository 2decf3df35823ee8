"""The one line a wallet shows when a statement is signed, derived from the body (spec 02, summaries).

Fixed-format fields come first and free text last, in 「」, so no name can pose as another field.
"""

from verifier.bodies import Body, Certificate, Footprint, Labels, Rule, parse_body
from verifier.encoding import to_hex
from verifier.hashing import keccak256
from verifier.times import shanghai_date
from verifier.types import JsonValue

SEPARATOR = " · "
CUT = 40
_SHORT_ID = 18  # "0x" and 8 bytes


def derive_summary(kind: str, body: JsonValue, place: str = "") -> str:
    """The summary of a statement of `kind` with this body. Raises MalformedError when the body has not the kind's form."""
    parsed = parse_body(kind, body, place)
    return f"Unknown statement kind {kind}" if parsed is None else summarize(parsed)


def summarize(body: Body) -> str:
    """The summary of a parsed body."""
    match body:
        case Footprint():
            return _footprint(body)
        case Certificate():
            return _certificate(body)
        case Labels():
            return _labels(body)
        case Rule():
            return _rule(body)


def hash_summary(summary: str) -> bytes:
    """summaryHash: keccak256 of the UTF-8 text, as EIP-712 hashes a string member."""
    return keccak256(summary.encode("utf-8"))


def cut(text: str) -> str:
    """The first 40 code points."""
    return text[:CUT]


def _footprint(body: Footprint) -> str:
    return SEPARATOR.join(
        (
            f"Footprint {body.pcf.text} kgCO2e per {body.unit_amount.text} {body.unit}",
            f"{body.reference_start_text[:10]} to {body.reference_end_text[:10]}",
            body.product_ids[0],
            f"「{cut(body.product_name)}」",
        )
    )


def _certificate(body: Certificate) -> str:
    return SEPARATOR.join(
        (
            f"Certificate {body.number} v{body.version}",
            "no grade" if body.grade is None else body.grade.value,
            f"{body.pcf.text} kgCO2e per {body.unit_amount.text} {body.unit}",
            f"{shanghai_date(body.valid_from)} to {shanghai_date(body.valid_until)}",
            f"quota {body.quota}",
            f"holder {body.holder}",
            f"footprint {to_hex(body.footprint)[:_SHORT_ID]}",
            f"「{cut(body.products[0].name)}」",
        )
    )


def _labels(body: Labels) -> str:
    return SEPARATOR.join(
        (
            f"Labels {body.count} from {body.first}",
            f"GMN {body.gmn}" if body.gtin is None else f"GTIN {body.gtin}",
            f"batch {body.batch}",
            f"certificate {to_hex(body.certificate)[:_SHORT_ID]}",
        )
    )


def _rule(body: Rule) -> str:
    return SEPARATOR.join(
        (
            f"Rule {body.code} v{body.version}",
            f"{len(body.tables)} tables",
            f"from {shanghai_date(body.effective_from)}",
            f"「{cut(body.name)}」",
        )
    )
