"""The operator's process: takes statements from the inbox, keeps the log's files current, anchors by policy, stops cleanly.

    inbox/<name>.ndjson ─▶ sequenced, durable ─▶ outbox/<name>.answers.ndjson ─▶ inbox file removed

A kill between any two of these is harmless: the file is taken again, and who is sequenced already gets the same receipt.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from api.runtime.files import write_whole
from api.runtime.parts import open_anchorer, open_writer
from api.runtime.submissions import answer_lines, read_statements
from ledger.domain.anchoring import AnchorOutcome, AnchorReport
from ledger.domain.errors import BackpressureError, LedgerError
from ledger.services.anchor_runner import PASSING, RunnerPace, run_anchorer
from ledger.services.ingest import Refusal
from verifier.receipt import Receipt

if TYPE_CHECKING:
    from api.runtime.home import Home
    from ledger.ports.signer import Signer
    from ledger.services.host import LedgerHost
    from verifier.errors import VerifierError

# A receipt's entry is under a checkpoint within a second (docs/spec/04).
TICK_SECONDS: Final = 0.25
INTEGRATE_SECONDS: Final = 0.5
ANSWERS: Final = ".answers.ndjson"


class Teller(Protocol):
    """Told what happens: a name and its values, numbers and texts only."""

    def __call__(self, event: str, **values: object) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonPlan:
    """What to run. wait: seconds for another writer to go. pace: the anchorer's."""

    home: Home
    log_passphrase: bytes
    sequencer: Signer
    node: str | None = None
    wait: float = 0.0
    pace: RunnerPace = field(default_factory=RunnerPace)


def run_daemon(plan: DaemonPlan, stop: threading.Event, tell: Teller) -> None:
    """Run until `stop` is set, or raise what made it impossible to go on.

    Raises WriterBusyError (another operator runs), FencedError (a later one took over), and what opening raises.
    """
    with ExitStack() as stack:
        host = stack.enter_context(open_writer(plan.home, plan.log_passphrase, node=plan.node, wait=plan.wait))
        anchorer = stack.enter_context(open_anchorer(plan.home, plan.sequencer, node=plan.node, log=host.tree))
        tell("started", origin=host.reader.origin(), size=host.tree.size)
        failures: list[BaseException] = []
        thread = threading.Thread(
            target=_guarded,
            args=(lambda: run_anchorer(anchorer, stop, _Observer(tell), plan.pace), stop, failures),
            name="anchorer",
        )
        lists = threading.Thread(target=host.catalogue.keep, args=(stop,), name="catalogue")
        thread.start()
        lists.start()
        try:
            _serve(host, plan, stop, tell)
        finally:
            stop.set()
            thread.join()
            lists.join()
        for failure in failures:
            raise failure
        tell("stopped", size=host.tree.size)


def _guarded(work: Callable[[], None], stop: threading.Event, failures: list[BaseException]) -> None:
    try:
        work()
    except BaseException as error:
        failures.append(error)
        stop.set()


def _serve(host: LedgerHost, plan: DaemonPlan, stop: threading.Event, tell: Teller) -> None:
    plan.home.inbox.mkdir(exist_ok=True)
    plan.home.outbox.mkdir(exist_ok=True)
    while not stop.is_set():
        pause = TICK_SECONDS
        try:
            for path in sorted(plan.home.inbox.glob("*.ndjson")):
                take_file(host, path, plan.home.outbox, tell, stop)
            publish(host, tell)
        except BackpressureError as error:
            tell("held", code=error.code, message=str(error), retryAfter=error.retry_after)
            pause = error.retry_after
        stop.wait(pause)
    publish(host, tell)


def take_file(host: LedgerHost, path: Path, outbox: Path, tell: Teller, stop: threading.Event) -> None:
    """Sequence an inbox file, write its answers, remove it.

    Told to stop meanwhile, or on BackpressureError and the store's errors, the file stays and is taken again from its start: what was
    sequenced already gets the same receipts.
    """
    outcomes: list[Receipt | Refusal] = []
    published = time.monotonic()
    for outcome in host.ingest(read_statements(path)):
        outcomes.append(outcome)
        if stop.is_set():
            tell("left", file=path.name, receipts=len(outcomes))
            return
        if time.monotonic() - published >= INTEGRATE_SECONDS:
            publish(host, tell)
            published = time.monotonic()
    write_whole(outbox / (path.stem + ANSWERS), answer_lines(outcomes))
    path.unlink()
    refused = sum(isinstance(outcome, Refusal) for outcome in outcomes)
    tell("taken", file=path.name, receipts=len(outcomes) - refused, refused=refused)


def publish(host: LedgerHost, tell: Teller) -> None:
    """Publish a new checkpoint, and tell of it."""
    checkpoint = host.publish()
    if checkpoint is not None:
        tell("checkpoint", size=checkpoint.size, root="0x" + checkpoint.root.hex())


class _Observer:
    """Tells of the anchorer's steps; of quiet ones once."""

    def __init__(self, tell: Teller) -> None:
        self._tell = tell
        self._last: tuple[object, ...] = ()

    def stepped(self, report: AnchorReport) -> None:
        """After a step that went well."""
        seen = (report.outcome, report.anchored.seq, report.final.seq, report.transaction)
        quiet = report.outcome is AnchorOutcome.IDLE and self._last[1:3] == seen[1:3]
        if seen != self._last and not quiet:
            self._tell("anchor", **report_fields(report))
        self._last = seen
        if report.promise_broken:
            self._tell("promise-broken", deadline=report.deadline, blockTime=report.head.time)

    def troubled(self, error: LedgerError | VerifierError, failures: int, pause: float) -> None:
        """After one that did not."""
        event = "anchor-held" if isinstance(error, PASSING) else "anchor-stopped"
        self._tell(event, code=error.code, message=str(error), failures=failures, retryAfter=pause)


def report_fields(report: AnchorReport) -> dict[str, object]:
    """What an anchorer's step saw and did, as plain values."""
    fields: dict[str, object] = {
        "outcome": report.outcome.value,
        "seq": report.anchored.seq,
        "anchoredSize": report.anchored.size,
        "finalSize": report.final.size,
        "logSize": report.log_size,
        "block": report.head.number,
    }
    if report.transaction is not None:
        fields["transaction"] = "0x" + report.transaction.hex()
    if report.deadline is not None:
        fields["deadline"] = report.deadline
    return fields
