"""`tanji import …`: public collections of footprints."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.cli.operating import log_passphrase
from api.cli.options import FILE, FOLDER, PARTY, KeyChoice, Place, at_place, with_key, write_new
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.intake.importers.reader import ImportedFootprint, ImportSummary, Refusal
    from ledger.ports.signer import Signer

# Nobody's: the region does not exist, and the domain below (chain 0) belongs to no deployment.
IMPORT_PARTY: Final = "uscc:912199990TANJI0004"
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Who signs the imported footprints, and in which domain (32-byte separator)."""

    issuer: str
    signer: Signer
    separator: bytes


@click.group("import", help="导入 Read footprints from other collections.")
def group() -> None:
    """Imports."""


@group.command(
    "carbon-catalogue",
    help="""导入 Read the Carbon Catalogue (products.csv and stages.csv in DIR): every row becomes a footprint statement or a named refusal.

    With DIR alone nothing is needed and nothing is submitted: statements are signed by an import party with a key that is thrown away,
    in a domain of no deployment. With --home they are signed by --issuer's --key for that home's deployment, and submitted.

    --json ends with one line: rows, statements, refused, withStages, arithmeticFailed.

    \b
    Examples:
      tanji import carbon-catalogue data/carbon-catalogue
      tanji import carbon-catalogue data/carbon-catalogue --details -o statements.ndjson
      tanji import carbon-catalogue data/carbon-catalogue --home tanji-home --issuer uscc:91210100MA0P0EXAM1 --key keys/enterprise.json
    """,
)
@click.argument("folder", type=FOLDER)
@click.option("--issuer", type=PARTY, help="the party that signs (with --key)")
@click.option("-o", "--output-file", "out", type=FILE, help="where the statements go, one a line")
@click.option("--details", is_flag=True, help="name every refused row and every product whose stages do not add up")
@with_key
@at_place
@speaks
def carbon_catalogue(
    *,
    folder: Path,
    issuer: str | None,
    out: Path | None,
    details: bool,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Read, sign, check, count; submit only into a home that was named."""
    from ledger.intake.importers.carbon_catalogue import read_catalogue
    from ledger.intake.importers.reader import summarize

    submits = place.home_option is not None
    signing = _signing(issuer, key, place, submits=submits)
    with output.progress("读取 reading") as advance:
        items = list(_counted(read_catalogue(folder), advance))
    items, statements = _sign_all(items, signing, output)
    if out is not None:
        write_new(out, b"".join(data + b"\n" for data in statements))
    summary = summarize(items)
    _tell(items, summary, signing, details=details, output=output)
    if submits:
        _submit(statements, place, output)
    if out is not None:
        output.say(f"声明 statements → {out}")
    if output.as_json:
        click.echo(json.dumps(summary.to_json(), separators=(",", ":")))


def _signing(issuer: str | None, key: KeyChoice, place: Place, *, submits: bool) -> Signing:
    if (issuer is None) != (key.path is None):
        raise CommandError("import.signer", "--issuer and --key belong together", advice="give both, or neither")
    if issuer is not None:
        return Signing(issuer=issuer, signer=key.open(), separator=place.deployment().domain_separator)
    if submits:
        raise CommandError(
            "import.signer",
            "a log takes statements of registered parties only",
            advice="give --issuer PARTY and --key KEYSTORE of a party admitted for footprints, or leave --home out",
        )
    from ledger.keys.memory import MemorySigner
    from verifier.eip712 import domain_separator
    from verifier.types import Address

    separator = domain_separator(0, Address(bytes(20)))
    return Signing(issuer=IMPORT_PARTY, signer=MemorySigner.generate(), separator=separator)


def _counted(
    items: Iterable[ImportedFootprint | Refusal], advance: Callable[[int], None]
) -> Iterator[ImportedFootprint | Refusal]:
    for item in items:
        advance(1)
        yield item


def _sign_all(
    items: list[ImportedFootprint | Refusal], signing: Signing, output: Output
) -> tuple[list[ImportedFootprint | Refusal], list[bytes]]:
    """Sign every footprint and check each statement as a log would; what a log would not take becomes a refusal."""
    from ledger.domain.errors import SubmissionRefusedError
    from ledger.intake.importers.reader import ImportedFootprint, Refusal
    from ledger.services.clocks import SystemClock
    from verifier.errors import MalformedError

    now = SystemClock().now()
    kept: list[ImportedFootprint | Refusal] = []
    made: list[bytes] = []
    with output.progress("签名 signing", len(items)) as advance:
        for item in items:
            advance(1)
            if not isinstance(item, ImportedFootprint):
                kept.append(item)
                continue
            try:
                made.append(_signed(item, signing, now))
            except (MalformedError, SubmissionRefusedError) as error:
                place = getattr(error, "place", "") or getattr(error, "field", "")
                kept.append(
                    Refusal(key=item.key, row=item.row, code="statement.refused", field=place, detail=str(error))
                )
            else:
                kept.append(item)
    return kept, made


def _signed(item: ImportedFootprint, signing: Signing, now: int) -> bytes:
    from api.runtime.statements import make_draft, serialize_statement, sign_draft
    from ledger.services.submission import examine

    draft = make_draft("footprint", signing.issuer, item.body)
    data = serialize_statement(sign_draft(draft, signing.signer, signing.separator, issued_at=now))
    examine(data, signing.separator)
    return data


def _tell(
    items: list[ImportedFootprint | Refusal],
    summary: ImportSummary,
    signing: Signing,
    *,
    details: bool,
    output: Output,
) -> None:
    from ledger.intake.importers.reader import ImportedFootprint, Refusal

    refused = [item for item in items if isinstance(item, Refusal)]
    failed = [item for item in items if isinstance(item, ImportedFootprint) and item.arithmetic.value == "failed"]
    rows = [
        ("行 rows", summary.rows),
        ("声明 statements", summary.statements),
        ("未收 refused", summary.refused),
        ("有阶段数据 with stages", summary.with_stages),
        ("分项不符 arithmetic failed", summary.arithmetic_failed),
        *((f"  refused: {code}", count) for code, count in sorted(summary.refusals.items())),
        *((f"  changed: {code}", count) for code, count in sorted(summary.notes.items())),
    ]
    output.facts("Carbon Catalogue", rows)
    shown = None if details else _SHOWN
    if refused:
        output.table(
            "未收 refused rows",
            ("行 row", "编号 key", "代码 code", "字段 field", "内容 text"),
            [(item.row, item.key, item.code, item.field, item.detail) for item in refused[:shown]],
        )
    if details and failed:
        names = [(item.row, item.key, item.body["productNameCompany"]) for item in failed]
        output.table("分项不符 stages that do not give the total", ("行 row", "编号 key", "产品 product"), names)
    elif failed:
        output.hint("--details names the products whose stages do not add up; no certifier can accept them")
    if signing.issuer == IMPORT_PARTY:
        output.say(f"签署方 signed by {IMPORT_PARTY} (导入用,密钥已弃 an import party; its key is thrown away)")
        output.hint("nothing was submitted; keep the statements with -o, or submit with --home, --issuer and --key")


def _submit(statements: list[bytes], place: Place, output: Output) -> None:
    from api.runtime.parts import open_writer
    from ledger.services.ingest import Refusal

    home = place.home()
    taken, refusals = 0, []
    with (
        open_writer(home, log_passphrase(home, None), node=place.node()) as host,
        output.progress("提交 submitting", len(statements)) as advance,
    ):
        for outcome in host.ingest(statements):
            if isinstance(outcome, Refusal):
                refusals.append(outcome)
            else:
                taken += 1
            advance(1)
        host.integrate()
    output.say(f"已收 taken by the log {taken} / {len(statements)}")
    if refusals:
        first = refusals[0]
        raise CommandError(
            "import.refused",
            f"the log refused {len(refusals)} statements; the first, number {first.position}: {first.error}",
            advice="is the key registered for footprints, and the party granted them? run it again then: nothing is doubled",
        )
    output.hint("anchor them: tanji operator anchor --until-settled")
