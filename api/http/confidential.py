"""Opening what a home keeps for parties alone: payloads and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from api.http.payloads import Confidential
from api.http.sessions import Door
from ledger.services.payloads import PayloadPolicy, Payloads
from ledger.services.sessions import SessionPolicy, Sessions
from ledger.store.payloads import SqlPayloadStore
from ledger.store.sessions import SqlSessionStore

if TYPE_CHECKING:
    from api.runtime.home import Home
    from ledger.ports.clock import Clock
    from ledger.ports.directory import KeyDirectory
    from verifier.deployment import Deployment

HOUR = 3_600


@contextmanager
def open_confidential(
    home: Home, *, deployment: Deployment, directory: KeyDirectory, clock: Clock
) -> Iterator[Confidential]:
    """For as many processes as like; the log's writer is not needed. Raises StoreUnavailableError, StoreFullError, StoreError."""
    settings = home.settings.confidential
    with ExitStack() as stack:
        payloads = SqlPayloadStore.open(home.confidential_database)
        stack.callback(payloads.close)
        sessions = SqlSessionStore.open(home.confidential_database)
        stack.callback(sessions.close)
        opened = Sessions(
            store=sessions,
            directory=directory,
            deployment=deployment,
            clock=clock,
            policy=SessionPolicy(lifetime=settings.session_hours * HOUR),
        )
        yield Confidential(
            door=Door(sessions=opened, origin=home.settings.http.origin),
            payloads=Payloads(
                store=payloads,
                directory=directory,
                deployment=deployment,
                clock=clock,
                policy=PayloadPolicy(most=settings.max_bytes, per_party=settings.party_bytes),
            ),
        )
