"""`tanji enterprise labels print`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands.enterprise.labels.shared import processes_of
from api.cli.options import FILE, FOLDER, Place, ask_passphrase, at_place
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from api.labels_print.design import Template
    from ledger.labels.batch import Batch
    from verifier.statement import Statement


@click.command(
    "print",
    help="""打印 Make PDF sheets of a batch's labels with cut marks, a ZIP of SVG files, or PNG files.

    Every label carries its code (QR, level M, modules of at least 0.33 mm), the figure with its unit, the grade as shape, letter and colour, certifier,
    validity, GTIN, serial, and the PIN in a dashed area to be covered with scratch-off ink. A file that is there already is not made again.

    \b
    Examples:
      tanji enterprise labels print tanji-labels/5f10…-0000000000-10000 -o print/ --certifier-name 示例认证中心
      tanji enterprise labels print tanji-labels/5f10…-0000000000-10000 -o print/ --page A5 --columns 2 --rows 4 --gap 2
      tanji enterprise labels print tanji-labels/5f10…-0000000000-10000 -o print/ --format svg --without-pins
    """,
)
@click.argument("folder", type=FOLDER)
@click.option("-o", "--output-folder", "out", type=FOLDER, required=True, help="where the files go")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["pdf", "svg", "png"]),
    default="pdf",
    show_default=True,
    help="sheets, one ZIP, or a file a label",
)
@click.option("--page", type=click.Choice(["A4", "A5"]), default="A4", show_default=True)
@click.option("--columns", type=click.IntRange(1, 20), help="labels a row (default: as many as fit)")
@click.option("--rows", type=click.IntRange(1, 40), help="labels a column (default: as many as fit)")
@click.option("--gap", type=click.FloatRange(0, 50), default=0.0, show_default=True, help="mm between labels")
@click.option("--margin", type=click.FloatRange(0, 50), default=8.0, show_default=True, help="mm at the page's edge")
@click.option(
    "--scale", type=click.FloatRange(0.5, 4), default=1.0, show_default=True, help="size of a label; 1 is 64 × 42 mm"
)
@click.option("--dpi", type=click.IntRange(150, 1200), default=300, show_default=True, help="of PNG files")
@click.option("--first", type=click.IntRange(0), default=0, show_default=True, help="start at this label of the batch")
@click.option("--count", type=click.IntRange(1), help="print only so many")
@click.option(
    "--certifier-name", help="the certifier's name as the registry has it (default: from the home's profiles)"
)
@click.option("--schemes", type=FILE, help='TOML file of schemes\' own words: [ID] disclaimer = "…"')
@click.option("--without-pins", is_flag=True, help="leave the scratch area empty; needs no passphrase")
@click.option("--passphrase-file", type=FILE, help="passphrase of the PIN file")
@click.option("--processes", type=click.IntRange(0, 64), help="processes (default: all cores for a large batch)")
@at_place
@speaks
def command(
    *, folder: Path, out: Path, kind: str, page: str, columns: int | None, rows: int | None, gap: float, margin: float, scale: float, dpi: int,
    first: int, count: int | None, certifier_name: str | None, schemes: Path | None, without_pins: bool, passphrase_file: Path | None, processes: int | None,
    place: Place, output: Output,
) -> None:  # fmt: skip
    """Lay out, print, say where."""
    from itertools import islice

    from api.labels_print.jobs import print_pdf, print_png, print_svg_zip, read_labels
    from api.labels_print.sheet import PAGES, plan_sheet
    from ledger.labels.batch import open_batch
    from ledger.labels.pins import read_pins

    batch = open_batch(folder)
    if not batch.statement.exists():
        raise CommandError(
            "labels.unsigned",
            "the batch's statement is not signed yet",
            advice=f"tanji enterprise labels resume {folder} --key KEYSTORE",
        )
    template = _template(batch, certifier_name, schemes, place, scale)
    pins = None if without_pins else read_pins(batch.pins, ask_passphrase(passphrase_file, "the PIN file"))
    total = max(0, min(batch.plan.count - first, count or batch.plan.count))
    labels = islice(
        read_labels(batch.rows, pins, count=batch.plan.count), first, None if count is None else first + count
    )
    workers = processes_of(processes, total)
    _claim(
        out, (str(folder.resolve()), template, kind, page, columns, rows, gap, margin, dpi, first, count, without_pins)
    )
    with output.progress("打印 printing", total) as advance:
        if kind == "pdf":
            sheet = plan_sheet(
                PAGES[page], (template.width, template.height), columns=columns, rows=rows, margin=margin, gap=gap
            )
            files = print_pdf(out, labels, template, sheet, processes=workers, progress=advance)
        elif kind == "svg":
            print_svg_zip(out / "labels.zip", labels, template, processes=workers, progress=advance)
            files = [out / "labels.zip"]
        else:
            files = print_png(out, labels, template, dpi=dpi, progress=advance)
    shown = ", ".join(str(path) for path in files[:3]) + (" …" if len(files) > 3 else "")
    output.say(f"已印 printed {total} labels: {shown}")
    output.result({"labels": total, "files": [str(path) for path in files]})


def _claim(out: Path, job: tuple[object, ...]) -> None:
    """Make the folder this job's own: files of another batch or layout are never taken for its. Raises CommandError.

    Only its owner may read it, for PINs are in it.
    """
    from hashlib import sha256

    from api.runtime.files import write_whole

    mark = sha256(repr(job).encode()).hexdigest().encode() + b"\n"
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    claimed = out / ".job"
    if claimed.exists():
        if claimed.read_bytes() != mark:
            raise CommandError(
                "print.folder",
                f"{out} holds the files of another print job",
                advice="choose another folder; nothing was changed",
            )
    elif any(out.iterdir()):
        raise CommandError("print.folder", f"{out} is not empty", advice="choose another folder; nothing was changed")
    else:
        write_whole(claimed, mark)


def _template(batch: Batch, certifier: str | None, schemes: Path | None, place: Place, scale: float) -> Template:
    from api.labels_print.design import make_template
    from api.labels_print.facts import facts_of, read_scheme_words
    from verifier.bodies import parse_certificate
    from verifier.canonical import parse
    from verifier.statement import parse_statement

    statement = parse_statement(parse(batch.certificate.read_bytes()))
    certificate = parse_certificate(statement.body, "/body")
    facts = facts_of(
        certificate, gtin=batch.plan.gtin, gmn=batch.plan.gmn, batch=batch.plan.batch, certifier=certifier or _registered_name(statement, place),
        words=None if schemes is None else read_scheme_words(schemes, certificate.scheme_id),
    )  # fmt: skip
    return make_template(facts, scale=scale)


def _registered_name(statement: Statement, place: Place) -> str:
    """The certifier's name in the home's profiles; its number where the home does not know it."""
    from api.cli.profiles import read_profiles

    if place.has_home():
        for profile in read_profiles(place.home().profiles):
            if profile.party == statement.issuer:
                return profile.name
    return statement.issuer
