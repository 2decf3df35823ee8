"""The served demo is a whole service: it takes statements, relays status changes, and anchors every few seconds.

The story's own chain goes on beneath it. A local node makes a block only when it is told to, so a beat makes them: as many as make what was
just written final, and one now and then so that the chain's time goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from api.demo import cast
from api.demo.inspecting import BULLETIN, FOLDER
from api.demo.operator import honest_ledger
from api.demo.output import Output
from api.demo.products import load_demo_set
from api.demo.telling import demo_webhooks
from ledger.chain.client import NodeChain, connect
from ledger.chain.sending import Sender
from ledger.domain.chain import BlockRef, BlockTag
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.services.anchor_planner import AnchorRhythm
from ledger.services.anchor_runner import RunnerPace, run_anchorer
from ledger.services.anchorer import Anchorer, AnchorParts, AnchorPolicy
from ledger.services.clocks import SystemClock
from ledger.services.relaying import ChangeRelay, RelayParts
from ledger.services.status import StatusOperations
from ledger.store.anchor_journal import SqlAnchorJournal

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.demo.stage import Stage
    from api.http.changes import ChangeDesk
    from api.http.payloads import Confidential
    from api.pages.parts import PageParts
    from ledger.domain.anchoring import AnchorReport
    from ledger.domain.errors import LedgerError
    from ledger.services.host import LedgerHost
    from ledger.services.scanning import Scanning
    from ledger.store.reader import StoreReader
    from verifier.errors import VerifierError

REASONS: Final = "reasons.ndjson"
ANCHOR_SECONDS: Final = 3  # between anchors while the log grows
BEAT_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 12  # a block at least so often, as a chain does
UNTIL_FINAL: Final = 3  # blocks after a written one until it is final (`resumed_chain`: slots of one block)


@contextmanager
def open_application(stage: Stage, output: Output) -> Iterator[FastAPI]:
    """The application over a finished story; its writer, anchorer and beat run for as long as it lasts."""
    from api.desks.mount import desk_parts, desk_routers
    from api.http.app import create_app
    from api.http.background import run_beside
    from api.pages.errors import error_pages
    from api.pages.mount import page_routers
    from api.pages.reasons import ReasonBook

    with ExitStack() as stack:
        host = stack.enter_context(honest_ledger(stage, output, SystemClock()))
        scans = _scanning(host.reader, output, stack)
        pages = _pages(stage, output, host, scans, stack)
        pages.statuses.review(pages.catalogue.listed())
        routers = (*page_routers(pages), *desk_routers(desk_parts(pages, ReasonBook(output.path(REASONS)))))
        hooks = stack.enter_context(demo_webhooks(pages.service, stage, output, scans))
        service = replace(pages.service, webhooks=hooks)
        app = create_app(service, extra=routers, page_for=error_pages(pages.pages))
        run_beside(app, "webhooks", hooks.runner.run)
        run_beside(app, "checkpoints", host.keep_integrating, before_stop=pages.service.writer().close)
        _start("beat", lambda stop: keep_beating(connect(stage.url), stop), stack)
        _start_anchoring(stage, output, host, stack)
        yield app


def _pages(stage: Stage, output: Output, host: LedgerHost, scans: Scanning, stack: ExitStack) -> PageParts:
    from api.http.compose import ServiceParts, edge_settings, make_service, rpc_clients
    from api.http.packs import PackShelf
    from api.http.profiles import ProfileShelf
    from api.http.submissions import Submissions
    from api.pages.categories import CategoryNames
    from api.pages.mount import page_parts
    from api.pages.parts import FewThreads
    from api.pages.reports import ReportBook
    from ledger.chain.directory import CachedKeyDirectory
    from ledger.log.files import TileDirectory
    from ledger.log.tree import TreeReader
    from ledger.store.anchor_journal import StoredAnchors
    from ledger.store.reader import StoreReader

    clock, chain = SystemClock(), connect(stage.url)
    clients, quorum = rpc_clients([f"local={stage.url}"], 64)
    profiles = (*cast.PROFILES, cast.REGULATOR_PROFILE, *map(cast.enterprise_profile, load_demo_set().enterprises))
    store = StoreReader.open(output.database)
    stack.callback(store.close)
    anchors = StoredAnchors.open(output.database)
    stack.callback(anchors.close)
    files = TileDirectory(output.tiles)
    service = make_service(
        ServiceParts(
            deployment=stage.deployment,
            store=store,
            tree=TreeReader(files, store.size()),
            files=files,
            anchors=anchors,
            directory=CachedKeyDirectory(connect(stage.url), stage.deployment, clock),
            clock=clock,
            chain=chain,
            clients=clients,
            quorum=quorum,
            profiles=ProfileShelf(profiles=profiles),
            bulletin=output.path(BULLETIN),
            leaves=output.path("leaves"),
            submissions=Submissions(host.front(), host.reader.size()),
            changes=_changes(stage, output, clock),
            confidential=_confidential(stage, output, stack),
            edge=edge_settings(reads=100, writes=20, hsts=0),
        )
    )
    packs = PackShelf(output.path(FOLDER), stage.deployment.origin)
    return page_parts(
        service,
        scans=scans,
        reports=ReportBook(path=output.path("reports.ndjson")),
        packs=packs,
        warm=FewThreads(0),
        categories=CategoryNames({one.urn: (one.zh, one.en) for one in load_demo_set().categories}),
    )


def _scanning(store: StoreReader, output: Output, stack: ExitStack) -> Scanning:
    from api.runtime.scanning import FRESH_SECONDS
    from ledger.scans.daykey import DayKeyDirectory
    from ledger.services.issued_items import LoggedItems
    from ledger.services.scanning import Scanning, ScanningParts
    from ledger.store.scans import SqlScanStore

    kept = SqlScanStore.open(output.database)
    stack.callback(kept.close)
    issued = LoggedItems(store, output.path("leaves"), fresh_seconds=FRESH_SECONDS)
    keys = DayKeyDirectory(output.path("keys") / "day")
    return Scanning(ScanningParts(store=kept, issued=issued, keys=keys, clock=SystemClock()))


def _confidential(stage: Stage, output: Output, stack: ExitStack) -> Confidential:
    """Sessions, as the regulator's desk needs them, on this machine alone; and payloads."""
    from api.http.payloads import Confidential
    from api.http.sessions import Door
    from ledger.chain.directory import CachedKeyDirectory
    from ledger.services.payloads import Payloads
    from ledger.services.sessions import Sessions
    from ledger.store.payloads import SqlPayloadStore
    from ledger.store.sessions import SqlSessionStore

    clock, deployment = SystemClock(), stage.deployment
    directory = CachedKeyDirectory(connect(stage.url), deployment, clock)
    sessions, payloads = SqlSessionStore.open(output.database), SqlPayloadStore.open(output.database)
    stack.callback(sessions.close)
    stack.callback(payloads.close)
    return Confidential(
        door=Door(sessions=Sessions(store=sessions, directory=directory, deployment=deployment, clock=clock)),
        payloads=Payloads(store=payloads, directory=directory, deployment=deployment, clock=clock),
    )


def _changes(stage: Stage, output: Output, clock: SystemClock) -> ChangeDesk:
    from api.http.changes import ChangeDesk
    from api.pages.reasons import ReasonBook

    chain, deployment = connect(stage.url), stage.deployment
    sender = Sender(chain=chain, chain_id=deployment.chain_id, signer=cast.key("relay"))
    operations = StatusOperations(sender=sender, deployment=deployment)
    relay = ChangeRelay(RelayParts(chain=chain, operations=operations, clock=clock))
    return ChangeDesk(relay=relay, clock=clock, reasons=ReasonBook(output.path(REASONS)))


# ---------------------------------------------------------------- what runs beside


def _start(name: str, work: Callable[[threading.Event], None], stack: ExitStack) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,), name=name, daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    stack.callback(end)


def _start_anchoring(stage: Stage, output: Output, host: LedgerHost, stack: ExitStack) -> None:
    journal = SqlAnchorJournal.open(output.database)
    stack.callback(journal.close)
    parts = AnchorParts(
        chain=connect(stage.url),
        deployment=stage.deployment,
        signer=cast.key("sequencer"),
        log=host.tree,
        promises=host.reader,
        journal=journal,
        clock=SystemClock(),
        policy=AnchorPolicy(rhythm=AnchorRhythm(interval=ANCHOR_SECONDS)),
    )
    anchorer = Anchorer(parts)
    _start("anchorer", lambda stop: run_anchorer(anchorer, stop, _Told(), RunnerPace(poll=1.0)), stack)


class _Told:
    """Says aloud what anchoring stumbles over; a demo has no log file."""

    def stepped(self, report: AnchorReport) -> None:
        """After a step that went well."""

    def troubled(self, error: LedgerError | VerifierError, failures: int, pause: float) -> None:
        """After one that did not. Once a series, and not the first: a node that is asked while it makes a block is none."""
        if failures == UNTIL_FINAL:
            print(f"锚定暂停 {pause:.0f} 秒 anchoring held for {pause:.0f} s: {error.code}: {error}", flush=True)


def keep_beating(chain: NodeChain, stop: threading.Event) -> None:
    """Make blocks until `stop` is set: while something newly written is not final, and when the last one is old."""
    clock, written = SystemClock(), 0
    while not stop.wait(BEAT_SECONDS):
        try:
            head = _head(chain)
            written = head.number if _has_transactions(chain) else written
            if head.number < written + UNTIL_FINAL or clock.now() - head.time >= IDLE_SECONDS:
                chain.call("evm_mine")
        except (ChainUnavailableError, BlockUnknownError):
            continue  # asked while it was making a block; or it is ending, and so shall we


def _head(chain: NodeChain) -> BlockRef:
    found = chain.head(BlockTag.LATEST)
    if found is None:
        raise BlockUnknownError(BlockTag.LATEST.value)
    return found


def _has_transactions(chain: NodeChain) -> bool:
    return int(str(chain.call("eth_getBlockTransactionCountByNumber", BlockTag.LATEST.value)), 16) > 0
