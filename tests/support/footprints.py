"""A footprint body that breaks no rule and touches most of them; tests change one thing at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Body = dict[str, Any]

_PCF: Body = {
    "declaredUnitOfMeasurement": "kilogram",
    "declaredUnitAmount": "1",
    "productMassPerDeclaredUnit": "1",
    "referencePeriodStart": "2025-01-01T00:00:00Z",
    "referencePeriodEnd": "2026-01-01T00:00:00Z",
    "geographyCountrySubdivision": "CN-LN",
    "pcfExcludingBiogenicUptake": "0.384",
    "pcfIncludingBiogenicUptake": "-1.23",
    "fossilGhgEmissions": "0.35",
    "fossilCarbonContent": "0",
    "biogenicCarbonContent": "0.44",
    "landManagementFossilGhgEmissions": "0.03",
    "landManagementBiogenicCO2Emissions": "0.004",
    "biogenicCO2Uptake": "-1.61",
    "biogenicNonCO2Emissions": "0.002",
    "packagingEmissionsIncluded": True,
    "packagingGhgEmissions": "0.01",
    "ccsTechnologicalCO2CaptureIncluded": False,
    "ipccCharacterizationFactors": ["AR6"],
    "crossSectoralStandards": ["ISO14067", "PACT-3.0"],
    "exemptedEmissionsPercent": "0.8",
    "exemptedEmissionsDescription": "inputs below the cut-off",
    "secondaryEmissionFactorSources": [{"name": "national database", "version": "2025"}],
    "primaryDataShare": "12.9",
    "dqi": {"technologicalDQR": "1.5", "geographicalDQR": "3.2", "temporalDQR": "5"},
    "verification": {
        "coverage": "product level",
        "providerName": "Certifier",
        "completedAt": "2026-02-01T00:00:00Z",
        "standardName": "ISO 14067",
    },
}

_BODY: Body = {
    "id": "1f2e3d4c-5b6a-4978-8a9b-0c1d2e3f4a5b",
    "specVersion": "3.0.0",
    "precedingPfIds": ["079e425a-464f-428d-841d-4a944a1dfd70"],
    "created": "2026-02-02T08:00:00+08:00",
    "status": "Active",
    "validityPeriodStart": "2026-01-01T00:00:00Z",
    "validityPeriodEnd": "2029-01-01T00:00:00Z",
    "companyName": "示例化工有限公司",
    "companyIds": ["urn:pact:gsxt.gov.cn:uscc:91350100M000100Y43"],
    "productDescription": "Ethanol from sugar beet, bulk",
    "productIds": ["urn:gtin:09520001000010"],
    "productClassifications": ["urn:pact:tanji.example:category:ethanol"],
    "productNameCompany": "乙醇 98 %",
    "pcf": _PCF,
    "extensions": [
        {
            "specVersion": "2.0.0",
            "dataSchema": "urn:tanji:footprint:1",
            "data": {
                "boundary": "cradle-to-gate",
                "stages": [{"stage": "cultivation", "amount": "0.2"}, {"stage": "distilling", "amount": "0.184"}],
            },
        }
    ],
}


def footprint() -> Body:
    """A fresh copy."""
    return copy.deepcopy(_BODY)


def changed(change: Callable[[Body], object]) -> Body:
    """A fresh copy after one change."""
    body = footprint()
    change(body)
    return body


def put(pointer: str, value: object) -> Callable[[Body], object]:
    """The change that writes `value` at an RFC 6901 pointer (no escapes)."""

    def change(body: Body) -> None:
        parent, last = _parent(body, pointer)
        parent[last] = value

    return change


def drop(pointer: str) -> Callable[[Body], object]:
    """The change that removes what stands at the pointer."""

    def change(body: Body) -> None:
        parent, last = _parent(body, pointer)
        del parent[last]

    return change


def _parent(body: Any, pointer: str) -> tuple[Any, Any]:
    *path, last = pointer.split("/")[1:]
    for token in path:
        body = body[int(token)] if isinstance(body, list) else body[token]
    return body, int(last) if isinstance(body, list) else last
