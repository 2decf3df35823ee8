"""An enterprise's table: good rows become footprints that the PACT rules take, bad ones are refused alone and by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.intake.importers.footprint_csv import read_footprint_table
from ledger.intake.importers.reader import ImportedFootprint, Refusal, SourceError
from ledger.intake.pact import errors_of, validate_footprint
from tests.support.bodies import CATEGORY, GTIN

COLUMNS = {
    "created": "2026-03-01T00:00:00Z",
    "companyName": "沈阳示例电器有限公司",
    "companyIds": "urn:pact:gsxt.gov.cn:uscc:91210100MA0P0EXAM1",
    "productDescription": "Two-door refrigerator",
    "productIds": f"urn:gtin:{GTIN}; urn:pact:example.cn:product-id:BCD-300",
    "productClassifications": CATEGORY,
    "productNameCompany": "示例冰箱",
    "declaredUnitOfMeasurement": "piece",
    "declaredUnitAmount": "1",
    "productMassPerDeclaredUnit": "62.5",
    "referencePeriodStart": "2025-01-01T00:00:00+08:00",
    "referencePeriodEnd": "2026-01-01T00:00:00+08:00",
    "pcfExcludingBiogenicUptake": "310.5",
    "pcfIncludingBiogenicUptake": "310.5",
    "fossilGhgEmissions": "310.5",
    "fossilCarbonContent": "0",
    "packagingEmissionsIncluded": "false",
    "ipccCharacterizationFactors": "AR6",
    "crossSectoralStandards": "ISO14067",
    "exemptedEmissionsPercent": "0",
    "boundary": "cradle-to-gate",
    "plants": "一厂;二厂",
    "stage:原材料": "250.0",
    "stage:制造": "60.5",
}


def table(tmp_path: Path, *rows: dict[str, str], header: list[str] | None = None) -> Path:
    names = header or list(COLUMNS)
    lines = [",".join(names), *(",".join((COLUMNS | row)[name] for name in COLUMNS) for row in rows)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return path


def test_a_row_is_a_footprint(tmp_path: Path) -> None:
    [item] = read_footprint_table(table(tmp_path, {}))
    assert isinstance(item, ImportedFootprint)
    assert errors_of(validate_footprint(item.body)) == ()
    assert (item.stages, item.arithmetic.value) == (2, "passed")
    assert item.body["productIds"] == [f"urn:gtin:{GTIN}", "urn:pact:example.cn:product-id:BCD-300"]
    pcf = item.body["pcf"]
    assert isinstance(pcf, dict)
    assert pcf["packagingEmissionsIncluded"] is False


def test_the_same_row_is_the_same_statement(tmp_path: Path) -> None:
    first, second = (list(read_footprint_table(table(tmp_path, {}))) for _ in range(2))
    assert first == second


def test_rows_are_refused_alone(tmp_path: Path) -> None:
    rows = (
        {},
        {"declaredUnitAmount": "0", "productIds": "urn:a:1"},
        {"pcfExcludingBiogenicUptake": "1e3", "productIds": "urn:a:2"},
        {"exemptedEmissionsPercent": "101", "productIds": "urn:acme:3"},
        {},
        {"packagingEmissionsIncluded": "ja", "productIds": "urn:acme:4"},
        {"productIds": "urn:acme:5"},
    )
    items = list(read_footprint_table(table(tmp_path, *rows)))
    assert [item.code if isinstance(item, Refusal) else "taken" for item in items] == [
        "taken", "body.profile", "body.profile", "body.pact", "id.repeated", "body.pact", "taken",
    ]  # fmt: skip
    assert [item.row for item in items] == [1, 2, 3, 4, 5, 6, 7]
    assert isinstance(items[3], Refusal)
    assert items[3].field == "/pcf/exemptedEmissionsPercent"


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, {})
    path.write_text(path.read_text(encoding="utf-8-sig") + "a,b\n", encoding="utf-8")
    items = list(read_footprint_table(path))
    assert isinstance(items[1], Refusal)
    assert items[1].code == "row.shape"


@pytest.mark.parametrize("column", ["pcf", "colour", "stage:", "companyName"])
def test_an_unknown_or_doubled_column_refuses_the_table(tmp_path: Path, column: str) -> None:
    header = [column if name == "plants" else name for name in COLUMNS]
    with pytest.raises(SourceError):
        list(read_footprint_table(table(tmp_path, {}, header=header)))


def test_another_encoding_refuses_the_table(tmp_path: Path) -> None:
    path = tmp_path / "gbk.csv"
    path.write_bytes("companyName\n沈阳\n".encode("gbk"))
    with pytest.raises(SourceError):
        list(read_footprint_table(path))
