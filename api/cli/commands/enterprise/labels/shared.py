"""What the label commands share: where batches are, which certificate, which ranges the log has."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec

import click

from api.cli.options import FOLDER, Place, read_bytes
from api.cli.output import EXIT_UNREADABLE, CommandError

if TYPE_CHECKING:
    from ledger.labels.plan import IndexRange
    from verifier.statement import Statement
    from verifier.types import StatementId

P = ParamSpec("P")
VARIABLE: Final = "TANJI_LABELS"
_ID: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)


def with_batches(function: Callable[P, None]) -> Callable[P, None]:
    """Give a command --batches, the folder of all batches."""
    option = click.option(
        "--batches",
        type=FOLDER,
        envvar=VARIABLE,
        help="folder of all batches (default: the home's labels, else ./tanji-labels)",
    )
    return option(function)


def batches_folder(option: Path | None, place: Place) -> Path:
    """Where batches are kept. It must always be the same one: it is what keeps an index from being given twice."""
    if option is not None:
        return option
    return place.home().root / "labels" if place.has_home() else Path("tanji-labels")


def find_certificate(named: str, place: Place) -> Statement:
    """The certificate's statement: a file, or an id that the home's log has.

    Raises CommandError, MalformedError, UnreadableError, StoreUnavailableError.
    """
    from verifier.canonical import parse
    from verifier.statement import parse_statement

    if _ID.fullmatch(named):
        return _logged(named, place)
    statement = parse_statement(parse(read_bytes(Path(named), 1_048_576)))
    if statement.kind != "certificate":
        raise CommandError(
            "statement.kind",
            f"{named} is a {statement.kind} statement, a certificate is needed",
            exit_status=EXIT_UNREADABLE,
        )
    return statement


def _logged(named: str, place: Place) -> Statement:
    from api.runtime.parts import open_reader
    from verifier.encoding import parse_hex
    from verifier.statement import Statement, parse_entry
    from verifier.types import StatementId

    wanted = StatementId(parse_hex(named, "", 32))
    with open_reader(place.home()) as parts:
        found = parts.store.find([wanted]).get(wanted, [])
    for stored in found:
        entry = parse_entry(stored.entry)
        if entry.kind == "certificate" and entry.body is not None and entry.body_bytes is not None:
            return Statement(
                kind=entry.kind, issuer=entry.issuer, body=entry.body, issued_at=entry.issued_at, signer=entry.signer,
                signature=entry.signature, body_bytes=entry.body_bytes, body_hash=entry.body_hash,
            )  # fmt: skip
    raise CommandError(
        "certificate.unknown",
        f"the log has no certificate {named}",
        advice="give the certificate's file instead: --certificate FILE",
    )


def known_ranges(certificate: StatementId, issuer: str, place: Place) -> list[IndexRange]:
    """The index ranges that the home's log has; none without a home, or before its first entry."""
    from api.runtime.parts import open_reader
    from ledger.domain.store_errors import StoreUnavailableError
    from ledger.labels.plan import IndexRange
    from ledger.services.label_quota import LabelRanges

    if not place.has_home():
        return []
    try:
        with open_reader(place.home()) as parts:
            taken = LabelRanges(parts.store).of(certificate, issuer)
    except StoreUnavailableError:
        return []
    return [IndexRange(first=one.first, count=one.end - one.first) for one in taken]


def processes_of(option: int | None, count: int) -> int:
    """How many processes: as asked, else all cores for a large batch and none extra for a small one."""
    if option is not None:
        return option
    return os.cpu_count() or 1 if count > 20_000 else 0
