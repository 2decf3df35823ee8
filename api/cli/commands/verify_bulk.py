"""`tanji verify labels.csv -o report`: thousands of labels at once."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, FOLDER, MOMENT
from api.cli.output import EXIT_UNREADABLE, CommandError, Output, command

if TYPE_CHECKING:
    from api.bulk.summary import Summary
    from verifier.command import Request

_INTERRUPTED = 130


@click.command(
    "verify",
    help="""批量核验 Verify a table, text file, spreadsheet, picture, PDF or folder of photos of labels; -o names the report's folder.

    Writes verdicts.csv (a verdict a line, with reasons), summary.json, index.html (one page to read, print and keep),
    duplicates.csv and over-issue.csv. An interrupted run goes on when the same command is given again.

    Exit codes: 0 all authentic; else the worst: 1 rejected, 4 unreadable lines, 3 inconclusive, 2 suspect. 4 also where nothing was judged.

    \b
    Examples:
      tanji verify labels.csv -o report --pack pack.tanji --bulletin bulletin.json --deployment deployment.json
      tanji verify photos/ -o report --pack pack.tanji --rpc https://a.example --rpc https://b.test --deployment deployment.json
      tanji verify 标签.xlsx -o report --evidence evidence/ --rpc https://a.example --rpc https://b.test --deployment deployment.json
    """,
)
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option(
    "-o", "--report", type=FOLDER, required=True, help="folder for the report: new, empty, or of an unfinished run"
)
@click.option("--column", metavar="NAME|NUMBER", help="column that holds the labels (default: the one that looks so)")
@click.option(
    "--encoding", type=click.Choice(["utf-8", "gb18030"]), help="encoding of a text file (default: told from the file)"
)
@click.option("--deployment", type=FILE, required=True, envvar="TANJI_DEPLOYMENT", help="the pinned deployment")
@click.option("--pack", type=FILE, help="inspection pack: labels without a network")
@click.option(
    "--evidence",
    multiple=True,
    metavar="FILE|DIR",
    help="evidence of the labels' certificates, with --snapshot or --rpc",
)
@click.option("--snapshot", type=FILE, help="offline snapshot for --evidence")
@click.option("--block-hash", metavar="0x…", help="block hash obtained elsewhere")
@click.option("--bulletin", type=FILE, help="bulletin signed by the pinned key")
@click.option("--qr", type=FILE, help="image of the bulletin's QR code")
@click.option("--rpc", multiple=True, metavar="[NAME=]URL", help="endpoint, repeatable")
@click.option("--quorum", type=int, help="endpoints that must agree (default: majority)")
@click.option("--depth", type=int, help="depth where the finalized tag is missing")
@click.option("--hints", multiple=True, metavar="FILE", help="earlier snapshot with preimages")
@click.option("--policy", metavar="NAME", help="inspection (default) | consumer | regulator | auditor")
@click.option("--at", type=MOMENT, help="a past moment asked about")
@click.option("--memory", metavar="FILE|none", help="device memory (newest block accepted)")
@click.option("--processes", type=click.IntRange(1, 64), help="checking processes (default: one a core)")
@click.option("--restart", is_flag=True, help="throw an unfinished run in the folder away")
@command
def bulk_command(output: Output, source: Path, report: Path, **options: object) -> None:
    """Read, judge, write the report, and leave with the code of the worst line."""
    from verifier.errors import VerifierError

    try:
        summary = _run(output, source, report, options)
    except VerifierError as error:
        # 1 would say that a label was rejected
        raise CommandError(error.code, str(error), exit_status=EXIT_UNREADABLE) from error
    except KeyboardInterrupt:
        click.echo("已中断；再次运行同一命令即可继续 interrupted: give the same command to go on", err=True)
        sys.exit(_INTERRUPTED)
    _tell(output, summary, report)
    sys.exit(summary.exit_code)


def _run(output: Output, source: Path, report: Path, options: dict[str, object]) -> Summary:
    from api.bulk.inputs import open_input
    from api.bulk.run import run_bulk
    from api.bulk.session import Asked, make_job
    from api.bulk.state import check_folder, forget, load_progress

    check_folder(report)
    if options.pop("restart"):
        forget(report)
    earlier = load_progress(report)
    found = open_input(source, column=_text(options.pop("column")), encoding=_text(options.pop("encoding")))
    processes = options.pop("processes")
    count = processes if isinstance(processes, int) else _cores()
    job = make_job(Asked(request=_request(options), report=report, processes=count), found, earlier)
    if earlier is not None:
        output.hint(f"接着上次继续 going on after {sum(earlier.counts):,} lines")
    with output.progress("核验 verifying", found.size_hint) as tell:
        return run_bulk(job, earlier, tell)


def _cores() -> int:
    """Those this process may use, where the system says so."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _request(options: dict[str, object]) -> Request:
    from verifier.command import Request

    def path(name: str) -> str | None:
        value = options[name]
        return None if value is None else str(value)

    return Request(
        files=(),
        deployment=path("deployment") or "",
        now=int(time.time()),
        snapshot=path("snapshot"),
        pack=path("pack"),
        evidence=_texts(options["evidence"]),
        block_hash=path("block_hash"),
        bulletin=path("bulletin"),
        qr=path("qr"),
        endpoints=_texts(options["rpc"]),
        quorum=_number(options["quorum"]),
        depth=_number(options["depth"]),
        hints=_texts(options["hints"]),
        policy=path("policy"),
        at=_number(options["at"]),
        memory=path("memory"),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _tell(output: Output, summary: Summary, report: Path) -> None:
    from api.bulk.charts import ENGLISH, MARKS
    from api.bulk.judging import OUTCOME_ZH
    from api.bulk.summary import OUTCOMES, summary_document

    rate = f"{summary.lines / summary.seconds:,.0f}/s" if summary.seconds > 0 else "-"
    counts = [
        (f"{MARKS[name]} {OUTCOME_ZH[name]} {ENGLISH[name]}", f"{summary.outcomes[name]:,}")
        for name in OUTCOMES
        if summary.outcomes[name]
    ]
    crossing = summary.crossing
    output.facts(f"{summary.lines:,} 行 lines, {summary.seconds:.1f} s, {rate}", counts)
    if crossing.over_issues:
        output.say(f"  超发的序号 indexes issued twice: {crossing.over_issues:,} ({report / 'over-issue.csv'})")
    if crossing.repeated:
        output.say(f"  重复的标签 labels seen twice: {crossing.repeated:,} ({report / 'duplicates.csv'})")
    output.hint(f"{report / 'index.html'} · {report / 'verdicts.csv'}")
    output.result({"report": str(report), **summary_document(summary)})
