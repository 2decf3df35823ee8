"""A certifier's terms as a TOML or JSON file: what the certifier decides, the rest is the footprint's.

number = "TJ-2026-000001"          category = "urn:pact:…"        quota = 10000
schemeId = "TANJI-EX-1"            schemeName = "示例认证方案"      assurance = "reasonable" | "limited"
granularity = "item" | "batch" | "model"                          validFrom, validUntil = date, RFC 3339 or unix seconds
version?  replaces? (id)           products? = [{ code = "urn:gtin:…", name, model?, plants? }]
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.cli.options import read_bytes
from api.cli.output import EXIT_UNREADABLE, CommandError

if TYPE_CHECKING:
    from ledger.intake.drafts import CertificateTerms, CertifiedProduct, GradeRule
    from verifier.types import JsonValue, StatementId

MAX_BYTES: Final = 65_536
_REQUIRED: Final = frozenset(
    {
        "number",
        "category",
        "schemeId",
        "schemeName",
        "assurance",
        "granularity",
        "validFrom",
        "validUntil",
        "quota",
    }
)
_OPTIONAL: Final = frozenset({"version", "replaces", "products"})


def read_terms(file: Path, *, certifier: str, grade_rule: GradeRule | None) -> CertificateTerms:
    """Read the terms. Raises CommandError (not TOML or JSON) and MalformedError (names the member and the rule)."""
    from ledger.intake.drafts import CertificateTerms
    from verifier.bodies.fields import read_integer, read_object
    from verifier.encoding import parse_hex
    from verifier.types import StatementId

    members = read_object(_document(file), "", _REQUIRED, _OPTIONAL)
    replaces: StatementId | None = None
    if "replaces" in members:
        replaces = StatementId(parse_hex(members["replaces"], "/replaces", 32))
    return CertificateTerms(
        certifier=certifier,
        number=_text(members, "number"),
        category=_text(members, "category"),
        scheme_id=_text(members, "schemeId"),
        scheme_name=_text(members, "schemeName"),
        assurance=_text(members, "assurance"),
        granularity=_text(members, "granularity"),
        valid_from=_time(members, "validFrom"),
        valid_until=_time(members, "validUntil"),
        quota=read_integer(members["quota"], "/quota", least=0, most=2**30),
        version=read_integer(members.get("version", 1), "/version", least=1, most=2**31 - 1),
        products=_products(members.get("products", [])),
        grade_rule=grade_rule,
        replaces=replaces,
    )


def _document(file: Path) -> JsonValue:
    from verifier.canonical import parse

    data = read_bytes(file, MAX_BYTES)
    if file.suffix != ".toml":
        return parse(data)
    import json
    import tomllib

    try:
        loaded = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CommandError("terms.toml", f"{file}: {error}", exit_status=EXIT_UNREADABLE) from error
    # Through the strict profile, like everything that ends up in a signed body; TOML's dates become texts.
    return parse(json.dumps(loaded, ensure_ascii=False, default=lambda value: value.isoformat()).encode())


def _products(value: JsonValue) -> tuple[CertifiedProduct, ...]:
    from ledger.intake.drafts import CertifiedProduct
    from verifier.bodies.fields import read_array, read_object

    products = []
    for number, item in enumerate(read_array(value, "/products", least=0, most=100)):
        place = f"/products/{number}"
        members = read_object(item, place, frozenset({"code", "name"}), frozenset({"model", "plants"}))
        plants = read_array(members.get("plants", []), f"{place}/plants", least=0, most=100)
        products.append(
            CertifiedProduct(
                code=_text(members, "code", place),
                name=_text(members, "name", place),
                model=_text(members, "model", place) if "model" in members else None,
                plants=tuple(str(plant) for plant in plants),
            )
        )
    return tuple(products)


def _text(members: dict[str, JsonValue], name: str, place: str = "") -> str:
    from verifier.errors import MalformedError

    value = members[name]
    if not isinstance(value, str):
        raise MalformedError("string", f"{place}/{name}")
    return value


def _time(members: dict[str, JsonValue], name: str) -> int:
    from verifier.command import parse_moment
    from verifier.errors import MalformedError, VerifierError

    value = members[name]
    if type(value) is int:
        return value
    try:
        return parse_moment(str(value))
    except VerifierError as error:
        raise MalformedError("time", f"/{name}", "a date, RFC 3339 or unix seconds") from error
