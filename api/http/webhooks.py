"""Webhooks of a service: who takes orders, who tells the endpoints, and how both are put together from a home."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.http.alerts import AlertFeed
from api.http.events import EventSource
from ledger.domain.key_errors import KeystoreError
from ledger.services.webhook_runner import RunnerParts, WebhookRunner
from ledger.services.webhooks import PAGE, LanesFromLog, WebhookDesk
from ledger.store.webhooks import SqlWebhookStore, SqlWorkerLock
from ledger.webhooks.matching import Matcher
from ledger.webhooks.sending import Courier
from ledger.webhooks.signing import public_key_text
from ledger.webhooks.targets import Reach
from verifier.encoding import to_hex

if TYPE_CHECKING:
    from api.http.alerts import AlertRecords
    from api.http.service import Service
    from api.runtime.home import Home
    from ledger.domain.webhooks import Delivery, Endpoint
    from ledger.ports.directory import KeyDirectory
    from ledger.ports.signer import LogSigner
    from ledger.ports.webhooks import EventFeed
    from ledger.services.webhooks import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """url: of the database; signers: the key that signs messages, then one it takes over from; courier: who sends."""

    url: str
    signers: Sequence[LogSigner]
    courier: Courier


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """keys: public keys (32 bytes) that messages are signed with. waiting: how many messages wait, by the database."""

    desk: WebhookDesk
    runner: WebhookRunner
    keys: tuple[bytes, ...]
    waiting: Callable[[], int]


@contextmanager
def open_webhooks(
    settings: WebhookSettings, service: Service, directory: KeyDirectory, alerts: AlertRecords | None = None
) -> Iterator[Webhooks]:
    """Desk and worker over one database; alerts: where copy alerts are kept. Raises StoreUnavailableError, StoreFullError, StoreError."""
    store = SqlWebhookStore.open(settings.url)
    public = EventSource(service)
    feed: EventFeed = public if alerts is None else AlertFeed(public, alerts, service.clock)
    try:
        yield Webhooks(
            desk=WebhookDesk(
                store=store,
                directory=directory,
                feed=feed,
                courier=settings.courier,
                separator=service.deployment.domain_separator,
                clock=service.clock,
            ),
            runner=WebhookRunner(
                RunnerParts(
                    store=store,
                    lock=SqlWorkerLock(settings.url),
                    feed=feed,
                    matcher=Matcher(LanesFromLog(service.store)),
                    signers=settings.signers,
                    courier=settings.courier,
                    clock=service.clock,
                )
            ),
            keys=tuple(signer.public_key for signer in settings.signers),
            waiting=store.backlog,
        )
    finally:
        store.close()


@contextmanager
def webhooks_of_home(
    home: Home, service: Service, directory: KeyDirectory, passphrase: bytes, alerts: AlertRecords | None = None
) -> Iterator[Webhooks | None]:
    """A home's webhooks; None where tanji.toml turns them off. The signing key is made at the first start.

    Args:
        passphrase: the log key's, which opens the webhooks' keys too.
        alerts: where copy alerts are kept.

    Raises KeystoreError, PassphraseWrongError, StoreUnavailableError, StoreFullError, StoreError.
    """
    reach = Reach(home.settings.webhooks.targets)
    if reach is Reach.NOWHERE:
        yield None
        return
    with ExitStack() as stack:
        settings = WebhookSettings(
            url=home.webhook_database,
            signers=_signers(home, passphrase),
            courier=Courier(reach=reach, tls=ssl.create_default_context()),
        )
        yield stack.enter_context(open_webhooks(settings, service, directory, alerts))


def _signers(home: Home, passphrase: bytes) -> tuple[LogSigner, ...]:
    from ledger.keys.logkey import open_log_key, write_log_key
    from ledger.keys.memory import MemoryLogSigner

    if not home.webhook_key.exists():
        try:
            write_log_key(home.webhook_key, MemoryLogSigner.generate(), passphrase)
        except KeystoreError:  # made by another process this moment, or not to be made at all: opening it tells
            if not home.webhook_key.exists():
                raise
    signers = [open_log_key(home.webhook_key, passphrase)]
    if home.previous_webhook_key.exists():
        signers.append(open_log_key(home.previous_webhook_key, passphrase))
    return tuple(signers)


# ---------------------------------------------------------------- documents


def keys_document(keys: Sequence[bytes]) -> dict[str, object]:
    """The public keys, the newest first."""
    return {"keys": [public_key_text(key) for key in keys]}


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """What an order came to. `next`: the number to ask on from, where there may be more deliveries."""
    document: dict[str, object] = {
        "action": str(outcome.action),
        "isNew": outcome.is_new,
        "endpoints": [endpoint_document(one) for one in outcome.endpoints],
    }
    if outcome.action == "deliveries":
        document["deliveries"] = [delivery_document(one) for one in outcome.deliveries]
        if len(outcome.deliveries) == PAGE:
            document["next"] = outcome.deliveries[-1].number
    return document


def endpoint_document(endpoint: Endpoint) -> dict[str, object]:
    """An endpoint as its party sees it."""
    interest = endpoint.interest
    return {
        "endpoint": endpoint.endpoint,
        "party": endpoint.party,
        "url": endpoint.url,
        "kinds": sorted(map(str, interest.kinds)),
        "certificates": sorted(map(to_hex, interest.certificates)),
        "parties": sorted(interest.parties),
        "state": str(endpoint.state),
        "reason": endpoint.reason,
        "createdAt": endpoint.created_at,
        "expiresAt": endpoint.expires_at,
        "cursor": str(endpoint.cursor),
        "failures": endpoint.failures,
    }


def delivery_document(delivery: Delivery) -> dict[str, object]:
    """A delivery as its party sees it; what was sent is not repeated."""
    is_waiting = delivery.state == "waiting"
    return {
        "number": delivery.number,
        "message": delivery.message,
        "kind": delivery.kind,
        "cursor": delivery.cursor,
        "state": str(delivery.state),
        "attempts": delivery.attempts,
        "nextAt": delivery.next_at if is_waiting else None,
        "answer": delivery.answer or None,
        "problem": delivery.problem,
        "createdAt": delivery.created_at,
        "settledAt": None if is_waiting else delivery.settled_at,
    }
