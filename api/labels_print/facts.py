"""What a label says, taken from the certificate and nowhere else; only names of parties and the scheme's words come from outside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.labels_print.errors import SchemeFileError
from verifier.bodies import Certificate
from verifier.label import Granularity
from verifier.times import shanghai_date

NOT_NATIONAL: Final = "非国家统一标识"
_UNITS: Final = {
    "liter": "升", "kilogram": "千克", "cubic meter": "立方米", "kilowatt hour": "千瓦时", "megajoule": "兆焦",
    "ton kilometer": "吨公里", "square meter": "平方米", "piece": "件", "hour": "小时", "megabit second": "兆比特秒",
}  # fmt: skip
_ASSURANCE: Final = {"limited": "有限保证", "reasonable": "合理保证"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeWords:
    """What a scheme's configuration says about its labels. `disclaimer`: words every label carries; empty only where the scheme is the national one."""

    disclaimer: str = NOT_NATIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """Everything on a label that is the same for the whole batch."""

    granularity: Granularity
    product: str
    model: str
    figure: str
    unit: str
    grade: str | None
    certifier: str
    certificate: str
    scheme: str
    assurance: str
    period: str
    identity: str
    batch: str
    disclaimer: str


def read_scheme_words(file: Path, scheme: str) -> SchemeWords:
    """A scheme's words from a TOML file with a table for each scheme id; the usual ones where it says nothing.

    Raises SchemeFileError.
    """
    import tomllib

    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SchemeFileError(str(file), "cannot be read as TOML") from error
    table = tables.get(scheme, {})
    words = table.get("disclaimer", NOT_NATIONAL) if isinstance(table, dict) else None
    if not isinstance(words, str) or (isinstance(table, dict) and table.keys() - {"disclaimer"}):
        raise SchemeFileError(str(file), f"[{scheme}] may hold `disclaimer`, a text, and nothing else")
    return SchemeWords(disclaimer=words)


def facts_of(
    certificate: Certificate,
    *,
    gtin: str | None,
    batch: str,
    certifier: str,
    gmn: str | None = None,
    words: SchemeWords | None = None,
) -> LabelFacts:
    """The facts of a certificate's labels.

    Args:
        certificate: as signed.
        gtin, gmn: which of its products; the GTIN is passed over where a `gmn` is given.
        batch: the lot's name.
        certifier: the certifier's name as the registry has it.
        words: the scheme's configuration.
    """
    product = next(one for one in certificate.products if (one.gtin == gtin if gmn is None else one.gmn == gmn))
    amount = "" if certificate.unit_amount.text == "1" else f"{certificate.unit_amount.text} "
    return LabelFacts(
        granularity=Granularity(certificate.granularity),
        product=product.name,
        model=product.model or "",
        figure=certificate.pcf.text,
        unit=f"kgCO2e / {amount}{_UNITS.get(certificate.unit, certificate.unit)} {certificate.unit}",
        grade=None if certificate.grade is None else certificate.grade.value,
        certifier=certifier,
        certificate=f"{certificate.number} v{certificate.version}",
        scheme=certificate.scheme_name,
        assurance=f"{_ASSURANCE[certificate.assurance]} {certificate.assurance}",
        period=f"{shanghai_date(certificate.valid_from)} – {shanghai_date(certificate.valid_until - 1)}",
        identity=f"GTIN (01) {gtin}" if gmn is None else f"GMN (8013) {gmn}",
        batch=batch,
        disclaimer=(words or SchemeWords()).disclaimer,
    )
