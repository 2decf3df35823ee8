"""`tanji serve`: one process with the writer and the anchorer, or any number that only read."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from api.http.app import create_app
from api.http.background import run_beside, start_review
from api.http.changes import ChangeDesk
from api.http.compose import ServiceParts, edge_settings, make_service, rpc_clients
from api.http.confidential import open_confidential
from api.http.inbox import Inbox
from api.http.logs import TROUBLE, configure
from api.http.packs import PackShelf
from api.http.profiles import ProfileShelf
from api.http.submissions import Submissions
from api.http.webhooks import webhooks_of_home
from api.pages.reasons import FILE as REASONS_FILE
from api.pages.reasons import ReasonBook
from api.runtime.daemon import report_fields
from api.runtime.parts import ReadingParts, open_anchorer, open_chain, open_reader, open_writer
from ledger.chain.directory import CachedKeyDirectory
from ledger.chain.sending import Sender
from ledger.log.files import TileDirectory
from ledger.services.anchor_fees import GWEI
from ledger.services.anchor_runner import PASSING, run_anchorer
from ledger.services.clocks import SystemClock
from ledger.services.relaying import ChangeRelay, RelayParts, RelayPolicy
from ledger.services.status import StatusOperations

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.http.service import Service
    from api.pages.parts import PageParts
    from api.runtime.home import Home
    from ledger.domain.anchoring import AnchorReport
    from ledger.domain.errors import LedgerError
    from ledger.ports.clock import Clock
    from ledger.ports.signer import Signer
    from ledger.services.host import LedgerHost
    from ledger.services.scanning import Scanning
    from verifier.deployment import Deployment
    from verifier.errors import VerifierError

RELAY_SECONDS: Final = 45.0  # how long a relayed change is waited for


MOST_DESCRIPTORS: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What the writer needs: the log key's passphrase, and the sequencer's account where this process anchors too."""

    log_passphrase: bytes
    sequencer: Signer | None
    wait: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServePlan:
    """What to serve, and where. `writing` None: this process only reads. rpc: endpoints; the first is written to."""

    home: Home
    rpc: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8000
    writing: Writing | None = None
    trusted_proxies: str = "127.0.0.1"
    access_log: str = "info"


def serve(plan: ServePlan) -> None:
    """Serve until told to stop (SIGTERM, SIGINT): whoever waits is answered first.

    Raises WriterBusyError, KeystoreError, PassphraseWrongError, NotConfiguredError, StoreUnavailableError, SchemaError.
    """
    import logging

    import uvicorn

    from api.http.takeover import ServiceProtocol

    configure()
    raise_descriptors()
    if plan.access_log != "info":
        logging.getLogger("tanji.http.access").setLevel(logging.WARNING)
    with open_app(plan) as app:
        config = uvicorn.Config(
            app,
            http=ServiceProtocol,
            host=plan.host,
            port=plan.port,
            access_log=False,
            log_config=None,
            server_header=False,
            forwarded_allow_ips=plan.trusted_proxies,
            timeout_graceful_shutdown=10,
            h11_max_incomplete_event_size=65_536,
        )
        with _signals_held():
            uvicorn.Server(config).run()


def raise_descriptors() -> None:
    """As many open connections as the system lets this process have; what is usual (1,024) is too few for listeners."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, MOST_DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _signals_held() -> Iterator[None]:
    """uvicorn stops at a signal and then raises it again, which would end the process before its parts are closed."""
    held = (signal.SIGTERM, signal.SIGINT)
    before = [(number, signal.signal(number, lambda *_: None)) for number in held]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


@contextmanager
def open_app(plan: ServePlan) -> Iterator[FastAPI]:
    """The application of a plan, its parts open for as long as it lasts. Raises as `serve`."""
    from api.desks.mount import desk_parts, desk_routers
    from api.pages.errors import error_pages
    from api.pages.mount import page_routers
    from api.runtime.scanning import open_scanning

    with ExitStack() as stack:
        host = None
        if plan.writing is not None:
            writing = plan.writing
            host = stack.enter_context(
                open_writer(plan.home, writing.log_passphrase, node=plan.rpc[0], wait=writing.wait)
            )
            if writing.sequencer is not None:
                _start_anchorer(plan, writing.sequencer, host, stack)
        parts = stack.enter_context(open_reader(plan.home))
        made = _parts_of(plan, parts, host)
        confidential = open_confidential(
            plan.home, deployment=made.deployment, directory=made.directory, clock=made.clock
        )
        service = make_service(replace(made, confidential=stack.enter_context(confidential)))
        scans = stack.enter_context(open_scanning(plan.home))
        if plan.writing is not None:
            passphrase = plan.writing.log_passphrase
            hooks = stack.enter_context(webhooks_of_home(plan.home, service, made.directory, passphrase, scans))
            service = replace(service, webhooks=hooks)
        pages = _pages(plan.home, service, scans, stack)
        desks = desk_routers(desk_parts(pages, ReasonBook(plan.home.root / REASONS_FILE)))
        app = create_app(service, extra=(*page_routers(pages), *desks), page_for=error_pages(pages.pages))
        if host is not None:
            writer = service.writer()
            run_beside(app, "checkpoints", host.keep_integrating, before_stop=writer.close)
            run_beside(app, "the inbox", Inbox(writer, plan.home.inbox, plan.home.outbox).keep_taking)
        if service.webhooks is not None:
            run_beside(app, "webhooks", service.webhooks.runner.run)
        stack.callback(start_review(pages))
        yield app


def _pages(home: Home, service: Service, scans: Scanning, stack: ExitStack) -> PageParts:
    """The pages for people, with scans and reports kept in the home."""
    from api.pages.categories import FILE as CATEGORY_NAMES
    from api.pages.categories import read_category_names
    from api.pages.mount import page_parts
    from api.pages.parts import FewThreads
    from api.pages.reports import ReportBook
    from ledger.store.engines import is_sqlite
    from ledger.store.identifiers import IdentifierReader

    reports = ReportBook(path=home.root / "reports.ndjson")
    identifiers = IdentifierReader.open(home.database)
    stack.callback(identifiers.close)
    packs = PackShelf(home.packs, service.deployment.origin)
    # A file is read in less time than a thread is woken; a database on the network may keep us waiting.
    is_local = all(is_sqlite(url) for url in (home.database, home.scan_database))
    return page_parts(
        service,
        scans=scans,
        reports=reports,
        identifiers=identifiers,
        packs=packs,
        platforms=home.settings.scans.platforms,
        warm=FewThreads(0) if is_local else FewThreads(),
        categories=read_category_names(home.root / CATEGORY_NAMES),
    )


def _parts_of(plan: ServePlan, parts: ReadingParts, host: LedgerHost | None) -> ServiceParts:
    home, clock = plan.home, SystemClock()
    depth = home.settings.anchoring.finality_depth
    chain = open_chain(plan.rpc[0])
    clients, quorum = rpc_clients(plan.rpc, depth)
    http = home.settings.http
    return ServiceParts(
        deployment=parts.deployment,
        store=parts.store,
        tree=parts.tree,
        files=TileDirectory(home.tiles),
        anchors=parts.anchors,
        directory=CachedKeyDirectory(open_chain(plan.rpc[0]), parts.deployment, clock),
        clock=clock,
        chain=chain,
        clients=clients,
        quorum=quorum,
        depth=depth,
        profiles=ProfileShelf(home.profiles),
        bulletin=home.bulletin,
        leaves=home.leaves,
        submissions=None if host is None else Submissions(host.front(), host.reader.size()),
        changes=_changes(plan, parts.deployment, clock),
        edge=edge_settings(reads=http.reads_per_second, writes=http.writes_per_second, hsts=http.hsts),
    )


def _changes(plan: ServePlan, deployment: Deployment, clock: Clock) -> ChangeDesk | None:
    """What relays status changes, paid by the account that anchors; None where this process has none."""
    if plan.writing is None or plan.writing.sequencer is None:
        return None
    chain = open_chain(plan.rpc[0])
    sender = Sender(chain=chain, chain_id=deployment.chain_id, signer=plan.writing.sequencer, timeout=RELAY_SECONDS)
    policy = RelayPolicy(max_fee=plan.home.settings.anchoring.max_fee_gwei * GWEI)
    operations = StatusOperations(sender=sender, deployment=deployment)
    relay = ChangeRelay(RelayParts(chain=chain, operations=operations, clock=clock, policy=policy))
    return ChangeDesk(relay=relay, clock=clock, reasons=ReasonBook(plan.home.root / REASONS_FILE))


def _start_anchorer(plan: ServePlan, sequencer: Signer, host: LedgerHost, stack: ExitStack) -> None:
    anchorer = stack.enter_context(open_anchorer(plan.home, sequencer, node=plan.rpc[0], log=host.tree))
    stop = threading.Event()
    thread = threading.Thread(target=run_anchorer, args=(anchorer, stop, _Observer()), name="anchorer", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    stack.callback(end)


class _Observer:
    """Logs the anchorer's steps that changed something."""

    def __init__(self) -> None:
        self._last: object = None

    def stepped(self, report: AnchorReport) -> None:
        """After a step that went well."""
        seen = (report.outcome, report.anchored.seq, report.final.seq, report.transaction)
        if seen != self._last:
            TROUBLE.info("anchor", extra={"fields": report_fields(report)})
        self._last = seen

    def troubled(self, error: LedgerError | VerifierError, failures: int, pause: float) -> None:
        """After one that did not."""
        level = TROUBLE.warning if isinstance(error, PASSING) else TROUBLE.error
        level("anchoring held: %s", error, extra={"fields": {"code": error.code, "failures": failures, "pause": pause}})
