"""The footprint body: a PACT v3 ProductFootprint, read strictly where a verdict depends on it (spec 03, footprint).

The rest of PACT (every other member, the cross-field rules) is judged when a footprint is submitted, by the ledger.
"""

import re
from typing import NamedTuple

from verifier.bodies import fields
from verifier.bodies.extension import EXTENSION_SCHEMA, FootprintExtension, parse_extension
from verifier.bodies.fields import Unit
from verifier.decimals import Quantity, parse_quantity
from verifier.errors import MalformedError
from verifier.times import parse_date_time, three_years_after
from verifier.types import JsonValue

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_SPEC_VERSION = re.compile(r"3\.[0-9]{1,4}\.[0-9]{1,4}(?:-[0-9]{8})?", re.ASCII)
_STATUSES = frozenset({"Active", "Deprecated"})

# Members the verdict reads; PACT v3 has others, which its own schema decides about.
_READ = frozenset(
    {"id", "specVersion", "status", "companyName", "companyIds", "productNameCompany", "productIds", "pcf"}
)
_PCF_READ = frozenset(
    {
        "declaredUnitOfMeasurement",
        "declaredUnitAmount",
        "pcfExcludingBiogenicUptake",
        "referencePeriodStart",
        "referencePeriodEnd",
    }
)
_EXTENSION_READ = frozenset({"dataSchema", "data"})
MAX_EXTENSIONS = 20


class Footprint(NamedTuple):
    """What a verdict reads of a footprint. `pcf` is pcfExcludingBiogenicUptake in kgCO2e per declared unit.

    The declared unit is `unit_amount` (> 0) of `unit`. `reference_*` and `validity_end` are unix seconds,
    `reference_*_text` as written. `validity_end` is validityPeriodEnd, else three years after the reference period.
    `product_ids` and `classifications` are URNs; `extension` is the `urn:tanji:footprint:1` extension.
    """

    id: str
    spec_version: str
    status: str
    company_name: str
    company_ids: tuple[str, ...]
    product_name: str
    product_ids: tuple[str, ...]
    classifications: tuple[str, ...]
    pcf: Quantity
    unit: Unit
    unit_amount: Quantity
    reference_start: int
    reference_end: int
    reference_start_text: str
    reference_end_text: str
    validity_end: int
    extension: FootprintExtension | None


def parse_footprint(body: JsonValue, place: str = "") -> Footprint:
    """Parse a footprint body, as signed or with disclosures opened.

    Raises MalformedError naming member (JSON pointer after `place`) and rule. Misplaced `$sealed` members are refused by
    the statement's parser, which sees the whole body.
    """
    top = _members(body, place, _READ)
    pcf = _members(top["pcf"], f"{place}/pcf", _PCF_READ)
    start_text, end_text = pcf["referencePeriodStart"], pcf["referencePeriodEnd"]
    start = parse_date_time(start_text, f"{place}/pcf/referencePeriodStart")
    end = parse_date_time(end_text, f"{place}/pcf/referencePeriodEnd")
    if start >= end:
        raise MalformedError("period", f"{place}/pcf/referencePeriodStart", "does not lie before referencePeriodEnd")
    return Footprint(
        fields.read_pattern(top["id"], f"{place}/id", _UUID),
        fields.read_pattern(top["specVersion"], f"{place}/specVersion", _SPEC_VERSION),
        fields.read_choice(top["status"], f"{place}/status", _STATUSES),
        fields.read_name(top["companyName"], f"{place}/companyName"),
        fields.read_urns(top["companyIds"], f"{place}/companyIds"),
        fields.read_name(top["productNameCompany"], f"{place}/productNameCompany"),
        fields.read_urns(top["productIds"], f"{place}/productIds"),
        _classifications(top, place),
        parse_quantity(pcf["pcfExcludingBiogenicUptake"], f"{place}/pcf/pcfExcludingBiogenicUptake"),
        fields.read_unit(pcf["declaredUnitOfMeasurement"], f"{place}/pcf/declaredUnitOfMeasurement"),
        fields.read_positive(pcf["declaredUnitAmount"], f"{place}/pcf/declaredUnitAmount"),
        start,
        end,
        str(start_text),
        str(end_text),
        _validity_end(top, end, place),
        _tanji_extension(top, place),
    )


def _members(value: JsonValue, place: str, read: frozenset[str]) -> dict[str, JsonValue]:
    if type(value) is not dict:
        raise MalformedError("object", place, type(value).__name__)
    if not value.keys() >= read:
        raise MalformedError("missing-member", f"{place}/{min(read - value.keys())}")
    return value


def _classifications(top: dict[str, JsonValue], place: str) -> tuple[str, ...]:
    if "productClassifications" not in top:
        return ()
    return fields.read_urns(top["productClassifications"], f"{place}/productClassifications")


def _validity_end(top: dict[str, JsonValue], reference_end: int, place: str) -> int:
    # PACT v3: at most three years after the reference period, exactly that when absent (domain notes 1.2).
    latest = three_years_after(reference_end)
    if "validityPeriodEnd" not in top:
        return latest
    end = parse_date_time(top["validityPeriodEnd"], f"{place}/validityPeriodEnd")
    if not reference_end <= end <= latest:
        raise MalformedError("period", f"{place}/validityPeriodEnd", "not within three years after referencePeriodEnd")
    return end


def _tanji_extension(top: dict[str, JsonValue], place: str) -> FootprintExtension | None:
    if "extensions" not in top:
        return None
    found: FootprintExtension | None = None
    items = fields.read_array(top["extensions"], f"{place}/extensions", least=0, most=MAX_EXTENSIONS)
    for index, item in enumerate(items):
        at = f"{place}/extensions/{index}"
        members = _members(item, at, _EXTENSION_READ)
        if members["dataSchema"] != EXTENSION_SCHEMA:
            continue
        if found is not None:
            raise MalformedError("listed-twice", f"{at}/dataSchema", EXTENSION_SCHEMA)
        path = f"/extensions/{index}/data"
        try:
            found = parse_extension(members["data"], path)
        except MalformedError as error:
            raise error.within(place + path) from error
    return found
