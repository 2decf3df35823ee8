"""`tanji enterprise sign-table`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, PARTY, KeyChoice, Place, at_place, with_key, write_new
from api.cli.output import EXIT_REFUSED, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.intake.importers.reader import ImportedFootprint, Refusal


@click.command(
    "sign-table",
    help="""批量签名 Sign a CSV table of footprints. Each row is checked alone: rows with errors are named, the others are signed.

    Columns are PACT's member names, `boundary`, `plants`, and `stage:NAME` for stage amounts; lists are separated by `;`.
    Exit code 0: every row was signed; 1: some were refused; 4: the table could not be read.

    \b
    Examples:
      tanji enterprise sign-table footprints.csv --party uscc:91210100MA0P0EXAM1 --key keys/enterprise.json -o statements.ndjson
    """,
)
@click.argument("table", type=FILE)
@click.option("--party", type=PARTY, required=True, help="the enterprise")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the statements go, one a line")
@with_key
@at_place
@speaks
def command(*, table: Path, party: str, out: Path, key: KeyChoice, place: Place, output: Output) -> None:
    """Read all, sign what holds, name what does not."""
    from api.runtime.statements import make_draft, serialize_statement, sign_draft
    from ledger.intake.importers.footprint_csv import read_footprint_table
    from ledger.intake.importers.reader import ImportedFootprint, Refusal
    from ledger.services.clocks import SystemClock

    items = list(read_footprint_table(table))
    good = [item for item in items if isinstance(item, ImportedFootprint)]
    refused = [item for item in items if isinstance(item, Refusal)]
    separator = place.deployment().domain_separator
    lines: list[bytes] = []
    if good:
        signer, now = key.open(), SystemClock().now()
        with output.progress("签名 signing", len(good)) as advance:
            for item in good:
                draft = make_draft("footprint", party, item.body)
                lines.append(serialize_statement(sign_draft(draft, signer, separator, issued_at=now)) + b"\n")
                advance(1)
        write_new(out, b"".join(lines))
    _tell(good, refused, out, output)
    if refused:
        raise SystemExit(EXIT_REFUSED)


def _tell(good: list[ImportedFootprint], refused: list[Refusal], out: Path, output: Output) -> None:
    if refused:
        rows = [(item.row, item.key, item.code, item.detail) for item in refused]
        output.table(f"未签 not signed: {len(refused)}", ("行 row", "产品 product", "规则 rule", "详情 detail"), rows)
    failed = [item.key for item in good if item.arithmetic.value == "failed"]
    if failed:
        output.say(
            f"分项与总量不符 sums that do not hold ({len(failed)}), no certifier can accept: {', '.join(failed)}"
        )
    output.say(f"已签 signed {len(good)} / {len(good) + len(refused)}" + (f" → {out}" if good else ""))
    if good:
        output.hint(f"hand them to the log within 7 days: tanji operator submit {out}")
    output.result(
        {
            "file": str(out) if good else None,
            "signed": len(good),
            "refused": [
                {"row": item.row, "key": item.key, "code": item.code, "field": item.field, "detail": item.detail}
                for item in refused
            ],
            "arithmeticFailed": failed,
        }
    )
