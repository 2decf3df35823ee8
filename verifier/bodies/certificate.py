"""The certificate body (spec 03, certificate). Nothing in it can be sealed."""

import re
from typing import NamedTuple

from verifier.bodies import fields
from verifier.bodies.fields import GRADES, Unit
from verifier.decimals import Quantity, parse_quantity
from verifier.identifiers import Party, check_gmn, check_gtin, parse_party
from verifier.types import JsonValue, StatementId

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,39}", re.ASCII)
_GTIN = re.compile(r"[0-9]{14}", re.ASCII)
MAX_QUOTA = 2**30
MAX_VERSION = 2**31 - 1

_REQUIRED = frozenset(
    {
        "number",
        "version",
        "holder",
        "footprint",
        "products",
        "category",
        "pcf",
        "declaredUnit",
        "scheme",
        "assurance",
        "granularity",
        "validFrom",
        "validUntil",
        "quota",
    }
)
_OPTIONAL = frozenset({"replaces", "grade"})
_PRODUCT_GTIN, _PRODUCT_GMN = frozenset({"gtin", "name"}), frozenset({"gmn", "name"})
_PRODUCT_OPTIONAL = frozenset({"model", "plants"})
_DECLARED_UNIT = frozenset({"amount", "unit"})
_GRADE, _GRADE_OPTIONAL = frozenset({"value"}), frozenset({"rule"})
_SCHEME = frozenset({"id", "name"})
_ASSURANCES = frozenset({"limited", "reasonable"})
_GRANULARITIES = frozenset({"item", "batch", "model"})


class Product(NamedTuple):
    """A certified product: exactly one of `gtin` (14 digits) and `gmn` is set."""

    gtin: str | None
    gmn: str | None
    name: str
    model: str | None
    plants: tuple[str, ...]

    @property
    def urn(self) -> str:
        """How the footprint's productIds name it: `urn:gtin:<14 digits>` or `urn:gmn:<value>`."""
        return f"urn:gmn:{self.gmn}" if self.gtin is None else f"urn:gtin:{self.gtin}"


class GradeClaim(NamedTuple):
    """The claimed grade "A".."E" and the rule statement it is derived from, if one is named."""

    value: str
    rule: StatementId | None


class Certificate(NamedTuple):
    """A certificate as signed. `pcf` in kgCO2e per `unit_amount` (> 0) of `unit`; times in unix seconds."""

    number: str
    version: int
    replaces: StatementId | None
    holder: Party
    footprint: StatementId
    products: tuple[Product, ...]
    category: str
    pcf: Quantity
    unit: Unit
    unit_amount: Quantity
    grade: GradeClaim | None
    scheme_id: str
    scheme_name: str
    assurance: str
    granularity: str
    valid_from: int
    valid_until: int
    quota: int


def parse_certificate(body: JsonValue, place: str = "") -> Certificate:
    """Parse a certificate body. Raises MalformedError naming member (JSON pointer after `place`) and rule."""
    top = fields.read_object(body, place, _REQUIRED, _OPTIONAL)
    declared = fields.read_object(top["declaredUnit"], f"{place}/declaredUnit", _DECLARED_UNIT)
    scheme = fields.read_object(top["scheme"], f"{place}/scheme", _SCHEME)
    return Certificate(
        fields.read_pattern(top["number"], f"{place}/number", NUMBER),
        fields.read_integer(top["version"], f"{place}/version", least=1, most=MAX_VERSION),
        fields.read_statement_id(top["replaces"], f"{place}/replaces") if "replaces" in top else None,
        parse_party(top["holder"], f"{place}/holder"),
        fields.read_statement_id(top["footprint"], f"{place}/footprint"),
        _products(top["products"], f"{place}/products"),
        fields.read_urn(top["category"], f"{place}/category"),
        parse_quantity(top["pcf"], f"{place}/pcf"),
        fields.read_unit(declared["unit"], f"{place}/declaredUnit/unit"),
        fields.read_positive(declared["amount"], f"{place}/declaredUnit/amount"),
        _grade(top["grade"], f"{place}/grade") if "grade" in top else None,
        fields.read_token(scheme["id"], f"{place}/scheme/id"),
        fields.read_name(scheme["name"], f"{place}/scheme/name"),
        fields.read_choice(top["assurance"], f"{place}/assurance", _ASSURANCES),
        fields.read_choice(top["granularity"], f"{place}/granularity", _GRANULARITIES),
        fields.read_time(top["validFrom"], f"{place}/validFrom"),
        fields.read_time(top["validUntil"], f"{place}/validUntil"),
        fields.read_integer(top["quota"], f"{place}/quota", least=0, most=MAX_QUOTA),
    )


def read_gtin(value: object, place: str) -> str:
    """A GTIN of 14 digits with a good check digit. Raises MalformedError."""
    gtin = fields.read_pattern(value, place, _GTIN)
    check_gtin(gtin, place)
    return gtin


def read_gmn(value: object, place: str) -> str:
    """A GMN with its check characters. Raises MalformedError: `gmn`, `gmn-check`."""
    check_gmn(value, place)
    return str(value)


def _products(value: JsonValue, place: str) -> tuple[Product, ...]:
    items = fields.read_array(value, place, least=1, most=100)
    products = tuple([_product(item, f"{place}/{index}") for index, item in enumerate(items)])
    if len(products) > 1:
        fields.require_distinct([product.urn for product in products], place)
    return products


def _product(value: JsonValue, place: str) -> Product:
    by_gmn = type(value) is dict and "gmn" in value
    members = fields.read_object(value, place, _PRODUCT_GMN if by_gmn else _PRODUCT_GTIN, _PRODUCT_OPTIONAL)
    return Product(
        None if by_gmn else read_gtin(members["gtin"], f"{place}/gtin"),
        read_gmn(members["gmn"], f"{place}/gmn") if by_gmn else None,
        fields.read_name(members["name"], f"{place}/name"),
        fields.read_name(members["model"], f"{place}/model") if "model" in members else None,
        _plants(members["plants"], f"{place}/plants") if "plants" in members else (),
    )


def _plants(value: JsonValue, place: str) -> tuple[str, ...]:
    items = fields.read_array(value, place, least=1, most=100)
    return tuple([fields.read_name(item, f"{place}/{index}") for index, item in enumerate(items)])


def _grade(value: JsonValue, place: str) -> GradeClaim:
    members = fields.read_object(value, place, _GRADE, _GRADE_OPTIONAL)
    return GradeClaim(
        fields.read_choice(members["value"], f"{place}/value", GRADES),
        fields.read_statement_id(members["rule"], f"{place}/rule") if "rule" in members else None,
    )
