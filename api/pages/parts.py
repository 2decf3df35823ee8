"""What the pages stand on: the service, the list of certificates made from it, and what is only here for shoppers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool

from api.http.packs import PackShelf
from api.http.scans import ItemRecords
from api.http.service import Service
from api.pages.catalogue import Catalogue
from api.pages.categories import CategoryNames
from api.pages.judging import CopySignals, LabelJudge
from api.pages.overview import Overviews
from api.pages.rendering import Pages
from api.pages.reports import ReportBook
from api.pages.statuses import Statuses
from ledger.domain.errors import LedgerError
from ledger.domain.identifiers import IndustrialId, RegisteredIdentifier
from ledger.domain.scans import Alert, ScanReport

T = TypeVar("T")
WARM_THREADS: Final = 2
GATHER_SECONDS: Final = 1.0
AT_ONCE: Final = 200
PAUSE_SECONDS: Final = 0.1
MOST_WAITING: Final = 20_000


class Scans(CopySignals, ItemRecords, Protocol):
    """The part of `ledger.services.scanning.Scanning` that pages use."""

    def newest_alerts(self, issuer: str, limit: int = 100) -> Sequence[Alert]:
        """What an issuer was told last, newest first."""
        ...


class Identifiers(Protocol):
    """The part of `ledger.store.identifiers.IdentifierReader` that pages use."""

    def find(self, identifier: IndustrialId) -> RegisteredIdentifier | None:
        """What an industrial-internet identifier stands for."""
        ...


class FewThreads:
    """Where work is done that takes a part of a millisecond: more threads at once would only wait for the interpreter. For one event loop.

    most: threads; 0: on the loop's own, where everything it reads is on this machine.
    """

    def __init__(self, most: int = WARM_THREADS) -> None:
        self._most = most
        self._limiter: CapacityLimiter | None = None

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """`work(*arguments)`."""
        if not self._most:
            return work(*arguments)
        if self._limiter is None:  # it belongs to the loop that runs
            self._limiter = CapacityLimiter(self._most)
        return await run_sync(work, *arguments, limiter=self._limiter)


class SeenScans:
    """Scans on their way to the store, a second's worth at once: nobody waits for a disk to see a verdict. For one event loop.

    What waits is lost when the process dies: testimony that never makes a label authentic (ledger.services.scan_buffer).
    """

    def __init__(self, scans: Scans) -> None:
        self._scans = scans
        self._waiting: list[ScanReport] = []
        self._writing: asyncio.Task[None] | None = None

    def add(self, report: ScanReport) -> bool:
        """Take a scan; False beyond MOST_WAITING, when the store is not keeping up and it is left out."""
        has_room = len(self._waiting) < MOST_WAITING
        if has_room:
            self._waiting.append(report)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())
        return has_room

    async def _write(self) -> None:
        """In small batches, with a pause between them: a rush of scans holds up nobody's page for long."""
        await asyncio.sleep(GATHER_SECONDS)
        while self._waiting:
            batch, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
            with suppress(LedgerError):  # a verdict does not depend on who else looked being written down
                await run_in_threadpool(self._scans.record_scans, batch)
            await asyncio.sleep(PAUSE_SECONDS)
        self._writing = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageParts:
    """Made once for an application. scans, reports, identifiers, packs: None where nobody keeps them; the pages then say so.

    platforms: parties that redeem points (api.http.scans.ScanDesk).
    """

    service: Service
    pages: Pages
    catalogue: Catalogue
    statuses: Statuses
    overviews: Overviews
    judge: LabelJudge
    scans: Scans | None
    seen: SeenScans | None
    reports: ReportBook | None
    identifiers: Identifiers | None
    packs: PackShelf | None
    platforms: Collection[str] = ()
    warm: FewThreads = field(default_factory=FewThreads)


def page_parts(
    service: Service,
    *,
    scans: Scans | None = None,
    reports: ReportBook | None = None,
    identifiers: Identifiers | None = None,
    packs: PackShelf | None = None,
    platforms: Collection[str] = (),
    categories: CategoryNames | None = None,
    warm: FewThreads | None = None,
) -> PageParts:
    """Put the pages' parts together over a service."""
    catalogue, statuses = Catalogue(service.store.catalogue()), Statuses(service)
    return PageParts(
        service=service,
        pages=Pages(categories=categories),
        catalogue=catalogue,
        statuses=statuses,
        overviews=Overviews(catalogue, statuses),
        judge=LabelJudge(service, scans),
        scans=scans,
        seen=None if scans is None else SeenScans(scans),
        reports=reports,
        identifiers=identifiers,
        packs=packs,
        platforms=platforms,
        warm=warm or FewThreads(),
    )
