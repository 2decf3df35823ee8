"""Cross-field rules of the ProductFootprint around the figures: periods, identity, extensions, verification."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.intake.pact.findings import Finding, error, warning
from ledger.intake.pact.view import View, items, members
from verifier.errors import VerifierError
from verifier.identifiers import check_gtin
from verifier.times import three_years_after

TANJI_EXTENSION = "urn:tanji:footprint:1"
_GTIN = "urn:gtin:"
_LISTED_STANDARDS = frozenset(
    {"ISO14067", "ISO14083", "ISO14040-44", "GHGP-Product", "PEF", "PACT-1.0", "PACT-2.0", "PACT-3.0", "PAS2050"}
)
# 31 December 2027: from then on the methodology asks for data quality ratings (x-rule SHALL-2027).
_DATA_QUALITY_FROM = 1_830_182_400


def periods(body: View, pcf: View) -> Iterator[Finding]:
    """Reference period in order; validity inside [referencePeriodEnd, referencePeriodEnd + 3 years]."""
    start, end = pcf.time("referencePeriodStart"), pcf.time("referencePeriodEnd")
    if start is not None and end is not None and start >= end:
        yield error("/pcf/referencePeriodEnd", "period.order", "the reference period ends before it starts")
    first, last = body.time("validityPeriodStart"), body.time("validityPeriodEnd")
    if first is not None and last is not None and first >= last:
        yield error("/validityPeriodEnd", "validity.order", "the validity period ends before it starts")
    if (first is None) != (last is None):
        yield warning("/validityPeriodStart", "validity.half", "start and end of validity belong together")
    if end is None:
        return
    if first is not None and first < end:
        yield error("/validityPeriodStart", "validity.start", "starts before the end of the reference period")
    if last is not None and last > three_years_after(end):
        yield error("/validityPeriodEnd", "validity.end", "ends more than 3 years after the reference period")
    if last is not None and last <= end:
        yield error("/validityPeriodEnd", "validity.order", "ends before validity can begin")


def geography(_: View, pcf: View) -> Iterator[Finding]:
    """At most one of the three granularities; none means global."""
    given = [n for n in ("geographyRegionOrSubregion", "geographyCountry", "geographyCountrySubdivision") if pcf.has(n)]
    for name in given[1:]:
        yield error(f"/pcf/{name}", "geography.one", f"{given[0]} is given as well; a footprint has one granularity")


def lineage(body: View, _: View) -> Iterator[Finding]:
    """A footprint cannot supersede itself (PACT lifecycle: any change is a new id)."""
    own = (body.text("id") or "").lower()
    if own and own in [str(preceding).lower() for preceding in items(body.raw.get("precedingPfIds"))]:
        yield error("/precedingPfIds", "lineage.self", "names the footprint's own id")


def identifiers(body: View, _: View) -> Iterator[Finding]:
    """Wrong check digits of a GTIN are warned about, not refused: third-party GTINs with such digits exist."""
    for index, urn in enumerate(items(body.raw.get("productIds"))):
        if isinstance(urn, str) and urn.lower().startswith(_GTIN):
            try:
                check_gtin(urn[len(_GTIN) :].rjust(14, "0"))
            except VerifierError:
                yield warning(
                    f"/productIds/{index}", "gtin.check-digit", f"{urn} is not a GTIN with a right check digit"
                )


def extensions(body: View, _: View) -> Iterator[Finding]:
    """At most one block of our own extension: two would let a reader choose."""
    schemas = [members(extension).get("dataSchema") for extension in items(body.raw.get("extensions"))]
    ours = [index for index, schema in enumerate(schemas) if schema == TANJI_EXTENSION]
    for index in ours[1:]:
        yield error(f"/extensions/{index}", "extension.one", f"a second {TANJI_EXTENSION}")


def verification(_: View, pcf: View) -> Iterator[Finding]:
    """In PACT the mere presence of the object means "verified": so it has to say by whom, of what, when and how."""
    if not isinstance(pcf.raw.get("verification"), dict):
        return
    given = View(members(pcf.raw["verification"]))
    if not given.raw:
        yield error("/pcf/verification", "verification.empty", "an empty object claims a verification by nobody")
        return
    if not given.text("providerName"):
        yield error("/pcf/verification/providerName", "verification.provider", "a verification nobody answers for")
    for name in ("coverage", "completedAt", "standardName"):
        if not given.has(name):
            yield warning(f"/pcf/verification/{name}", "verification.incomplete", "not stated")


def data_quality(body: View, pcf: View) -> Iterator[Finding]:
    """Data quality ratings are asked for from the end of 2027."""
    created = body.time("created")
    if created is not None and created >= _DATA_QUALITY_FROM and not pcf.has("dqi"):
        yield warning(
            "/pcf/dqi", "member.shall", "the PACT methodology says it shall be reported from 31 December 2027"
        )


def sector_rules(_: View, pcf: View) -> Iterator[Finding]:
    """Operator `Other` is to be named. A warning: PACT's own examples leave the name out or put it elsewhere."""
    for index, rule in enumerate(items(pcf.raw.get("productOrSectorSpecificRules"))):
        if members(rule).get("operator") == "Other" and "otherOperatorName" not in members(rule):
            where = f"/pcf/productOrSectorSpecificRules/{index}/otherOperatorName"
            yield warning(where, "rule-operator.unnamed", "the operator is Other, and has no name")


def standards(_: View, pcf: View) -> Iterator[Finding]:
    """The list is open: other names are allowed, and shown as such."""
    for index, standard in enumerate(items(pcf.raw.get("crossSectoralStandards"))):
        if isinstance(standard, str) and standard and standard not in _LISTED_STANDARDS:
            where = f"/pcf/crossSectoralStandards/{index}"
            yield warning(where, "standard.unlisted", f"{standard[:60]!r} is not a name PACT lists")
