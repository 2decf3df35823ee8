"""Typed bodies of the statement kinds (spec 03), parsed strictly from JSON values.

Those of every verdict are named tuples where the house has frozen dataclasses, here and in `verifier.checks`: a tuple of
eighteen members is made in 3 µs, the dataclass in 15.
"""

from verifier.bodies.certificate import Certificate, GradeClaim, Product, parse_certificate
from verifier.bodies.extension import FootprintExtension, InventoryLine, Stage, UpstreamSupply
from verifier.bodies.footprint import Footprint, parse_footprint
from verifier.bodies.labels import Labels, parse_labels
from verifier.bodies.rule import GradeResult, GradeTable, Rule, grade_for, parse_rule
from verifier.types import JsonValue

Body = Footprint | Certificate | Labels | Rule

__all__ = [
    "Body",
    "Certificate",
    "Footprint",
    "FootprintExtension",
    "GradeClaim",
    "GradeResult",
    "GradeTable",
    "InventoryLine",
    "Labels",
    "Product",
    "Rule",
    "Stage",
    "UpstreamSupply",
    "grade_for",
    "parse_body",
    "parse_certificate",
    "parse_footprint",
    "parse_labels",
    "parse_rule",
]


def parse_body(kind: str, body: JsonValue, place: str = "") -> Body | None:
    """Parse the body of a known kind; None for an unknown kind, which is never interpreted. Raises MalformedError."""
    match kind:
        case "footprint":
            return parse_footprint(body, place)
        case "certificate":
            return parse_certificate(body, place)
        case "labels":
            return parse_labels(body, place)
        case "rule":
            return parse_rule(body, place)
        case _:
            return None
