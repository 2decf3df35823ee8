"""One genuine body of each kind, complete and consistent with one another; tests change copies of them."""

from __future__ import annotations

import copy
from typing import Any

HOLDER = "uscc:91210100MA0P0EXAM1"
CERTIFIER = "uscc:91110000MA0C0EXAM2"
REGULATOR = "uscc:11210100MB0R0EXAM3"
CATEGORY = "urn:pact:tanji.example:category:refrigerator"
GTIN = "06901234567892"
FOOTPRINT_ID = "0x" + "0f" * 32
RULE_ID = "0x" + "1a" * 32
CERTIFICATE_ID = "0x" + "2b" * 32
LABEL_KEY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

_FOOTPRINT: dict[str, Any] = {
    "id": "7b3e2f10-6a4c-4d2e-9b1f-0a1b2c3d4e5f",
    "specVersion": "3.0.0",
    "created": "2026-03-01T00:00:00Z",
    "status": "Active",
    "companyName": "沈阳示例电器有限公司",
    "companyIds": ["urn:pact:gsxt.gov.cn:uscc:91210100MA0P0EXAM1"],
    "productDescription": "Two-door refrigerator, 300 L",
    "productIds": [f"urn:gtin:{GTIN}", "urn:pact:example.cn:product-id:BCD-300"],
    "productClassifications": [CATEGORY],
    "productNameCompany": "示例冰箱 BCD-300",
    "pcf": {
        "declaredUnitOfMeasurement": "piece",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": "62.5",
        "referencePeriodStart": "2025-01-01T00:00:00+08:00",
        "referencePeriodEnd": "2026-01-01T00:00:00+08:00",
        "geographyCountrySubdivision": "CN-LN",
        "pcfExcludingBiogenicUptake": "310.5",
        "pcfIncludingBiogenicUptake": "310.5",
        "fossilGhgEmissions": "310.5",
        "fossilCarbonContent": "4.1",
        "packagingEmissionsIncluded": True,
        "ipccCharacterizationFactors": ["AR6"],
        "crossSectoralStandards": ["ISO14067"],
        "exemptedEmissionsPercent": "0",
    },
    "extensions": [
        {
            "specVersion": "3.0.0",
            "dataSchema": "urn:tanji:footprint:1",
            "data": {
                "boundary": "cradle-to-gate",
                "plants": ["沈阳一厂"],
                "rule": "PCR-REFRIGERATOR-2026",
                "stages": [
                    {"stage": "原材料", "amount": "250.0"},
                    {"stage": "制造", "amount": "65.5"},
                    {"stage": "回收抵扣", "amount": "-5.0"},
                ],
                "inventory": [
                    {
                        "stage": "原材料", "activity": "冷轧钢板", "amount": "100", "unit": "kg",
                        "factor": "2.5", "factorUnit": "kgCO2e/kg", "source": "example factor set", "emissions": "250.0",
                    },
                    {
                        "stage": "制造", "activity": "外购电力", "amount": "131", "unit": "kWh",
                        "factor": "0.5", "factorUnit": "kgCO2/kWh", "source": "example grid factor", "emissions": "65.5",
                    },
                    {
                        "stage": "回收抵扣", "activity": "废钢回收", "amount": "2", "unit": "kg",
                        "factor": "-2.5", "factorUnit": "kgCO2e/kg", "source": "example factor set", "emissions": "-5.0",
                    },
                ],
                "upstream": [
                    {"statement": CERTIFICATE_ID, "amount": "100", "unit": "kilogram", "emissions": "250.0"},
                ],
                "source": "example",
                "note": "made up\nfor tests",
            },
        }
    ],
}  # fmt: skip

_CERTIFICATE: dict[str, Any] = {
    "number": "TJ-2026-000001",
    "version": 1,
    "holder": HOLDER,
    "footprint": FOOTPRINT_ID,
    "products": [{"gtin": GTIN, "name": "示例冰箱", "model": "BCD-300", "plants": ["沈阳一厂"]}],
    "category": CATEGORY,
    "pcf": "310.5",
    "declaredUnit": {"amount": "1", "unit": "piece"},
    "grade": {"value": "B", "rule": RULE_ID},
    "scheme": {"id": "TANJI-EX-1", "name": "示例认证方案"},
    "assurance": "reasonable",
    "granularity": "model",
    "validFrom": 1_775_000_000,
    "validUntil": 1_838_000_000,
    "quota": 10_000,
}

_LABELS: dict[str, Any] = {
    "certificate": CERTIFICATE_ID,
    "gtin": GTIN,
    "batch": "B2026-04",
    "first": 0,
    "count": 500,
    "root": "0x" + "3c" * 32,
    "labelKey": LABEL_KEY,
}

_RULE: dict[str, Any] = {
    "code": "SY-GRADE-1",
    "version": 2,
    "name": "产品碳足迹分级示例规则",
    "effectiveFrom": 1_767_196_800,
    "effectiveUntil": 1_830_268_800,
    "tables": [
        {
            "category": CATEGORY,
            "unit": "piece",
            "amount": "1",
            "grades": [
                {"grade": "A", "max": "300"},
                {"grade": "B", "max": "320.0"},
                {"grade": "C", "max": "360"},
                {"grade": "E"},
            ],
        }
    ],
}

GENUINE = {"footprint": _FOOTPRINT, "certificate": _CERTIFICATE, "labels": _LABELS, "rule": _RULE}


def body(kind: str) -> dict[str, Any]:
    """A fresh copy of the genuine body of `kind`."""
    return copy.deepcopy(GENUINE[kind])


def changed(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """A copy of `document` with `value` at an RFC 6901 pointer; `-` as the last token appends to a list."""
    made = copy.deepcopy(document)
    parent, last = _parent(made, pointer)
    if isinstance(parent, list) and last == "-":
        parent.append(value)
    elif isinstance(parent, list):
        parent[int(last)] = value
    else:
        parent[last] = value
    return made


def without(document: dict[str, Any], pointer: str) -> dict[str, Any]:
    """A copy of `document` without the member or item at an RFC 6901 pointer."""
    made = copy.deepcopy(document)
    parent, last = _parent(made, pointer)
    del parent[int(last) if isinstance(parent, list) else last]
    return made


def at(document: Any, pointer: str) -> Any:
    """The value at an RFC 6901 pointer (no escapes: our own members need none)."""
    for token in pointer.split("/")[1:]:
        document = document[int(token) if isinstance(document, list) else token]
    return document


def _parent(document: Any, pointer: str) -> tuple[Any, str]:
    tokens = pointer.split("/")
    return at(document, "/".join(tokens[:-1])), tokens[-1]
