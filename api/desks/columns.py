"""The table that an enterprise fills in, one footprint a row: which columns, what each means, an example; as CSV and as a workbook.

The template has the header alone: an example left standing in it would be signed one day. Examples are in a file of their own.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final

from api.desks.workbooks import write_workbook
from api.pages.words import Pair
from verifier.times import shanghai_date


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. name: as in the header; needed: whether a row without it is refused."""

    name: str
    says: Pair
    needed: bool = False
    example: str = ""


def _need(name: str, zh: str, en: str, example: str) -> Column:
    return Column(name=name, says=(zh, en), needed=True, example=example)


def _may(name: str, zh: str, en: str, example: str = "") -> Column:
    return Column(name=name, says=(zh, en), example=example)


COLUMNS: Final = (
    _need("companyName", "企业名称", "Company's name", "示例家电有限公司"),
    _need("companyIds", "企业代码（URN）；多个用分号隔开", "Company's codes (URN), separated by semicolons", ""),
    _need("productNameCompany", "产品名称", "Product's name", "冰箱 300 升"),
    _need("productDescription", "产品说明", "What the product is", "两门冷藏冷冻箱，300 升"),
    _need(
        "productIds", "产品代码，GTIN 写成 urn:gtin: 加 14 位", "Product's codes; a GTIN as urn:gtin: and 14 digits",
        "urn:gtin:09520000000011",
    ),
    _may(
        "productClassifications", "类别（URN）；认证机构按它核对资质", "Categories (URN); a certifier's accreditation is for these",
        "urn:pact:tanji.example:category:refrigerator",
    ),
    _need("declaredUnitOfMeasurement", "申报单位：piece、kilogram、liter、kilowatt hour……", "Declared unit: piece, kilogram, liter, kilowatt hour…", "piece"),
    _need("declaredUnitAmount", "申报数量", "Declared amount", "1"),
    _need("productMassPerDeclaredUnit", "每申报单位的质量，千克", "Mass per declared unit, kg", "62"),
    _need("referencePeriodStart", "数据期间起（带时区）", "Reference period starts (with its zone)", "2025-01-01T00:00:00+08:00"),
    _need("referencePeriodEnd", "数据期间止（不含）", "Reference period ends (exclusive)", "2026-01-01T00:00:00+08:00"),
    _need("geographyCountry", "国家或地区，两位代码；或改用 geographyCountrySubdivision", "Country, two letters; or use geographyCountrySubdivision", "CN"),
    _need("pcfExcludingBiogenicUptake", "碳足迹总量（不含生物吸收），kgCO2e", "Total without biogenic uptake, kgCO2e", "310.5"),
    _need("pcfIncludingBiogenicUptake", "碳足迹总量（含生物吸收），kgCO2e", "Total with biogenic uptake, kgCO2e", "310.5"),
    _need("fossilGhgEmissions", "其中化石排放，kgCO2e", "Fossil emissions among it, kgCO2e", "310.5"),
    _need("fossilCarbonContent", "产品化石碳含量，kgC", "Fossil carbon content, kgC", "0"),
    _need("ipccCharacterizationFactors", "特征化因子：AR5、AR6", "Characterization factors: AR5, AR6", "AR6"),
    _need("crossSectoralStandards", "依据的标准；多个用分号隔开", "Standards, separated by semicolons", "ISO14067;PACT-3.0"),
    _need("exemptedEmissionsPercent", "排除的排放，百分比 0–100", "Exempted emissions, percent 0–100", "0"),
    _may("exemptedEmissionsDescription", "排除了什么（有排除时必填）", "What was exempted (due where something was)"),
    _may("packagingEmissionsIncluded", "是否含包装排放：true 或 false", "Packaging included: true or false", "false"),
    _may("packagingGhgEmissions", "包装排放，kgCO2e（含包装时）", "Packaging emissions, kgCO2e (where included)"),
    _may("ccsTechnologicalCO2CaptureIncluded", "是否含碳捕集：true 或 false", "Carbon capture included: true or false", "false"),
    _may("primaryDataShare", "初级数据占比，百分比", "Share of primary data, percent", "42.5"),
    _may("validityPeriodStart", "有效期起（可不填）", "Validity starts (may be left out)", "2026-01-01T00:00:00+08:00"),
    _may("validityPeriodEnd", "有效期止，至多三年", "Validity ends, three years at most", "2029-01-01T00:00:00+08:00"),
    _may(
        "created", "编制日；不填即上传当天。填了它，同一行再次上传就是同一份声明",
        "When it was made; left out, the day of the upload. With it, the same row is the same statement again", "2026-02-01T00:00:00+08:00",
    ),
    _may("boundary", "系统边界", "System boundary", "cradle-to-gate"),
    _may("plants", "生产地；多个用分号隔开", "Plants, separated by semicolons", "沈阳一厂"),
    _may(
        "stage:原材料", "各阶段排放，kgCO2e；冒号后是阶段名，可增减列，合计应等于总量",
        "Amount of a stage, kgCO2e; its name after the colon; add columns as needed; they add up to the total", "210.25",
    ),
    _may("stage:制造", "同上", "As above", "80"),
    _may("stage:运输", "同上", "As above", "20.25"),
)  # fmt: skip
_BOM: Final = "\ufeff"  # so that spreadsheets take it for UTF-8


def template_csv() -> bytes:
    """The header alone, in UTF-8 with a byte order mark."""
    return _csv([[column.name for column in COLUMNS]])


def example_csv(party: str, now: int) -> bytes:
    """Header and one made-up row of a party's."""
    return _csv([[column.name for column in COLUMNS], example_row(party, now)])


def template_workbook(party: str, now: int) -> bytes:
    """The header on the first sheet; on the second, what each column means, whether it is needed, and an example."""
    names = [column.name for column in COLUMNS]
    explained = [
        ["列 Column", "必填 Needed", "说明", "Meaning", "例 Example"],
        *(
            [column.name, "是 yes" if column.needed else "", *column.says, example]
            for column, example in zip(COLUMNS, example_row(party, now), strict=True)
        ),
    ]
    return write_workbook((("足迹 Footprints", [names]), ("说明 Columns", explained)))


def example_row(party: str, now: int) -> list[str]:
    """The examples, of the calendar year before `now` (unix seconds), with the party's own code."""
    year = int(shanghai_date(now)[:4])
    dated = {
        "companyIds": company_urn(party),
        "referencePeriodStart": f"{year - 1}-01-01T00:00:00+08:00",
        "referencePeriodEnd": f"{year}-01-01T00:00:00+08:00",
        "validityPeriodStart": f"{year}-01-01T00:00:00+08:00",
        "validityPeriodEnd": f"{year + 2}-01-01T00:00:00+08:00",
        "created": f"{shanghai_date(now)}T00:00:00+08:00",
    }
    return [dated.get(column.name, column.example) for column in COLUMNS]


def company_urn(party: str) -> str:
    """A party as PACT names a company: `urn:pact:gsxt.gov.cn:uscc:…`, or the code in a URN of its own register."""
    kind, _, code = party.partition(":")
    return f"urn:pact:gsxt.gov.cn:uscc:{code}" if kind == "uscc" else f"urn:{kind}:{code}"


def _csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return (_BOM + out.getvalue()).encode("utf-8")
