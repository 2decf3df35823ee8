"""The demo's products: 38 real rows of the Carbon Catalogue (CC0 1.0), signed by made-up enterprises.

The figures (total, stages, weight) are the source's own text. Made up, and marked so in every body: the enterprises, their USCC codes
(division 219999 exists nowhere), the GTINs (GS1 prefix 952 is reserved for demonstrations), and the reference period, moved to the demo's year
because footprints of 2013 to 2017 can no longer be certified.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from ledger.intake.importers.catalogue_body import CatalogueProduct, CatalogueStage, body_of
from verifier.types import JsonValue

CATEGORY = "urn:pact:tanji.example:category:"
SECTOR = "urn:pact:tanji.example:sector:"
_COMPANY = "urn:pact:gsxt.gov.cn:uscc:"
_NAMESPACE = uuid.UUID("6b0f3c4e-52a3-5d0c-9d2e-1b7a5c1f8e90")

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714, modulo 11


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEnterprise:
    """A stand-in for one company of the source. party: `uscc:…`. gs1_prefix: digits of its demonstration company prefix."""

    party: str
    name: str
    name_en: str
    source_company: str
    gs1_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCategory:
    """A product category a certifier can be accredited for: `urn` is the scope."""

    urn: str
    sector: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoProduct:
    """One row: who sells it, its code, and the catalogue's figures."""

    enterprise: DemoEnterprise
    category: DemoCategory
    gtin: str
    unit: str
    unit_amount: str
    row: CatalogueProduct


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSet:
    """Everything the demo starts from. rule: body of the example rule statement."""

    enterprises: tuple[DemoEnterprise, ...]
    categories: tuple[DemoCategory, ...]
    products: tuple[DemoProduct, ...]
    rule: dict[str, JsonValue]
    notice_zh: str
    notice_en: str


@cache
def load_demo_set() -> DemoSet:
    """Read the two packaged files. The same call gives the same values on every machine."""
    files = resources.files("api.demo.data")
    data = json.loads(files.joinpath("products.json").read_text(encoding="utf-8"))
    enterprises = {company: _enterprise(number, company) for number, company in enumerate(data["companies"], start=1)}
    categories = {
        category["code"]: DemoCategory(
            urn=CATEGORY + category["code"], sector=sector["code"], zh=category["zh"], en=category["en"]
        )
        for sector in data["sectors"]
        for category in sector["categories"]
    }
    products = tuple(
        DemoProduct(
            enterprise=enterprises[item["company"]],
            category=categories[item["category"]],
            gtin=_gtin(enterprises[item["company"]].gs1_prefix, number),
            unit=item["unit"],
            unit_amount=item["unitAmount"],
            row=_row(item, categories[item["category"]]),
        )
        for number, item in enumerate(data["products"], start=1)
    )
    return DemoSet(
        enterprises=tuple(enterprises.values()),
        categories=tuple(categories.values()),
        products=products,
        rule=json.loads(files.joinpath("rule.json").read_text(encoding="utf-8")),
        notice_zh=data["notice"]["zh"],
        notice_en=data["notice"]["en"],
    )


def footprint_body(product: DemoProduct, *, created: int) -> dict[str, JsonValue]:
    """The product's footprint body as of `created` (unix seconds): reference period = the calendar year before.

    The id depends on the row and that year, so a second run of the demo in one year says the same thing.
    """
    moment = datetime.fromtimestamp(created, UTC)
    year = moment.year - 1
    body, _ = body_of(product.row)
    pcf, enterprise = body["pcf"], product.enterprise
    if isinstance(pcf, dict):
        pcf |= {
            "declaredUnitOfMeasurement": product.unit,
            "declaredUnitAmount": product.unit_amount,
            "referencePeriodStart": f"{year}-01-01T00:00:00Z",
            "referencePeriodEnd": f"{year + 1}-01-01T00:00:00Z",
        }
    source_ids = body["productIds"]
    return body | {
        "id": str(uuid.uuid5(_NAMESPACE, f"{product.row.pcf_id} {year}")),
        "created": f"{year + 1}-01-01T00:00:00Z",
        "companyName": enterprise.name,
        "companyIds": [_COMPANY + enterprise.party.removeprefix("uscc:")],
        "productIds": [f"urn:gtin:{product.gtin}", *(source_ids if isinstance(source_ids, list) else [])],
        "productClassifications": [product.category.urn, SECTOR + product.category.sector],
        "comment": (
            f"Demonstration: figures of {enterprise.source_company} for {product.row.year} as reported to CDP; signing party, GTIN "
            f"and reference period are stand-ins. {body['comment']}"
        ),
    }


def _enterprise(number: int, company: str) -> DemoEnterprise:
    return DemoEnterprise(
        party="uscc:" + _uscc(number),
        name=f"演示企业{number:02d}（代 {company}）",
        name_en=f"Demo enterprise {number:02d}, standing in for {company}",
        source_company=company,
        gs1_prefix=f"952{number:04d}",
    )


def _uscc(number: int) -> str:
    organisation = f"MATJ{number:04d}"
    values = [int(character, 36) for character in organisation]
    check = -sum(weight * value for weight, value in zip(_ORGANISATION_WEIGHTS, values, strict=True)) % 11
    body = f"91219999{organisation}{'X' if check == 10 else check}"
    total = sum(_USCC_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return body + _USCC_ALPHABET[-total % 31]


def _gtin(prefix: str, number: int) -> str:
    digits = f"0{prefix}{number:05d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _row(item: dict[str, Any], category: DemoCategory) -> CatalogueProduct:
    return CatalogueProduct(
        pcf_id=item["pcfId"],
        year=int(item["year"]),
        title=item["name"],
        detail="",
        company=item["company"],
        sector=category.sector,
        industry_group=category.en,
        industry=category.en,
        weight=item["weight"],
        weight_source=item["weightSource"],
        total=item["total"],
        protocol=item["protocol"],
        adjustments=item["adjustments"],
        stages=tuple(
            CatalogueStage(description=stage, portion=portion, amount=amount, transport_only=transport == "Yes")
            for stage, portion, amount, transport in item["stages"]
        ),
        exponents=(),
    )
