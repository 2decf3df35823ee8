"""Orders about webhooks: checked, then carried out once.

1. its time has come and not passed (`issuedAt`, `deadline`, a day apart at most)
2. its key is registered, in force, the party's, and one that people hold
3. an endpoint it names is that party's
4. it was not carried out before: the same order again answers with how things stand
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.domain.events import Cursor
from ledger.domain.webhook_orders import (
    Action,
    Order,
    endpoint_id,
    parse_order,
    read_page,
    read_replay,
    read_wanted,
    serialize_order,
)
from ledger.domain.webhooks import (
    Delivery,
    Endpoint,
    EndpointId,
    EndpointState,
    EndpointUnknownError,
    OrderRefusedError,
    UnsafeTargetError,
)
from ledger.ports.clock import Clock
from ledger.ports.directory import KeyDirectory
from ledger.ports.store import LedgerReader
from ledger.ports.webhooks import EventFeed, WebhookStore
from ledger.services.references import Referenced, referenced_stored
from ledger.services.standing import BY_PEOPLE, EARLIEST, standing_problem
from ledger.webhooks.sending import Courier
from ledger.webhooks.targets import Target, parse_target, safe_addresses
from verifier.bodies import Certificate
from verifier.contracts import REGULATORS
from verifier.identifiers import party_id
from verifier.questions import Lane
from verifier.signature import recover, to_checksum
from verifier.statement import subject_of_number
from verifier.types import StatementId

LONGEST_ORDER: Final = 86_400
LONGEST_LIFE: Final = 2 * 366 * 86_400
MOST_OF_A_PARTY: Final = 20
PAGE: Final = 100
LOOKUP_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an order came to: the endpoints it is about as they now are; deliveries where it asked for them.

    is_new: it was carried out now, and not before.
    """

    action: Action
    endpoints: Sequence[Endpoint]
    deliveries: Sequence[Delivery] = ()
    is_new: bool = True


class WebhookDesk:
    """Takes orders, on an event loop; database and chain are asked on threads."""

    def __init__(
        self,
        *,
        store: WebhookStore,
        directory: KeyDirectory,
        feed: EventFeed,
        courier: Courier,
        separator: bytes,
        clock: Clock,
    ) -> None:
        self._store = store
        self._directory = directory
        self._feed = feed
        self._courier = courier
        self._separator = separator
        self._clock = clock
        self._act: Final[Mapping[Action, Callable[[Order, bytes], Outcome]]] = {
            Action.ADD: self._add,
            Action.REMOVE: self._change,
            Action.PAUSE: self._change,
            Action.RESUME: self._change,
            Action.REPLAY: self._replay,
            Action.LIST: self._list,
            Action.DELIVERIES: self._deliveries,
        }

    async def take(self, data: bytes) -> Outcome:
        """Check a signed order and carry it out.

        Raises MalformedError, OrderRefusedError, UnsafeTargetError, EndpointUnknownError, BackpressureError, StoreError.
        """
        order = parse_order(data)
        digest = order.digest(self._separator)
        await asyncio.to_thread(self._check_standing, order, digest)
        if order.action is Action.ADD:  # names are looked up only for whoever may order
            target = parse_target(order.target, self._courier.reach)
            await self._look_up(target)
        return await asyncio.to_thread(self._act[order.action], order, digest)

    async def _look_up(self, target: Target) -> None:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await safe_addresses(target, self._courier.reach, self._courier.resolver)
        except TimeoutError as error:
            raise UnsafeTargetError("unresolved", f"{target.host} was not resolved in time") from error

    def _check_standing(self, order: Order, digest: bytes) -> None:
        now = self._clock.now()
        if order.issued_at > now + EARLIEST:
            raise OrderRefusedError("/webhookOrder/issuedAt", "in-the-future", f"{order.issued_at - now} s ahead")
        if not order.issued_at < order.deadline <= order.issued_at + LONGEST_ORDER:
            raise OrderRefusedError("/webhookOrder/deadline", "range", f"within {LONGEST_ORDER} s after issuedAt")
        if order.deadline <= now:
            raise OrderRefusedError("/webhookOrder/deadline", "over", f"{now - order.deadline} s ago; sign again")
        signer = recover(digest, order.signature)
        problem = standing_problem(
            self._directory.lookup(signer),
            party=order.party,
            purposes=BY_PEOPLE,
            now=now,
            what="order webhooks",
            field="/webhookOrder/party",
        )
        if problem is not None:
            raise OrderRefusedError(problem.field, problem.rule, f"{to_checksum(signer)} {problem.what}")

    def _add(self, order: Order, digest: bytes) -> Outcome:
        now, wanted, name = self._clock.now(), read_wanted(order.details), endpoint_id(digest)
        known = self._store.find(name)
        if known is not None:
            return Outcome(action=order.action, endpoints=(known,), is_new=False)
        until = wanted.until or now + LONGEST_LIFE
        if not now < until <= now + LONGEST_LIFE:
            raise OrderRefusedError("/webhookOrder/details/until", "range", f"within {LONGEST_LIFE} s from now")
        if len(self._store.of_party(order.party)) >= MOST_OF_A_PARTY:
            raise OrderRefusedError("/webhookOrder/party", "too-many", f"at most {MOST_OF_A_PARTY} endpoints")
        endpoint = Endpoint(
            endpoint=name,
            party=order.party,
            url=order.target,
            interest=wanted.interest,
            state=EndpointState.ACTIVE,
            reason="",
            created_at=now,
            expires_at=until,
            cursor=self._no_later_than_now(wanted.cursor),
            failures=0,
            document=serialize_order(order),
        )
        return Outcome(action=order.action, endpoints=(self._store.add(endpoint),))

    def _change(self, order: Order, digest: bytes) -> Outcome:
        endpoint, is_new = self._taken(order, digest)
        if is_new:
            states = {Action.PAUSE: EndpointState.PAUSED, Action.RESUME: EndpointState.ACTIVE}
            reason = "order" if order.action is Action.PAUSE else ""
            self._store.set_state(endpoint.endpoint, states.get(order.action, EndpointState.REMOVED), reason)
        return self._outcome(order, endpoint.endpoint, is_new)

    def _replay(self, order: Order, digest: bytes) -> Outcome:
        endpoint, is_new = self._taken(order, digest)
        if is_new:
            self._store.rewind(endpoint.endpoint, self._no_later_than_now(read_replay(order.details)))
        return self._outcome(order, endpoint.endpoint, is_new)

    def _no_later_than_now(self, cursor: Cursor | None) -> Cursor:
        """The cursor, or now: one from the future (of another process, a moment ahead) must not skip what comes."""
        now = self._feed.newest()
        if cursor is None:
            return now
        return Cursor(
            entries=min(cursor.entries, now.entries),
            anchors=min(cursor.anchors, now.anchors),
            block=min(cursor.block, now.block),
            alerts=min(cursor.alerts, now.alerts),
        )

    def _list(self, order: Order, _: bytes) -> Outcome:
        return Outcome(action=order.action, endpoints=self._store.of_party(order.party))

    def _deliveries(self, order: Order, _: bytes) -> Outcome:
        endpoint = self._own(order)
        after, state = read_page(order.details)
        found = self._store.deliveries(endpoint.endpoint, after=after, most=PAGE, state=state)
        return Outcome(action=order.action, endpoints=(endpoint,), deliveries=found)

    def _own(self, order: Order) -> Endpoint:
        endpoint = self._store.find(EndpointId(order.target))
        if endpoint is None or endpoint.party != order.party:
            raise EndpointUnknownError(order.target[:64])
        return endpoint

    def _taken(self, order: Order, digest: bytes) -> tuple[Endpoint, bool]:
        """The endpoint an order is about, and whether the order is carried out for the first time."""
        endpoint = self._own(order)
        is_new = self._store.take_order(digest, order.deadline)
        if is_new and endpoint.state is EndpointState.REMOVED:
            raise EndpointUnknownError(order.target[:64])
        return endpoint, is_new

    def _outcome(self, order: Order, endpoint: EndpointId, is_new: bool) -> Outcome:
        found = self._store.find(endpoint)
        return Outcome(action=order.action, endpoints=() if found is None else (found,), is_new=is_new)


class LanesFromLog:
    """`ports.webhooks.CertificateLanes`: what a certificate stands on, as the log has it."""

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader

    def __call__(self, certificate: StatementId) -> frozenset[Lane] | None:
        """The lanes of certificate and footprint; None while one of the two is not logged. Raises StoreError."""
        found = self._content(certificate)
        if found is None or not isinstance(found.content, Certificate):
            return None
        footprint, issuer = found.content.footprint, found.issuer
        under = self._content(footprint)
        if under is None:
            return None
        number = subject_of_number(issuer, found.content.number)
        certifier, holder = party_id(issuer), party_id(under.issuer)
        return frozenset(
            Lane(owner=owner, subject=subject)
            for party, subjects in ((certifier, (certificate, number, certifier)), (holder, (footprint, holder)))
            for subject in subjects
            for owner in (party, REGULATORS)
        )

    def _content(self, statement: StatementId) -> Referenced | None:
        stored = next(iter(self._reader.find([statement]).get(statement, ())), None)
        return None if stored is None else referenced_stored(stored, self._reader.body(stored.index))
