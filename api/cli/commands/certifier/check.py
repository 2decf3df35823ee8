"""`tanji certifier check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands.certifier.inputs import read_footprint, read_rule
from api.cli.options import FILE, PARTY
from api.cli.output import EXIT_REFUSED, Output
from api.cli.output import command as speaks
from api.cli.terms import read_terms

if TYPE_CHECKING:
    from ledger.intake.refusals import RefusalReason


@click.command(
    "check",
    help="""审核 Whether a footprint can be certified under these terms; if not, every reason at once, in Chinese and English.

    Exit code 0: it can; 1: it cannot; 4: something could not be read.

    \b
    Examples:
      tanji certifier check footprint.json --terms terms.toml --party uscc:91110000MA0C0EXAM2
      tanji certifier check footprint.json --terms terms.toml --party uscc:91110000MA0C0EXAM2 --rule rule-statement.json
    """,
)
@click.argument("footprint", type=FILE)
@click.option(
    "--terms", type=FILE, required=True, help="TOML or JSON file of the certifier's terms (docs/operations.md)"
)
@click.option("--party", type=PARTY, required=True, help="the certifier")
@click.option("--rule", type=FILE, help="rule statement the grade comes from")
@click.option("--adviser", "advisers", type=PARTY, multiple=True, help="who advised on the footprint; repeatable")
@speaks
def command(
    *, footprint: Path, terms: Path, party: str, rule: Path | None, advisers: tuple[str, ...], output: Output
) -> None:
    """Draft, and tell the reasons when that is refused."""
    from ledger.intake.drafts import draft_certificate
    from ledger.intake.refusals import CertificateRefusedError
    from ledger.services.clocks import SystemClock

    wanted = read_terms(terms, certifier=party, grade_rule=read_rule(rule))
    signed = read_footprint(footprint, advisers)
    try:
        draft_certificate(signed, wanted, now=SystemClock().now())
    except CertificateRefusedError as error:
        _tell(error.reasons, output)
        raise SystemExit(EXIT_REFUSED) from error
    output.say("可以认证 nothing speaks against certifying this footprint")
    output.hint("issue it: tanji certifier issue …")
    output.result({"certifiable": True, "reasons": []})


def _tell(reasons: tuple[RefusalReason, ...], output: Output) -> None:
    rows = [(reason.code, f"{reason.zh}\n{reason.en}", f"{reason.field} {reason.detail}".strip()) for reason in reasons]
    output.table(f"不予认证 refused, {len(reasons)} 项 reasons", ("代码 code", "原因 reason", "详情 details"), rows)
    output.hint("the enterprise corrects the footprint and signs it again; nothing was issued")
    documents = [
        {"code": reason.code, "zh": reason.zh, "en": reason.en, "field": reason.field, "detail": reason.detail}
        for reason in reasons
    ]
    output.result({"certifiable": False, "reasons": documents})
