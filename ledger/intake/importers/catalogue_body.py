"""One Carbon Catalogue row as a PACT v3 ProductFootprint that invents nothing.

The source gives one total, a weight, a reporting year and sometimes stages. PACT requires more. What the source does not say is left
out where PACT allows it (packaging, capture, primary data share, geography: the company's country is not the product's); where it
does not, the member holds a stand-in and `comment` names it as one.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from ledger.intake.importers.text import name, one_line, slug
from ledger.intake.pact.cross_body import TANJI_EXTENSION
from verifier.types import JsonValue

DOI = "10.1038/s41597-022-01178-9"
URN_DOMAIN = "urn:pact:carbon-catalogue.tanji.example"
# The tables are v30Oct2021: the same row gives the same bytes whenever it is imported.
PUBLISHED = "2021-10-30T00:00:00Z"
_NO_DETAIL = frozenset({"", "BLANK", "Field not included in 2013 data"})
_UNUSED_INDUSTRY = "Not used for 2015 reporting"

_STAND_INS = (
    "The source states one total and no split. Stand-ins for members PACT requires and the source does not state: "
    "fossilGhgEmissions and pcfIncludingBiogenicUptake (= the total), fossilCarbonContent (0), exemptedEmissionsPercent (0), "
    "ipccCharacterizationFactors (the reports published by then). productMassPerDeclaredUnit is typically the gross weight."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueStage:
    """A stage figure as the file writes it; `portion` is Upstream, Operations or Downstream."""

    description: str
    portion: str
    amount: str
    transport_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueProduct:
    """A row of products.csv. `total` and `weight` are the figures as written; `exponents`: numbers rewritten positionally."""

    pcf_id: str
    year: int
    title: str
    detail: str
    company: str
    sector: str
    industry_group: str
    industry: str
    weight: str
    weight_source: str
    total: str
    protocol: str
    adjustments: str
    stages: tuple[CatalogueStage, ...]
    exponents: tuple[str, ...]


def boundary_of(product: CatalogueProduct) -> str:
    """`cradle-to-grave` when a downstream stage is more than transport, or (glossary: "the product across its entire assumed life")
    when there are no stages; else `cradle-to-gate`."""
    beyond_gate = any(stage.portion == "Downstream" and not stage.transport_only for stage in product.stages)
    return "cradle-to-grave" if beyond_gate or not product.stages else "cradle-to-gate"


def body_of(product: CatalogueProduct) -> tuple[dict[str, JsonValue], tuple[str, ...]]:
    """The footprint body and the codes of the changes made to the source's text. No figure is changed."""
    title, company = name(product.title), name(product.company)
    notes = (*title.notes, *company.notes, *("number.exponent" for _ in product.exponents))
    body: dict[str, JsonValue] = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://doi.org/{DOI}#{product.pcf_id}")),
        "specVersion": "3.0.0",
        "created": PUBLISHED,
        "status": "Active",
        "companyName": company.text,
        "companyIds": [f"{URN_DOMAIN}:company-id:{product.pcf_id.partition('-')[0]}"],
        "productDescription": _description(product, title.notes),
        "productIds": [f"{URN_DOMAIN}:product-id:{product.pcf_id}"],
        "productClassifications": _classifications(product),
        "productNameCompany": title.text,
        "comment": _comment(product),
        "pcf": _carbon_footprint(product),
        "extensions": [{"specVersion": "2.0.0", "dataSchema": TANJI_EXTENSION, "data": _extension(product, notes)}],
    }
    return body, notes


def _carbon_footprint(product: CatalogueProduct) -> dict[str, JsonValue]:
    return {
        "declaredUnitOfMeasurement": "piece",
        "declaredUnitAmount": "1",
        "productMassPerDeclaredUnit": product.weight,
        "referencePeriodStart": f"{product.year}-01-01T00:00:00Z",
        "referencePeriodEnd": f"{product.year + 1}-01-01T00:00:00Z",
        "pcfExcludingBiogenicUptake": product.total,
        "pcfIncludingBiogenicUptake": product.total,
        "fossilGhgEmissions": product.total,
        "fossilCarbonContent": "0",
        "ipccCharacterizationFactors": ["AR4", "AR5"],
        "crossSectoralStandards": [product.protocol],
        "exemptedEmissionsPercent": "0",
    }


def _extension(product: CatalogueProduct, notes: tuple[str, ...]) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {
        "boundary": boundary_of(product),
        "source": f"Carbon Catalogue, doi {DOI}, CC0 1.0, PCF-ID {product.pcf_id}",
        "note": _note(product, notes),
    }
    if product.stages:
        data["stages"] = [
            {"stage": one_line(stage.description).text, "amount": stage.amount} for stage in product.stages
        ]
    return data


def _note(product: CatalogueProduct, notes: tuple[str, ...]) -> str:
    derived = "downstream stages" if product.stages else "the glossary (entire assumed life)"
    said = [f"Figures as written in the source. Boundary derived from {derived}."]
    if notes:
        said.append("Changed on import: " + ", ".join(sorted(set(notes))) + ".")
    said.extend(f"The source writes {text}." for text in product.exponents)
    return " ".join(said)


def _description(product: CatalogueProduct, title_notes: tuple[str, ...]) -> str:
    # A name that was cut or cleaned stands here whole, so nothing the source says is lost.
    parts = [product.title] if title_notes or product.detail in _NO_DETAIL else []
    if product.detail not in _NO_DETAIL and product.detail not in parts:
        parts.append(product.detail)
    return "\n".join(parts)


def _classifications(product: CatalogueProduct) -> list[JsonValue]:
    urns: list[JsonValue] = [f"{URN_DOMAIN}:sector:{slug(product.sector)}"]
    urns.append(f"{URN_DOMAIN}:gics-industry-group:{slug(product.industry_group)}")
    if product.industry != _UNUSED_INDUSTRY:
        urns.append(f"{URN_DOMAIN}:gics-industry:{slug(product.industry)}")
    return urns


def _comment(product: CatalogueProduct) -> str:
    return (
        f"{_STAND_INS} Weight: {product.weight_source}. Protocol as the source names it. "
        f"Adjustments by the study's authors: {product.adjustments}."
    )
