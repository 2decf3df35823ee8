"""`tanji enterprise check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.drafting import read_body
from api.cli.options import FILE
from api.cli.output import EXIT_REFUSED, EXIT_UNREADABLE, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.intake.pact import Finding


@click.command(
    "check",
    help="""检查 Check footprints (PACT v3 JSON) against every rule, and add up their stages and inventories.

    Exit code 0: all can be signed; 1: at least one cannot; 4: at least one could not be read.

    \b
    Examples:
      tanji enterprise check footprint.json
      tanji enterprise check footprints/*.json --json
    """,
)
@click.argument("files", type=FILE, nargs=-1, required=True)
@speaks
def command(*, files: tuple[Path, ...], output: Output) -> None:
    """Judge each file; none stops the others."""
    results = [_judge(file) for file in files]
    for result in results:
        rows = _rows(result["findings"])
        said = "可签 can be signed" if result["signable"] else "不可签 cannot be signed"
        output.say(f"{result['file']}: {said} · 复算 sums: {result['arithmetic']}")
        if rows:
            output.table("", ("级别 severity", "位置 field", "规则 rule", "详情 detail"), rows)
    if all(result["signable"] for result in results):
        output.hint("sign: tanji enterprise sign FILE --party … --key … -o statement.json")
    output.result({"files": results})
    if any(result["unreadable"] for result in results):
        raise SystemExit(EXIT_UNREADABLE)
    if not all(result["signable"] for result in results):
        raise SystemExit(EXIT_REFUSED)


def _rows(findings: object) -> list[tuple[str, ...]]:
    members = ("severity", "field", "rule", "detail")
    return [tuple(finding[name] for name in members) for finding in findings] if isinstance(findings, list) else []


def _judge(file: Path) -> dict[str, object]:
    from api.runtime.files import UnreadableError
    from ledger.intake.inventory import validate_inventory
    from ledger.intake.pact import errors_of, validate_footprint
    from verifier.arithmetic import check_arithmetic
    from verifier.bodies import parse_footprint
    from verifier.errors import MalformedError

    try:
        body = read_body(file)
    except (MalformedError, UnreadableError) as error:
        return _result(file, [_unreadable(error)], arithmetic="not_checked", signable=False, unreadable=True)
    findings = validate_footprint(body)
    try:
        footprint = parse_footprint(body)
    except MalformedError as error:
        form = {"field": error.place, "rule": error.rule, "severity": "error", "detail": error.detail}
        return _result(file, [form, *map(_document, findings)], arithmetic="not_checked", signable=False)
    findings = (*findings, *validate_inventory(footprint, body))
    arithmetic = check_arithmetic(footprint)
    failed = [
        {
            "field": "",
            "rule": f"sum.{failure.sum}",
            "severity": "warning",
            "detail": f"{failure.comparison.computed} computed, {failure.comparison.stated} stated: "
            "no certifier can accept this (footprint.arithmetic)",
        }
        for failure in arithmetic.failures
    ]
    documents = [*map(_document, findings), *failed]
    return _result(file, documents, arithmetic=arithmetic.outcome.value, signable=not errors_of(findings))


def _result(
    file: Path, findings: list[dict[str, str]], *, arithmetic: str, signable: bool, unreadable: bool = False
) -> dict[str, object]:
    return {
        "file": str(file),
        "signable": signable,
        "unreadable": unreadable,
        "arithmetic": arithmetic,
        "findings": findings,
    }


def _document(finding: Finding) -> dict[str, str]:
    return {
        "field": finding.field,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "detail": finding.detail,
    }


def _unreadable(error: Exception) -> dict[str, str]:
    place = str(getattr(error, "place", ""))
    return {
        "field": place,
        "rule": str(getattr(error, "rule", "unreadable")),
        "severity": "error",
        "detail": str(error),
    }
