"""What runs beside the requests for as long as the application does: checkpoints, the inbox, webhooks, certificates looked at ahead."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from api.http.logs import TROUBLE
from ledger.domain.errors import LedgerError
from verifier.errors import VerifierError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.pages.parts import PageParts

Job: TypeAlias = Callable[[asyncio.Event], Coroutine[Any, Any, None]]
# Certificates judged before the review looks whether it shall stop.
REVIEWED_AT_ONCE: Final = 20


async def _nothing() -> None:
    """No last thing to do."""


def run_beside(app: FastAPI, what: str, job: Job, *, before_stop: Callable[[], Awaitable[None]] = _nothing) -> None:
    """Run `job(stop)` while the application serves. What was added last is stopped first.

    Args:
        what: told when it fails; the application goes on serving.
        before_stop: awaited before the job is told to stop.
    """
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(given: FastAPI) -> AsyncIterator[None]:
        async with inner(given):
            stop = asyncio.Event()
            task = asyncio.create_task(job(stop))
            task.add_done_callback(lambda done: _told_when_failed(what, done))
            try:
                yield
            finally:
                await before_stop()
                stop.set()
                await asyncio.wait({task})

    app.router.lifespan_context = lifespan


def _told_when_failed(what: str, task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        TROUBLE.critical("stopped: %s", what, exc_info=task.exception())


async def resting(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until told to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def start_review(pages: PageParts) -> Callable[[], None]:
    """Make the front page's figures and judge the certificates there are on a thread, so that the first visitor need not; gives how to end it."""
    stop = threading.Event()

    def review() -> None:
        try:
            pages.overviews.overview()
            cards = pages.catalogue.listed()
            for at in range(0, len(cards), REVIEWED_AT_ONCE):
                if stop.is_set():
                    return
                pages.statuses.review(cards[at : at + REVIEWED_AT_ONCE])
        except (LedgerError, VerifierError) as error:  # lists judge for themselves, half a second's worth each
            TROUBLE.warning("certificates not reviewed ahead: %s", error)

    thread = threading.Thread(target=review, name="review", daemon=True)
    thread.start()

    def end() -> None:
        stop.set()
        thread.join()

    return end
