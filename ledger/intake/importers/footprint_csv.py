"""An enterprise's own table of footprints: one CSV row is one PACT v3 ProductFootprint.

    companyName,companyIds,productIds,…,declaredUnitAmount,…,boundary,plants,stage:原材料,stage:制造
    沈阳示例,urn:…,urn:gtin:06901234567892;urn:…,…,1,…,cradle-to-gate,一厂;二厂,250.0,60.5

Columns are PACT's member names (those of `pcf` too, their names do not clash), `boundary plants rule source note` of our extension, and
`stage:<name>` for stage amounts. Lists are separated by `;`, an empty cell leaves the member out. Left out, `specVersion` is 3.0.0, `status`
Active, and `id` follows from company, product and period, so that the same row is the same statement.

Refusal codes: `row.shape`, `id.repeated`, `body.profile` (strict profile, body form), `body.pact` (a PACT rule).
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from ledger.intake.importers.reader import ImportedFootprint, Refusal, SourceError
from ledger.intake.pact import errors_of, validate_footprint
from ledger.intake.pact.fields import CARBON_FOOTPRINT, PRODUCT_FOOTPRINT, Field, ListOf, SetOf
from ledger.intake.pact.scalars import BOOLEAN, Rule
from verifier.arithmetic import check_arithmetic
from verifier.bodies.extension import EXTENSION_SCHEMA
from verifier.bodies.footprint import parse_footprint
from verifier.canonical import canonicalize
from verifier.errors import MalformedError
from verifier.types import JsonValue

SEPARATOR: Final = ";"
STAGE: Final = "stage:"
_EXTENSION_COLUMNS: Final = ("boundary", "plants", "rule", "source", "note")
_NAMESPACE: Final = uuid.UUID("9a2c7d5e-1f40-5b8a-8c11-6d0b3f5a7e21")


def _columns(fields: tuple[Field, ...]) -> dict[str, Field]:
    return {field.name: field for field in fields if _is_flat(field)}


def _is_flat(field: Field) -> bool:
    shape = field.shape.item if isinstance(field.shape, ListOf | SetOf) else field.shape
    return isinstance(shape, Rule)


_TOP: Final = _columns(PRODUCT_FOOTPRINT.fields)
_PCF: Final = _columns(CARBON_FOOTPRINT.fields)


def read_footprint_table(path: Path) -> Iterator[ImportedFootprint | Refusal]:
    """Give one item per row, in the file's order. Raises SourceError: not UTF-8 CSV, or a column nobody knows."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = tuple(reader.fieldnames or ())
            _check_header(path, header)
            seen: set[str] = set()
            for number, row in enumerate(reader, start=1):
                yield _item(row, number, seen)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(path, f"cannot be read: {error}") from error


def is_column(name: str) -> bool:
    """Whether a column's name is a member of a footprint, of its `pcf` or of our extension, or a stage."""
    is_stage = name.startswith(STAGE) and len(name) > len(STAGE)
    return is_stage or name in _TOP or name in _PCF or name in _EXTENSION_COLUMNS


def _check_header(path: Path, header: tuple[str, ...]) -> None:
    for name in header:
        if not is_column(name):
            raise SourceError(path, f"column {name!r} is no member of a footprint")
    if len(set(header)) != len(header) or not header:
        raise SourceError(path, "a column stands twice, or there is none")


def _item(row: dict[str, str], number: int, seen: set[str]) -> ImportedFootprint | Refusal:
    key = row.get("productIds") or f"row {number}"
    if None in row or None in row.values():  # what csv.DictReader does with a row too long or too short
        return Refusal(
            key=key, row=number, code="row.shape", field="", detail="another number of cells than the header"
        )
    body = body_of_row(row)
    try:
        canonicalize(body)
        footprint = parse_footprint(body)
    except MalformedError as error:
        return Refusal(key=key, row=number, code="body.profile", field=error.place, detail=str(error))
    broken = errors_of(validate_footprint(body))
    if broken:
        detail = "; ".join(f"{finding.field} {finding.rule}: {finding.detail}" for finding in broken)
        return Refusal(key=key, row=number, code="body.pact", field=broken[0].field, detail=detail)
    identity = str(body["id"])
    if identity in seen:
        return Refusal(key=key, row=number, code="id.repeated", field="/id", detail=identity)
    seen.add(identity)
    return ImportedFootprint(
        key=key,
        row=number,
        body=body,
        stages=sum(name.startswith(STAGE) and bool(cell) for name, cell in row.items()),
        arithmetic=check_arithmetic(footprint).outcome,
    )


def body_of_row(row: Mapping[str, str]) -> dict[str, JsonValue]:
    """The body that a row says, checked by nobody yet: what does not fit stays text, and the rules name it."""
    members = {name: _value(_TOP[name], cell) for name, cell in row.items() if name in _TOP and cell}
    pcf = {name: _value(_PCF[name], cell) for name, cell in row.items() if name in _PCF and cell}
    named = (row.get("companyIds", ""), row.get("productIds", ""), row.get("referencePeriodStart", ""))
    body: dict[str, JsonValue] = {
        "id": str(uuid.uuid5(_NAMESPACE, "\n".join(named))),
        "specVersion": "3.0.0",
        "status": "Active",
        **members,
        "pcf": dict(pcf),
    }
    extension = _extension(row)
    if extension:
        body["extensions"] = [{"specVersion": "1.0.0", "dataSchema": EXTENSION_SCHEMA, "data": extension}]
    return body


def _extension(row: Mapping[str, str]) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {name: row[name] for name in ("boundary", "rule", "source", "note") if row.get(name)}
    if row.get("plants"):
        data["plants"] = [*_split(row["plants"])]
    stages: list[JsonValue] = [
        {"stage": name.removeprefix(STAGE), "amount": cell}
        for name, cell in row.items()
        if name.startswith(STAGE) and cell
    ]
    if stages:
        data["stages"] = stages
    return data


def _value(field: Field, cell: str) -> JsonValue:
    """A cell as the member's kind of value. What does not fit stays text, and the PACT rules name it."""
    if isinstance(field.shape, ListOf | SetOf):
        return [*_split(cell)]
    if field.shape is BOOLEAN and cell in {"true", "false"}:
        return cell == "true"
    return cell


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(SEPARATOR)]
