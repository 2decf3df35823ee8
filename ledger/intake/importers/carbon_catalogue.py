"""The Carbon Catalogue (C. J. Meinrenken et al., Scientific Data 9, 87, 2022; doi 10.1038/s41597-022-01178-9; CC0 1.0) as footprints.

A folder with `products.csv` and `stages.csv`, the public workbook's tables as UTF-8 CSV. Every product row becomes one footprint body or one
named refusal. Figures stay the text the file writes; there is no float anywhere.

Refusal codes: `row.shape`, `id.repeated`, `year`, `number.form` (total, weight or a stage is not a quantity), `total.sign`,
`stages.flag` (the row says it has stages and the other table has none, or the reverse), `body.profile` (the strict profile or a name rule
refuses a text), `body.pact` (a PACT rule does).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ledger.intake.importers.catalogue_body import CatalogueProduct, CatalogueStage, body_of
from ledger.intake.importers.reader import ImportedFootprint, Refusal, SourceError
from ledger.intake.importers.text import plain_number
from ledger.intake.pact import errors_of, validate_footprint
from verifier.arithmetic import check_arithmetic
from verifier.bodies.footprint import parse_footprint
from verifier.canonical import canonicalize
from verifier.decimals import parse_quantity
from verifier.errors import MalformedError

_ID = "*PCF-ID"
_YEAR = "Year of reporting"
_HAS_STAGES = "*Stage-level CO2e available"
_TITLE = "Product name (and functional unit)"
_DETAIL = "Product detail"
_COMPANY = "Company"
_GROUP = "Company's GICS Industry Group"
_INDUSTRY = "Company's GICS Industry"
_SECTOR = "*Company's sector"
_WEIGHT = "Product weight (kg)"
_WEIGHT_SOURCE = "*Source for product weight"
_TOTAL = "Product's carbon footprint (PCF, kg CO2e)"
_PROTOCOL = "Protocol used for PCF"
_ADJUSTMENTS = "*Adjustments to raw data (if any)"
_STAGE = "Description of LCA stage"
_PORTION = "*Assigned value chain portion"
_AMOUNT = "Emissions at stage (kg CO2e)"
_TRANSPORT = "*Emissions at this stage are exclusively transport"

_PRODUCT_COLUMNS = (
    *(_ID, _YEAR, _HAS_STAGES, _TITLE, _DETAIL, _COMPANY, _GROUP, _INDUSTRY, _SECTOR),
    *(_WEIGHT, _WEIGHT_SOURCE, _TOTAL, _PROTOCOL, _ADJUSTMENTS),
)
_STAGE_COLUMNS = (_ID, _STAGE, _PORTION, _AMOUNT, _TRANSPORT)

Row = dict[str, str]


class _RowRefusedError(Exception):
    def __init__(self, code: str, field: str, detail: str) -> None:
        super().__init__(code, field, detail)
        self.code, self.field, self.detail = code, field, detail


def read_catalogue(directory: Path) -> Iterator[ImportedFootprint | Refusal]:
    """Give one item per row of products.csv, in the file's order.

    Raises:
        SourceError: a file or column is missing, a file is not UTF-8, or stages.csv names a product that products.csv lacks.
    """
    products = _read_table(directory / "products.csv", _PRODUCT_COLUMNS)
    stages: dict[str, list[Row]] = defaultdict(list)
    for row in _read_table(directory / "stages.csv", _STAGE_COLUMNS):
        stages[row[_ID]].append(row)
    strangers = stages.keys() - {row[_ID] for row in products}
    if strangers:
        raise SourceError(
            directory / "stages.csv", f"stages of products that are not listed: {', '.join(sorted(strangers))}"
        )
    seen: set[str] = set()
    for number, row in enumerate(products, start=1):
        try:
            yield _import_row(row, number, stages.get(row[_ID], []), seen)
        except _RowRefusedError as refused:
            yield Refusal(key=row[_ID], row=number, code=refused.code, field=refused.field, detail=refused.detail)
        seen.add(row[_ID])


def _read_table(path: Path, columns: tuple[str, ...]) -> list[Row]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
            header = reader.fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SourceError(path, f"cannot be read: {error}") from error
    missing = [column for column in columns if column not in header]
    if missing:
        raise SourceError(path, f"column {missing[0]!r} is missing")
    return rows


def _import_row(row: Row, number: int, stage_rows: list[Row], seen: set[str]) -> ImportedFootprint:
    for cells in (row, *stage_rows):
        if None in cells or None in cells.values():  # what csv.DictReader does with a row too long or too short
            raise _RowRefusedError("row.shape", "", "has another number of cells than the header")
    if row[_ID] in seen:
        raise _RowRefusedError("id.repeated", _ID, row[_ID])
    if (row[_HAS_STAGES] == "Yes") != bool(stage_rows):
        raise _RowRefusedError(
            "stages.flag", _HAS_STAGES, f"{row[_HAS_STAGES]}, and stages.csv holds {len(stage_rows)}"
        )
    product = _product(row, stage_rows)
    body, notes = body_of(product)
    try:
        canonicalize(body)
        footprint = parse_footprint(body)
    except MalformedError as error:
        raise _RowRefusedError("body.profile", error.place, str(error)) from error
    broken = errors_of(validate_footprint(body))
    if broken:
        raise _RowRefusedError("body.pact", broken[0].field, f"{broken[0].rule}: {broken[0].detail}")
    return ImportedFootprint(
        key=product.pcf_id,
        row=number,
        body=body,
        stages=len(product.stages),
        arithmetic=check_arithmetic(footprint).outcome,
        notes=notes,
    )


def _product(row: Row, stage_rows: list[Row]) -> CatalogueProduct:
    if not (row[_YEAR].isascii() and row[_YEAR].isdigit() and 1990 <= int(row[_YEAR][:5]) <= 2100):
        raise _RowRefusedError("year", _YEAR, row[_YEAR])
    exponents: list[str] = []
    total, weight = _number(row, _TOTAL, exponents), _number(row, _WEIGHT, exponents)
    if total.startswith("-"):
        raise _RowRefusedError("total.sign", _TOTAL, total)
    return CatalogueProduct(
        pcf_id=row[_ID],
        year=int(row[_YEAR]),
        title=row[_TITLE],
        detail=row[_DETAIL],
        company=row[_COMPANY],
        sector=row[_SECTOR],
        industry_group=row[_GROUP],
        industry=row[_INDUSTRY],
        weight=weight,
        weight_source=row[_WEIGHT_SOURCE],
        total=total,
        protocol=row[_PROTOCOL],
        adjustments=row[_ADJUSTMENTS],
        stages=tuple(_stage(stage, exponents) for stage in stage_rows),
        exponents=tuple(exponents),
    )


def _stage(row: Row, exponents: list[str]) -> CatalogueStage:
    # A stage that is no number refuses the product: leaving it out would change the sum the company stated.
    return CatalogueStage(
        description=row[_STAGE],
        portion=row[_PORTION],
        amount=_number(row, _AMOUNT, exponents),
        transport_only=row[_TRANSPORT] == "Yes",
    )


def _number(row: Row, column: str, exponents: list[str]) -> str:
    cleaned = plain_number(row[column])
    try:
        parse_quantity(cleaned.text, "")
    except MalformedError as error:
        raise _RowRefusedError("number.form", column, row[column]) from error
    if cleaned.notes:
        exponents.append(f"{row[column]} for {cleaned.text}")
    return cleaned.text
