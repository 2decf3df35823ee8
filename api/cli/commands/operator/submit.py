"""`tanji operator submit`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.cli.handing import hand_over
from api.cli.mined import moment
from api.cli.options import FILE, Place, at_place
from api.cli.output import EXIT_REFUSED, CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from verifier.types import JsonValue

_SHOWN: Final = 20


@click.command(
    "submit",
    help="""提交 Submit statements: .json files hold one, others (.ndjson, - for standard input) one a line.

    Each gets a receipt or a refusal that names the member and the rule; refusals stop nothing. While `tanji operator run` is the writer,
    statements go through its inbox. Submitting again is safe: the same statement gets the same receipt.

    Exit code 0: all were taken; 1: some were refused.

    \b
    Examples:
      tanji operator submit certificate.json
      tanji operator submit statements.ndjson --receipts receipts.ndjson --processes 2
    """,
)
@click.argument("files", type=click.Path(path_type=Path, allow_dash=True), nargs=-1, required=True)
@click.option("--receipts", type=FILE, help="where answers go, one a line (default: shown)")
@click.option(
    "--processes", type=click.IntRange(0, 64), default=0, help="processes that check statements (0: none extra)"
)
@click.option("--inbox", is_flag=True, help="hand them to the operator that runs; needs no passphrase")
@click.option("--passphrase-file", type=FILE, help="passphrase of the log key (default: as tanji.toml says)")
@at_place
@speaks
def command(
    *,
    files: tuple[Path, ...],
    receipts: Path | None,
    processes: int,
    inbox: bool,
    passphrase_file: Path | None,
    place: Place,
    output: Output,
) -> None:
    """As the writer, or through the inbox of the one that runs."""
    from api.runtime.files import write_whole
    from verifier.canonical import canonicalize

    statements = [data for file in files for data in _statements(file)]
    if not statements:
        raise CommandError(
            "submit.empty", "there is no statement in these files", advice="sign some: tanji enterprise sign …"
        )
    answers = hand_over(statements, place, output, processes=processes, inbox=inbox, passphrase_file=passphrase_file)
    if receipts is not None:
        write_whole(receipts, b"".join(canonicalize(answer) + b"\n" for answer in answers))
    _tell(answers, receipts, output)


def _statements(file: Path) -> Iterator[bytes]:
    from api.runtime.submissions import read_lines, read_statements

    return read_lines(sys.stdin.buffer) if str(file) == "-" else read_statements(file)


def _tell(answers: list[dict[str, JsonValue]], receipts: Path | None, output: Output) -> None:
    refused = [answer for answer in answers if "error" in answer]
    taken = [answer for answer in answers if "error" not in answer]
    if refused:
        rows = [(answer["position"], *_reason(answer["error"])) for answer in refused[:_SHOWN]]
        more = f", first {_SHOWN}" if len(refused) > _SHOWN else ""
        output.table(
            f"未收 refused: {len(refused)}{more}", ("第 position", "字段 field", "规则 rule", "详情 details"), rows
        )
    if taken and receipts is None:
        receipt_rows = [(answer["index"], answer["id"], moment(answer["anchorBy"])) for answer in taken[:_SHOWN]]
        output.table("回执 receipts", ("序号 index", "编号 id", "锚定期限 anchor by"), receipt_rows)
    output.say(f"已收 taken {len(taken)} / {len(answers)}" + (f" → {receipts}" if receipts else ""))
    if taken:
        output.hint("anchored by policy while `tanji operator run` runs, or now: tanji operator anchor --until-settled")
    output.result(
        {"taken": len(taken), "refused": len(refused), "answers": answers if receipts is None else str(receipts)}
    )
    if refused:
        raise SystemExit(EXIT_REFUSED)


def _reason(error: JsonValue) -> tuple[str, str, str]:
    if not isinstance(error, dict):
        return "", "", ""
    return str(error.get("field", "")), str(error.get("rule", error.get("code", ""))), str(error.get("message", ""))
