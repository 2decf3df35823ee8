"""`tanji enterprise labels issue`, `tanji enterprise labels resume`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.commands.enterprise.labels.shared import (
    batches_folder,
    find_certificate,
    known_ranges,
    processes_of,
    with_batches,
)
from api.cli.options import FILE, FOLDER, KeyChoice, Place, ask_passphrase, at_place, with_key
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.keys.memory import MemorySigner
    from ledger.labels.batch import Batch
    from verifier.bodies import Certificate

_PROCESSES = click.option(
    "--processes", type=click.IntRange(0, 64), help="processes that sign (default: all cores for a large batch)"
)
_PIN_PASSPHRASE = click.option(
    "--pin-passphrase-file", type=FILE, help="passphrase of the PIN file (default: the key's)"
)
_SUBMIT = click.option("--submit", is_flag=True, help="hand the statement to the home's log, too")
_LABEL_KEY = click.option(
    "--label-key", type=FILE, metavar="KEYSTORE", help="key that signs each label (default: --key)"
)


@click.command(
    "issue",
    help="""签发 Make N labels under a certificate: serials, signatures, one-time PINs, and the signed labels statement.

    The batch is a folder: labels.csv, the PINs encrypted in pins.bin, the leaves, the statement. Interrupted anywhere, `resume` goes on with
    it; no serial or index is ever used twice. Item certificates take --count N; a batch or model has one label, printed as often as needed.

    \b
    Examples:
      tanji enterprise labels issue --certificate 0x5f…e2 --count 10000 --key keys/labels.json --resolver id.example.cn
      tanji enterprise labels issue --certificate certificate.json --gtin 09524000000017 --batch L2026-04 --count 500 \\
        --key keys/labels.json --resolver id.example.cn
    """,
)
@click.option(
    "--certificate",
    "named",
    required=True,
    metavar="ID|FILE",
    help="the certificate's id (in the home's log) or statement file",
)
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="how many labels")
@click.option("--gtin", help="which of the certificate's products (default: its only GTIN)")
@click.option(
    "--gmn", help="a model label by this GMN of the certificate's (default: its only GMN, where it names no GTIN)"
)
@click.option("--batch", "lot", default="1", show_default=True, help="the lot's name (AI 10)")
@click.option("--resolver", required=True, envvar="TANJI_RESOLVER", help="host name of the labels' links")
@_LABEL_KEY
@_PIN_PASSPHRASE
@_PROCESSES
@_SUBMIT
@with_batches
@with_key
@at_place
@speaks
def issue(
    *, named: str, count: int, gtin: str | None, gmn: str | None, lot: str, resolver: str, label_key: Path | None, pin_passphrase_file: Path | None,
    processes: int | None, submit: bool, batches: Path | None, key: KeyChoice, place: Place, output: Output,
) -> None:  # fmt: skip
    """Reserve, make, sign."""
    from api.runtime.statements import serialize_statement
    from ledger.labels.issue import begin
    from ledger.labels.plan import Order
    from verifier.bodies import parse_certificate
    from verifier.statement import statement_id

    statement = find_certificate(named, place)
    certificate = parse_certificate(statement.body, "/body")
    identity = statement_id(statement)
    named_gtin, named_gmn = _product(gtin, gmn, certificate)
    order = Order(
        certificate_id=identity,
        certificate=certificate,
        gtin=named_gtin,
        batch=lot,
        count=count,
        gmn=named_gmn,
    )
    signer = key.open()
    marker = signer if label_key is None else KeyChoice(path=label_key, passphrase_file=key.passphrase_file).open()
    pins = ask_passphrase(pin_passphrase_file or key.passphrase_file, "the PIN file")
    batch = begin(
        batches_folder(batches, place), order, serialize_statement(statement),
        known=known_ranges(identity, certificate.holder, place), label_key=marker,
        separator=place.deployment().domain_separator, resolver=resolver,
    )  # fmt: skip
    output.say(f"批次 batch {batch.folder}: {batch.plan.count} from index {batch.plan.first}")
    _complete(batch, signer=signer, marker=marker, pins=pins, processes=processes, place=place, output=output)
    _tell(batch, place, output, submit=submit)


@click.command(
    "resume",
    help="""续作 Go on with a batch that was interrupted, with the keys and the PIN passphrase it was begun with.

    \b
    Examples:
      tanji enterprise labels resume tanji-labels/5f10…-0000000000-10000 --key keys/labels.json
    """,
)
@click.argument("folder", type=FOLDER)
@_LABEL_KEY
@_PIN_PASSPHRASE
@_PROCESSES
@_SUBMIT
@with_key
@at_place
@speaks
def resume(
    *, folder: Path, label_key: Path | None, pin_passphrase_file: Path | None, processes: int | None, submit: bool, key: KeyChoice, place: Place,
    output: Output,
) -> None:  # fmt: skip
    """Open, make what is missing, sign."""
    from ledger.labels.batch import open_batch

    batch = open_batch(folder)
    signer = key.open()
    marker = signer if label_key is None else KeyChoice(path=label_key, passphrase_file=key.passphrase_file).open()
    if place.deployment().domain_separator != batch.plan.separator:
        raise CommandError(
            "labels.deployment",
            "the batch was begun for another deployment",
            advice="name the right one with --deployment",
        )
    pins = ask_passphrase(pin_passphrase_file or key.passphrase_file, "the PIN file")
    _complete(batch, signer=signer, marker=marker, pins=pins, processes=processes, place=place, output=output)
    _tell(batch, place, output, submit=submit)


def _product(gtin: str | None, gmn: str | None, certificate: Certificate) -> tuple[str | None, str | None]:
    """The GTIN or the GMN that labels are for: as asked, else the only GTIN of the certificate, or its only GMN where it has no GTIN."""
    if gtin is not None:
        from verifier.gs1 import pad_gtin

        return pad_gtin(gtin), gmn
    if gmn is not None:
        return None, gmn
    gtins = [product.gtin for product in certificate.products if product.gtin is not None]
    gmns = [product.gmn for product in certificate.products if product.gmn is not None]
    if len(gtins) == 1:
        return gtins[0], None
    if not gtins and len(gmns) == 1:
        return None, gmns[0]
    raise CommandError(
        "labels.product",
        f"the certificate names {len(gtins)} GTINs and {len(gmns)} GMNs",
        advice="say which one: --gtin GTIN, or --gmn GMN for a model label",
    )


def _complete(
    batch: Batch,
    *,
    signer: MemorySigner,
    marker: MemorySigner,
    pins: bytes,
    processes: int | None,
    place: Place,
    output: Output,
) -> None:
    from api.runtime.statements import make_draft, serialize_statement, sign_draft
    from ledger.labels.issue import IssuePolicy, body_of, make
    from ledger.services.clocks import SystemClock

    plan = batch.plan
    if not batch.statement.exists():
        with output.progress("签发 issuing", plan.count) as advance:
            make(
                batch, marker, pins, policy=IssuePolicy(processes=processes_of(processes, plan.count)), progress=advance
            )
        draft = make_draft("labels", plan.holder, body_of(batch))
        output.say(f"将要签署 about to sign:\n  {draft.summary}")
        made = sign_draft(draft, signer, place.deployment().domain_separator, issued_at=SystemClock().now())
        batch.finish(serialize_statement(made))


def _tell(batch: Batch, place: Place, output: Output, *, submit: bool) -> None:
    from verifier.canonical import parse
    from verifier.encoding import to_hex
    from verifier.statement import parse_statement, statement_id

    plan = batch.plan
    identity = to_hex(statement_id(parse_statement(parse(batch.statement.read_bytes()))))
    output.say(f"已签 signed {identity}: {plan.count} labels in {batch.rows}")
    answer = _submitted(batch, place, output) if submit else None
    if answer is None:
        output.hint(f"hand the statement to the log within 7 days: tanji operator submit {batch.statement}")
    output.hint(f"print them: tanji enterprise labels print {batch.folder} -o print/")
    output.result(
        {
            "folder": str(batch.folder), "statement": str(batch.statement), "id": identity, "first": plan.first, "count": plan.count,
            "quota": plan.quota, "root": to_hex(batch.root()), "receipt": answer,
        }
    )  # fmt: skip


def _submitted(batch: Batch, place: Place, output: Output) -> object:
    """The receipt. Raises CommandError with the log's reason when it refuses."""
    from api.cli.handing import hand_over

    statements = [batch.statement.read_bytes()]
    answer = hand_over(statements, place, output, processes=0, inbox=False, passphrase_file=None)[0]
    error = answer.get("error")
    if isinstance(error, dict):
        raise CommandError(
            str(error.get("code", "submission.refused")),
            str(error.get("message", "")),
            advice="the batch stays as it is; its indexes are used up",
        )
    output.say(f"已收 taken at index {answer['index']}")
    return answer
