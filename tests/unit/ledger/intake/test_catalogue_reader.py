"""The Carbon Catalogue reader on small tables of our own: every row an item, every refusal by name."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ledger.intake.importers.carbon_catalogue import read_catalogue
from ledger.intake.importers.reader import ImportedFootprint, Refusal, SourceError, summarize
from verifier.arithmetic import ArithmeticOutcome

PRODUCT = {
    "*PCF-ID": "1-1-2016",
    "Year of reporting": "2016",
    "*Stage-level CO2e available": "Yes",
    "Product name (and functional unit)": "Kettle",
    "Product detail": "1.7 l",
    "Company": "Kettles AG",
    "Company's GICS Industry Group": "Consumer Durables",
    "Company's GICS Industry": "Household Durables",
    "*Company's sector": "Home durables",
    "Product weight (kg)": "1.20",
    "*Source for product weight": "CDP",
    "Product's carbon footprint (PCF, kg CO2e)": "10.0",
    "Protocol used for PCF": "ISO",
    "*Adjustments to raw data (if any)": "None",
}
STAGE = {
    "*PCF-ID": "1-1-2016",
    "Description of LCA stage": "Manufacturing",
    "*Assigned value chain portion": "Operations",
    "Emissions at stage (kg CO2e)": "10.0",
    "*Emissions at this stage are exclusively transport": "No",
}


def write(folder: Path, products: list[dict[str, str]], stages: list[dict[str, str]]) -> Path:
    for name, rows, header in (("products.csv", products, PRODUCT), ("stages.csv", stages, STAGE)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(header))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def only(folder: Path) -> ImportedFootprint | Refusal:
    items = list(read_catalogue(folder))
    assert len(items) == 1
    return items[0]


def test_a_row_becomes_a_body_with_the_figures_as_written(tmp_path: Path) -> None:
    item = only(write(tmp_path, [PRODUCT], [STAGE]))
    assert isinstance(item, ImportedFootprint)
    assert (item.key, item.row, item.stages, item.arithmetic) == ("1-1-2016", 1, 1, ArithmeticOutcome.PASSED)
    pcf = item.body["pcf"]
    assert isinstance(pcf, dict)
    assert (pcf["pcfExcludingBiogenicUptake"], pcf["productMassPerDeclaredUnit"]) == ("10.0", "1.20")
    assert (pcf["referencePeriodStart"], pcf["referencePeriodEnd"]) == ("2016-01-01T00:00:00Z", "2017-01-01T00:00:00Z")


def test_the_same_row_gives_the_same_body(tmp_path: Path) -> None:
    folder = write(tmp_path, [PRODUCT], [STAGE])
    assert list(read_catalogue(folder)) == list(read_catalogue(folder))


def test_what_the_source_does_not_say_is_not_said(tmp_path: Path) -> None:
    item = only(write(tmp_path, [PRODUCT], [STAGE]))
    assert isinstance(item, ImportedFootprint)
    pcf = item.body["pcf"]
    assert isinstance(pcf, dict)
    assert (
        not {"packagingEmissionsIncluded", "primaryDataShare", "dqi", "geographyCountry", "verification"} & pcf.keys()
    )
    assert "Stand-ins" in str(item.body["comment"])


REFUSED = {
    "number.form": [
        ({"Product's carbon footprint (PCF, kg CO2e)": text}, {})
        for text in ("N/a", "", "1,000", " 10", "10 ", "1e3", "010", "+10", "10.", "１０", "nan", "1_0")
    ]
    + [({"Product weight (kg)": "N/a"}, {}), ({}, {"Emissions at stage (kg CO2e)": "N/a"})],
    "total.sign": [({"Product's carbon footprint (PCF, kg CO2e)": "-10"}, {})],
    "year": [({"Year of reporting": text}, {}) for text in ("16", "2016.0", "N/a", "", "20160")],
    "stages.flag": [({"*Stage-level CO2e available": "No"}, {})],
    "body.profile": [
        ({"Product name (and functional unit)": "Kettle · 0.1 kgCO2e"}, {}),
        ({"Product name (and functional unit)": ""}, {}),
        ({"Company": "Kettles \u202eGA"}, {}),
        ({"Product detail": "\ue000"}, {}),
        ({}, {"Description of LCA stage": ""}),
        ({"*PCF-ID": "1 1"}, {"*PCF-ID": "1 1"}),
    ],
}


@pytest.mark.parametrize(
    ("code", "product", "stage"), [(code, p, s) for code, cases in REFUSED.items() for p, s in cases]
)
def test_a_refusal_names_its_reason(tmp_path: Path, code: str, product: dict[str, str], stage: dict[str, str]) -> None:
    item = only(write(tmp_path, [PRODUCT | product], [STAGE | stage]))
    assert isinstance(item, Refusal)
    assert item.code == code
    assert item.row == 1


def test_a_repeated_id_is_refused_the_second_time(tmp_path: Path) -> None:
    summary = summarize(read_catalogue(write(tmp_path, [PRODUCT, PRODUCT], [STAGE])))
    assert summary.refusals == {"id.repeated": 1}
    assert summary.to_json() == {"rows": 2, "statements": 1, "refused": 1, "withStages": 1, "arithmeticFailed": 0}


def test_a_short_or_long_row_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, [PRODUCT], [STAGE])
    table = folder / "products.csv"
    table.write_text(table.read_text(encoding="utf-8").rstrip() + ",more\n", encoding="utf-8")
    item = only(folder)
    assert isinstance(item, Refusal)
    assert item.code == "row.shape"


def test_a_sum_that_fails_is_imported_and_counted(tmp_path: Path) -> None:
    summary = summarize(read_catalogue(write(tmp_path, [PRODUCT], [STAGE | {"Emissions at stage (kg CO2e)": "10.2"}])))
    assert summary.to_json() == {"rows": 1, "statements": 1, "refused": 0, "withStages": 1, "arithmeticFailed": 1}


@pytest.mark.parametrize(
    ("portion", "transport", "boundary"),
    [
        ("Downstream", "No", "cradle-to-grave"),
        ("Downstream", "Yes", "cradle-to-gate"),
        ("Upstream", "No", "cradle-to-gate"),
    ],
)
def test_the_boundary_follows_the_stages(tmp_path: Path, portion: str, transport: str, boundary: str) -> None:
    change = {"*Assigned value chain portion": portion, "*Emissions at this stage are exclusively transport": transport}
    item = only(write(tmp_path, [PRODUCT], [STAGE | change]))
    assert isinstance(item, ImportedFootprint)
    assert f"'boundary': '{boundary}'" in str(item.body)


def test_a_source_that_contradicts_itself_is_refused_whole(tmp_path: Path) -> None:
    write(tmp_path, [PRODUCT], [STAGE, STAGE | {"*PCF-ID": "9-9-2016"}])
    with pytest.raises(SourceError, match="9-9-2016"):
        list(read_catalogue(tmp_path))


def test_missing_files_and_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"products\.csv"):
        list(read_catalogue(tmp_path))
    write(tmp_path, [PRODUCT], [STAGE])
    (tmp_path / "stages.csv").write_text("*PCF-ID\n", encoding="utf-8")
    with pytest.raises(SourceError, match="Description of LCA stage"):
        list(read_catalogue(tmp_path))


def test_another_encoding_is_refused_and_not_guessed(tmp_path: Path) -> None:
    write(tmp_path, [PRODUCT | {"Company": "Metsä"}], [STAGE])
    table = tmp_path / "products.csv"
    table.write_bytes(table.read_text(encoding="utf-8").encode("cp1252"))
    with pytest.raises(SourceError, match="cannot be read"):
        list(read_catalogue(tmp_path))
