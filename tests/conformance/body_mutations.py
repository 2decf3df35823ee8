"""The reject vectors of bodies: each a single change to a genuine body, with the rule broken and the place named.

`python -m tests.conformance.body_mutations` writes them to tests/conformance/bodies/; a test keeps the files equal to this list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.bodies import GENUINE, GTIN, at, body, changed, without

FOLDER = Path(__file__).parent / "bodies"
_DATA = "/extensions/0/data"
_SEALED = {"$sealed": "A" * 43}

# kind, name, pointer, new value, rule, place (None: the pointer)
CHANGES: tuple[tuple[str, str, str, Any, str, str | None], ...] = (
    ("certificate", "number-with-space", "/number", "TJ 1", "form", None),
    ("certificate", "number-41-characters", "/number", "A" * 41, "form", None),
    ("certificate", "number-trailing-newline", "/number", "TJ-1\n", "form", None),
    ("certificate", "version-zero", "/version", 0, "range", None),
    ("certificate", "version-true", "/version", True, "integer", None),
    ("certificate", "version-text", "/version", "1", "integer", None),
    ("certificate", "replaces-short-id", "/replaces", "0x" + "00" * 16, "size", None),
    ("certificate", "holder-lower-case", "/holder", "uscc:91210100ma0p0exam1", "party", None),
    ("certificate", "footprint-upper-case-hex", "/footprint", "0x" + "0F" * 32, "hex", None),
    ("certificate", "products-none", "/products", [], "array-length", None),
    ("certificate", "products-object", "/products", {}, "array", None),
    ("certificate", "gtin-wrong-check-digit", "/products/0/gtin", "06901234567893", "gtin-check", None),
    ("certificate", "gtin-13-digits", "/products/0/gtin", "6901234567892", "form", None),
    ("certificate", "gtin-full-width", "/products/0/gtin", "０6901234567892", "form", None),
    ("certificate", "gtin-and-gmn", "/products/0/gmn", "1987654Ad4X4bL5ttr2310c2K", "unknown-member", "/products/0/gtin"),
    ("certificate", "product-twice", "/products/-", {"gtin": GTIN, "name": "另一名"}, "listed-twice", "/products/1"),
    ("certificate", "name-with-middle-dot", "/products/0/name", "冰箱 · 0.10 kgCO2e/kg · valid 2030", "name-separator", None),
    ("certificate", "name-with-left-bracket", "/products/0/name", "冰箱「A", "name-separator", None),
    ("certificate", "name-with-right-bracket", "/products/0/name", "冰箱」A", "name-separator", None),
    ("certificate", "name-with-newline", "/products/0/name", "冰箱\nA", "line", None),
    ("certificate", "name-empty", "/products/0/name", "", "string-length", None),
    ("certificate", "name-201-code-points", "/products/0/name", "冰" * 201, "string-length", None),
    ("certificate", "category-not-a-urn", "/category", "refrigerator", "form", None),
    ("certificate", "category-with-space", "/category", "urn:cpc:01 51", "form", None),
    ("certificate", "category-sealed", "/category", _SEALED, "form", None),
    ("certificate", "pcf-number", "/pcf", 310, "quantity", None),
    ("certificate", "pcf-plus-sign", "/pcf", "+310.5", "quantity", None),
    ("certificate", "pcf-exponent", "/pcf", "3.1e2", "quantity", None),
    ("certificate", "pcf-leading-zero", "/pcf", "0310.5", "quantity", None),
    ("certificate", "pcf-bare-point", "/pcf", "310.", "quantity", None),
    ("certificate", "pcf-trailing-text", "/pcf", "310.5kg", "quantity", None),
    ("certificate", "pcf-trailing-newline", "/pcf", "310.5\n", "quantity", None),
    ("certificate", "pcf-full-width-digit", "/pcf", "３10.5", "quantity", None),
    ("certificate", "pcf-negative-zero", "/pcf", "-0.0", "negative-zero", None),
    ("certificate", "pcf-19-places", "/pcf", "0.0000000000000000001", "quantity-digits", None),
    ("certificate", "pcf-31-digits", "/pcf", "1" * 31, "quantity-digits", None),
    ("certificate", "pcf-sealed", "/pcf", _SEALED, "quantity", None),
    ("certificate", "declared-amount-zero", "/declaredUnit/amount", "0", "not-positive", None),
    ("certificate", "declared-amount-negative", "/declaredUnit/amount", "-1", "not-positive", None),
    ("certificate", "declared-unit-unknown", "/declaredUnit/unit", "kg", "choice", None),
    ("certificate", "grade-f", "/grade/value", "F", "choice", None),
    ("certificate", "grade-text", "/grade", "A", "object", None),
    ("certificate", "grade-null", "/grade", None, "object", None),
    ("certificate", "scheme-id-with-space", "/scheme/id", "TANJI EX", "form", None),
    ("certificate", "assurance-absolute", "/assurance", "absolute", "choice", None),
    ("certificate", "granularity-plant", "/granularity", "plant", "choice", None),
    ("certificate", "valid-from-text", "/validFrom", "2026-04-01", "integer", None),
    ("certificate", "valid-until-five-digit-year", "/validUntil", 253_402_272_000, "range", None),
    ("certificate", "valid-until-sealed", "/validUntil", _SEALED, "integer", None),
    ("certificate", "quota-above-limit", "/quota", 2**30 + 1, "range", None),
    ("certificate", "quota-negative", "/quota", -1, "range", None),
    ("certificate", "quota-sealed", "/quota", _SEALED, "integer", None),
    ("certificate", "unknown-member", "/offset", "100", "unknown-member", None),
    ("footprint", "id-not-a-uuid", "/id", "1234", "form", None),
    ("footprint", "spec-version-2", "/specVersion", "2.3.0", "form", None),
    ("footprint", "status-lower-case", "/status", "active", "choice", None),
    ("footprint", "company-name-with-middle-dot", "/companyName", "甲·乙", "name-separator", None),
    ("footprint", "product-name-with-middle-dot", "/productNameCompany", "冰箱 · 0.10", "name-separator", None),
    ("footprint", "product-ids-none", "/productIds", [], "array-length", None),
    ("footprint", "product-id-twice", "/productIds/-", f"urn:gtin:{GTIN}", "listed-twice", "/productIds/2"),
    ("footprint", "product-id-not-a-urn", "/productIds/0", f"gtin:{GTIN}", "form", None),
    ("footprint", "product-id-with-middle-dot", "/productIds/0", "urn:gtin:1·2", "form", None),
    ("footprint", "classifications-none", "/productClassifications", [], "array-length", None),
    ("footprint", "classifications-sealed", "/productClassifications", _SEALED, "array", None),
    ("footprint", "pcf-list", "/pcf", [], "object", None),
    ("footprint", "pcf-figure-trailing-text", "/pcf/pcfExcludingBiogenicUptake", "5abc", "quantity", None),
    ("footprint", "pcf-figure-sealed", "/pcf/pcfExcludingBiogenicUptake", _SEALED, "quantity", None),
    ("footprint", "declared-amount-zero", "/pcf/declaredUnitAmount", "0.0", "not-positive", None),
    ("footprint", "declared-unit-unknown", "/pcf/declaredUnitOfMeasurement", "Piece", "choice", None),
    ("footprint", "period-backwards", "/pcf/referencePeriodEnd", "2024-12-31T16:00:00Z", "period", "/pcf/referencePeriodStart"),
    ("footprint", "period-date-only", "/pcf/referencePeriodStart", "2025-01-01", "date-time", None),
    ("footprint", "period-no-offset", "/pcf/referencePeriodStart", "2025-01-01T00:00:00", "date-time", None),
    ("footprint", "period-space-for-t", "/pcf/referencePeriodStart", "2025-01-01 00:00:00Z", "date-time", None),
    ("footprint", "period-lower-case-z", "/pcf/referencePeriodStart", "2025-01-01T00:00:00z", "date-time", None),
    ("footprint", "period-30-february", "/pcf/referencePeriodStart", "2025-02-30T00:00:00Z", "date-time", None),
    ("footprint", "period-leap-second", "/pcf/referencePeriodStart", "2016-12-31T23:59:60Z", "date-time", None),
    ("footprint", "period-hour-24", "/pcf/referencePeriodStart", "2025-01-01T24:00:00Z", "date-time", None),
    ("footprint", "period-before-1970", "/pcf/referencePeriodStart", "1969-12-31T23:59:59Z", "date-time", None),
    ("footprint", "validity-before-reference-end", "/validityPeriodEnd", "2025-12-31T15:59:59Z", "period", None),
    ("footprint", "validity-beyond-three-years", "/validityPeriodEnd", "2028-12-31T16:00:01Z", "period", None),
    ("footprint", "extensions-object", "/extensions", {}, "array", None),
    ("footprint", "extension-data-sealed", _DATA, _SEALED, "missing-member", f"{_DATA}/boundary"),
    ("footprint", "boundary-sealed", f"{_DATA}/boundary", _SEALED, "choice", None),
    ("footprint", "boundary-gate-to-gate", f"{_DATA}/boundary", "gate-to-gate", "choice", None),
    ("footprint", "extension-unknown-member", f"{_DATA}/offsets", "100", "unknown-member", None),
    ("footprint", "plant-with-middle-dot", f"{_DATA}/plants/0", "一厂·A", "name-separator", None),
    ("footprint", "stages-none", f"{_DATA}/stages", [], "array-length", None),
    ("footprint", "stage-amount-number", f"{_DATA}/stages/0/amount", 250, "quantity", None),
    ("footprint", "stage-unknown-member", f"{_DATA}/stages/0/share", "1", "unknown-member", None),
    ("footprint", "stage-name-two-lines", f"{_DATA}/stages/0/stage", "a\nb", "line", None),
    ("footprint", "line-factor-per-other-unit", f"{_DATA}/inventory/0/factorUnit", "kgCO2e/t", "factor-unit", None),
    ("footprint", "line-factor-in-tonnes", f"{_DATA}/inventory/0/factorUnit", "tCO2e/kg", "factor-unit", None),
    ("footprint", "line-emissions-exponent", f"{_DATA}/inventory/0/emissions", "2.5e2", "quantity", None),
    ("footprint", "upstream-amount-zero", f"{_DATA}/upstream/0/amount", "0", "not-positive", None),
    ("footprint", "upstream-unit-unknown", f"{_DATA}/upstream/0/unit", "tonne", "choice", None),
    ("footprint", "upstream-statement-short", f"{_DATA}/upstream/0/statement", "0x00", "size", None),
    ("footprint", "sealed-with-sibling", f"{_DATA}/stages/0/amount", {**_SEALED, "hint": "1"}, "seal", None),
    ("footprint", "sealed-spare-bits", f"{_DATA}/note", {"$sealed": "A" * 42 + "B"}, "base64url", f"{_DATA}/note/$sealed"),
    ("footprint", "sealed-31-bytes", f"{_DATA}/note", {"$sealed": "A" * 42 + ""}, "size", f"{_DATA}/note/$sealed"),
    ("labels", "count-zero", "/count", 0, "range", None),
    ("labels", "first-negative", "/first", -1, "range", None),
    ("labels", "reach-beyond-30-bits", "/first", 2**30 - 499, "range", "/count"),
    ("labels", "batch-with-space", "/batch", "B 1", "form", None),
    ("labels", "batch-21-characters", "/batch", "B" * 21, "form", None),
    ("labels", "root-33-bytes", "/root", "0x" + "00" * 33, "size", None),
    ("labels", "label-key-lower-case", "/labelKey", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "checksum", None),
    ("labels", "gtin-12-digits", "/gtin", "690123456789", "form", None),
    ("labels", "unknown-member", "/quota", 1, "unknown-member", None),
    ("labels", "gtin-and-gmn", "/gmn", "1987654Ad4X4bL5ttr2310c2K", "unknown-member", "/gtin"),
    ("rule", "code-lower-case", "/code", "sy-1", "form", None),
    ("rule", "name-with-middle-dot", "/name", "规则·一", "name-separator", None),
    ("rule", "until-at-from", "/effectiveUntil", 1_767_196_800, "range", None),
    ("rule", "tables-none", "/tables", [], "array-length", None),
    ("rule", "table-amount-zero", "/tables/0/amount", "0", "not-positive", None),
    ("rule", "grades-none", "/tables/0/grades", [], "array-length", None),
    ("rule", "grade-repeated", "/tables/0/grades/1/grade", "A", "grade-order", None),
    ("rule", "grade-unknown", "/tables/0/grades/0/grade", "A+", "choice", None),
    ("rule", "max-not-rising", "/tables/0/grades/1/max", "300.00", "grade-order", None),
    ("rule", "last-with-max", "/tables/0/grades/3/max", "400", "grade-max", None),
    ("rule", "max-not-a-quantity", "/tables/0/grades/0/max", "3e2", "quantity", None),
)  # fmt: skip

# Members whose absence is refused: everything these bodies must have.
REQUIRED = {
    "certificate": (
        "/number", "/version", "/holder", "/footprint", "/products", "/products/0/gtin", "/products/0/name", "/category", "/pcf", "/declaredUnit",
        "/declaredUnit/amount", "/declaredUnit/unit", "/grade/value", "/scheme", "/scheme/id", "/scheme/name", "/assurance",
        "/granularity", "/validFrom", "/validUntil", "/quota",
    ),
    "footprint": (
        "/id", "/specVersion", "/status", "/companyName", "/companyIds", "/productNameCompany", "/productIds", "/pcf",
        "/pcf/declaredUnitOfMeasurement", "/pcf/declaredUnitAmount", "/pcf/pcfExcludingBiogenicUptake", "/pcf/referencePeriodStart",
        "/pcf/referencePeriodEnd", "/extensions/0/dataSchema", _DATA, f"{_DATA}/boundary", f"{_DATA}/stages/0/stage",
        f"{_DATA}/stages/0/amount", f"{_DATA}/inventory/0/activity", f"{_DATA}/inventory/0/emissions", f"{_DATA}/upstream/0/statement",
    ),
    "labels": ("/certificate", "/gtin", "/batch", "/first", "/count", "/root", "/labelKey"),
    "rule": (
        "/code", "/version", "/name", "/effectiveFrom", "/tables", "/tables/0/category", "/tables/0/unit", "/tables/0/amount",
        "/tables/0/grades", "/tables/0/grades/0/grade",
    ),
}  # fmt: skip


def vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and content of every vector, accepted bodies first."""
    for kind in GENUINE:
        yield f"{kind}/genuine.json", {"description": f"the genuine {kind}", "kind": kind, "body": body(kind)}
    by_gmn = changed(without(body("labels"), "/gtin"), "/gmn", "1987654Ad4X4bL5ttr2310c2K")
    yield "labels/genuine-gmn.json", {"description": "of a model without a GTIN", "kind": "labels", "body": by_gmn}
    for kind, name, pointer, value, rule, place in CHANGES:
        try:
            before = at(body(kind), pointer)
        except (KeyError, ValueError):
            before = None
        yield (
            f"{kind}/reject-{name}.json",
            {
                "description": f"{pointer}: {_shown(before)} changed to {_shown(value)}",
                "kind": kind,
                "body": changed(body(kind), pointer, value),
                "reject": {"rule": rule, "place": pointer if place is None else place},
            },
        )
    for kind, pointers in REQUIRED.items():
        for pointer in pointers:
            yield (
                f"{kind}/reject-without{pointer.replace('/', '-')}.json",
                {
                    "description": f"{pointer} left out",
                    "kind": kind,
                    "body": without(body(kind), pointer),
                    "reject": {"rule": "missing-member", "place": pointer},
                },
            )
    two = changed(body("footprint"), "/extensions/-", body("footprint")["extensions"][0])
    yield (
        "footprint/reject-extension-twice.json",
        {
            "description": "a second extension urn:tanji:footprint:1 appended",
            "kind": "footprint",
            "body": two,
            "reject": {"rule": "listed-twice", "place": "/extensions/1/dataSchema"},
        },
    )


def render(vector: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def main() -> None:
    for old in FOLDER.glob("*/*.json"):
        old.unlink()
    for name, vector in vectors():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(vector), encoding="utf-8")


if __name__ == "__main__":
    main()
