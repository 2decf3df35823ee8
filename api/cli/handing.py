"""Handing statements to the log: as its writer, or through the inbox of the operator that runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.cli.operating import log_passphrase
from api.cli.options import Place
from api.cli.output import CommandError, Output

if TYPE_CHECKING:
    from api.runtime.home import Home
    from verifier.types import JsonValue

WAIT_SECONDS: Final = 600.0


def hand_over(
    statements: list[bytes], place: Place, output: Output, *, processes: int, inbox: bool, passphrase_file: Path | None
) -> list[dict[str, JsonValue]]:
    """Submit statements and wait for the answers, one each, in their order (receipt, or position and error).

    Raises CommandError: nobody answered in time. HomeMissingError, StoreError and its kin.
    """
    from ledger.domain.store_errors import WriterBusyError

    home = place.home()
    if inbox:
        return _through_inbox(home, statements, output)
    passphrase = log_passphrase(home, passphrase_file)
    try:
        return _as_writer(home, statements, passphrase=passphrase, processes=processes, place=place, output=output)
    except WriterBusyError:
        return _through_inbox(home, statements, output)


def _as_writer(
    home: Home, statements: list[bytes], *, passphrase: bytes, processes: int, place: Place, output: Output
) -> list[dict[str, JsonValue]]:
    from api.runtime.parts import open_writer
    from api.runtime.submissions import answer_document
    from ledger.services.ingest import CheckingPool

    answers: list[dict[str, JsonValue]] = []
    pool = CheckingPool(processes) if processes else None
    try:
        with (
            open_writer(home, passphrase, node=place.node()) as host,
            output.progress("提交 submitting", len(statements)) as advance,
        ):
            for outcome in host.ingest(statements, pool=pool):
                answers.append(answer_document(outcome))
                advance(1)
            host.integrate()
    finally:
        if pool is not None:
            pool.close()
    return answers


def _through_inbox(home: Home, statements: list[bytes], output: Output) -> list[dict[str, JsonValue]]:
    import os
    import secrets

    from api.runtime.daemon import ANSWERS
    from api.runtime.files import write_whole
    from verifier.canonical import parse

    if any(b"\n" in data for data in statements):  # a line of the inbox is one statement: write it without line breaks
        import orjson

        statements = [orjson.dumps(parse(data)) for data in statements]
    stem = f"{time.time_ns()}-{os.getpid()}-{secrets.token_hex(4)}"
    answers = home.outbox / (stem + ANSWERS)
    write_whole(home.inbox / f"{stem}.ndjson", b"".join(data + b"\n" for data in statements))
    output.say("运营进程在运行 an operator runs: waiting for its answers")
    deadline = time.monotonic() + WAIT_SECONDS
    while not answers.exists():
        if time.monotonic() > deadline:
            raise CommandError(
                "submit.waiting", f"no answer within {WAIT_SECONDS:g} s", advice=f"they will be in {answers} once taken"
            )
        time.sleep(0.1)
    found = [parse(line) for line in answers.read_bytes().splitlines()]
    return [line for line in found if isinstance(line, dict)]
