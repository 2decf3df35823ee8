"""PACT v3 ProductFootprint and CarbonFootprint as a table: member, shape, presence (PACT Technical Specifications 3.0, data model).

`x-rule` SHALL members are not in the schema's `required` list; a missing one is a warning here, not a refusal, because PACT's own
conformance service accepts such footprints.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ledger.intake.pact.scalars import (
    BOOLEAN,
    DATE_TIME,
    DECIMAL,
    DQR,
    NAME,
    NON_EMPTY,
    NON_NEGATIVE,
    NON_POSITIVE,
    PERCENT,
    POSITIVE,
    TEXT,
    URI,
    URN,
    UUID,
    Rule,
    matching,
    one_of,
)


class Presence(Enum):
    """How the methodology asks for a member."""

    REQUIRED = "required"
    SHALL = "shall"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """An array of `item`, at least `at_least` long."""

    item: Rule | Record
    at_least: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOf:
    """An array of at least one `item`, none twice (the schema's `uniqueItems`)."""

    item: Rule | Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An object with these members; others are named in a warning."""

    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyObject:
    """An object whose members another specification fixes."""


Shape = Rule | ListOf | SetOf | Record | AnyObject


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the table."""

    name: str
    shape: Shape
    presence: Presence = Presence.OPTIONAL


_REQUIRED, _SHALL = Presence.REQUIRED, Presence.SHALL

DECLARED_UNITS = (
    "liter",
    "kilogram",
    "cubic meter",
    "kilowatt hour",
    "megajoule",
    "ton kilometer",
    "square meter",
    "piece",
    "hour",
    "megabit second",
)

# UN M49 regions and subregions.
REGIONS = (
    "Africa",
    "Americas",
    "Asia",
    "Europe",
    "Oceania",
    "Australia and New Zealand",
    "Central Asia",
    "Eastern Asia",
    "Eastern Europe",
    "Latin America and the Caribbean",
    "Melanesia",
    "Micronesia",
    "Northern Africa",
    "Northern America",
    "Northern Europe",
    "Polynesia",
    "South-eastern Asia",
    "Southern Asia",
    "Southern Europe",
    "Sub-Saharan Africa",
    "Western Asia",
    "Western Europe",
)

_IPCC_REPORT = matching("ipcc-report", r"AR[0-9]+", "AR and a number")
_SECTOR_RULE = Record(
    fields=(
        Field("operator", one_of("rule-operator", ("PEF", "EPD International", "Other")), _REQUIRED),
        Field("ruleNames", SetOf(item=NON_EMPTY), _REQUIRED),
        Field("otherOperatorName", NON_EMPTY),
    )
)
_FACTOR_SOURCE = Record(fields=(Field("name", NON_EMPTY, _REQUIRED), Field("version", NON_EMPTY, _REQUIRED)))
_DATA_QUALITY = Record(
    fields=(
        Field("technologicalDQR", DQR, _REQUIRED),
        Field("geographicalDQR", DQR, _REQUIRED),
        Field("temporalDQR", DQR, _REQUIRED),
    )
)
_VERIFICATION = Record(
    fields=(
        Field("coverage", one_of("verification.coverage", ("PCF calculation model", "PCF program", "product level"))),
        Field("providerName", NON_EMPTY),
        Field("completedAt", DATE_TIME),
        Field("standardName", NON_EMPTY),
        Field("comments", TEXT),
    )
)
_EXTENSION = Record(
    fields=(
        Field("specVersion", matching("semver", r"[0-9]+\.[0-9]+\.[0-9]+", "major.minor.patch"), _REQUIRED),
        Field("dataSchema", URI, _REQUIRED),
        Field("documentation", URI),
        Field("data", AnyObject(), _REQUIRED),
    )
)

CARBON_FOOTPRINT = Record(
    fields=(
        Field("declaredUnitOfMeasurement", one_of("declared-unit", DECLARED_UNITS), _REQUIRED),
        Field("declaredUnitAmount", POSITIVE, _REQUIRED),
        Field("productMassPerDeclaredUnit", NON_NEGATIVE, _REQUIRED),
        Field("referencePeriodStart", DATE_TIME, _REQUIRED),
        Field("referencePeriodEnd", DATE_TIME, _REQUIRED),
        Field("geographyRegionOrSubregion", one_of("region", REGIONS)),
        Field("geographyCountry", matching("country", r"[A-Z]{2}", "an ISO 3166-1 alpha-2 code")),
        Field("geographyCountrySubdivision", matching("subdivision", r"[A-Z]{2}-[A-Z0-9]{1,3}", "an ISO 3166-2 code")),
        Field("boundaryProcessesDescription", TEXT),
        Field("pcfExcludingBiogenicUptake", DECIMAL, _REQUIRED),
        Field("pcfIncludingBiogenicUptake", DECIMAL, _REQUIRED),
        Field("fossilGhgEmissions", NON_NEGATIVE, _REQUIRED),
        Field("fossilCarbonContent", NON_NEGATIVE, _REQUIRED),
        Field("biogenicCarbonContent", NON_NEGATIVE),
        Field("recycledCarbonContent", NON_NEGATIVE),
        Field("landUseChangeGhgEmissions", NON_NEGATIVE),
        Field("landCarbonLeakage", NON_NEGATIVE),
        Field("landManagementFossilGhgEmissions", NON_NEGATIVE),
        Field("landManagementBiogenicCO2Emissions", NON_NEGATIVE),
        Field("landManagementBiogenicCO2Removals", NON_POSITIVE),
        Field("biogenicCO2Uptake", NON_POSITIVE),
        Field("biogenicNonCO2Emissions", NON_NEGATIVE),
        Field("landAreaOccupation", NON_NEGATIVE),
        Field("aircraftGhgEmissions", NON_NEGATIVE),
        Field("packagingEmissionsIncluded", BOOLEAN, _SHALL),
        Field("packagingGhgEmissions", NON_NEGATIVE),
        Field("packagingBiogenicCarbonContent", NON_NEGATIVE),
        Field("outboundLogisticsGhgEmissions", NON_NEGATIVE),
        Field("ccsTechnologicalCO2CaptureIncluded", BOOLEAN, _SHALL),
        Field("ccsTechnologicalCO2Capture", NON_POSITIVE),
        Field("technologicalCO2Removals", NON_POSITIVE),
        Field("technologicalCO2CaptureOrigin", NON_EMPTY),
        Field("ccuCarbonContent", NON_NEGATIVE),
        Field("ccuCalculationApproach", one_of("ccu.approach", ("Cut-off", "Credit"))),
        Field("ccuCreditCertification", URI),
        Field("ipccCharacterizationFactors", SetOf(item=_IPCC_REPORT), _REQUIRED),
        Field("crossSectoralStandards", SetOf(item=NON_EMPTY), _REQUIRED),
        Field("productOrSectorSpecificRules", ListOf(item=_SECTOR_RULE, at_least=0)),
        Field("exemptedEmissionsPercent", PERCENT, _REQUIRED),
        Field("exemptedEmissionsDescription", TEXT),
        Field("allocationRulesDescription", TEXT),
        Field("secondaryEmissionFactorSources", ListOf(item=_FACTOR_SOURCE)),
        Field("primaryDataShare", PERCENT, _SHALL),
        Field("dqi", _DATA_QUALITY),
        Field("verification", _VERIFICATION),
    )
)

PRODUCT_FOOTPRINT = Record(
    fields=(
        Field("id", UUID, _REQUIRED),
        Field("specVersion", matching("spec-version", r"3\.[0-9]+\.[0-9]+(-[0-9]{8})?", "3.x.y of PACT"), _REQUIRED),
        Field("precedingPfIds", SetOf(item=UUID)),
        Field("created", DATE_TIME, _REQUIRED),
        Field("status", one_of("status", ("Active", "Deprecated")), _REQUIRED),
        Field("validityPeriodStart", DATE_TIME),
        Field("validityPeriodEnd", DATE_TIME),
        Field("companyName", NAME, _REQUIRED),
        Field("companyIds", SetOf(item=URN), _REQUIRED),
        Field("productDescription", TEXT, _REQUIRED),
        Field("productIds", SetOf(item=URN), _REQUIRED),
        Field("productClassifications", SetOf(item=URN)),
        Field("productNameCompany", NAME, _REQUIRED),
        Field("comment", TEXT),
        Field("pcf", CARBON_FOOTPRINT, _REQUIRED),
        Field("extensions", ListOf(item=_EXTENSION, at_least=0)),
    )
)
