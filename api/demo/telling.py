"""The served demo sends webhooks, to this machine too, so that a receiver can be tried beside it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ledger.chain.client import connect
from ledger.chain.directory import CachedKeyDirectory
from ledger.keys.memory import MemoryLogSigner
from ledger.webhooks.sending import Courier
from ledger.webhooks.targets import Reach
from verifier.hashing import keccak256

if TYPE_CHECKING:
    from api.demo.output import Output
    from api.demo.stage import Stage
    from api.http.alerts import AlertRecords
    from api.http.service import Service
    from api.http.webhooks import Webhooks


@contextmanager
def demo_webhooks(service: Service, stage: Stage, output: Output, alerts: AlertRecords) -> Iterator[Webhooks]:
    """Desk and worker over the demo's own database, with a key anybody can make."""
    from api.http.webhooks import WebhookSettings, open_webhooks

    settings = WebhookSettings(
        url=output.database,
        signers=(MemoryLogSigner.from_seed(keccak256(b"tanji demo webhook key, public and worthless")),),
        courier=Courier(reach=Reach.LOOPBACK, tls=ssl.create_default_context()),
    )
    directory = CachedKeyDirectory(connect(stage.url), stage.deployment, service.clock)
    with open_webhooks(settings, service, directory, alerts) as found:
        yield found
