"""Endpoints, messages and orders as kept: one behaviour on SQLite and PostgreSQL. And who the desk refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from ledger.domain.events import Cursor, EventKind
from ledger.domain.webhook_orders import Action
from ledger.domain.webhooks import (
    DeliveryState,
    EndpointId,
    EndpointState,
    EndpointUnknownError,
    Message,
    OrderRefusedError,
    Settlement,
    UnsafeTargetError,
)
from ledger.services.webhooks import LONGEST_LIFE, LONGEST_ORDER, MOST_OF_A_PARTY, PAGE
from ledger.store.webhooks import SqlWebhookStore, SqlWorkerLock
from ledger.webhooks.targets import Reach
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, HOLDER_KEY, NOW, STRANGER_KEY, key_word
from tests.support.webhooks import Hooks, Names, hooks, order
from verifier.contracts import Purpose
from verifier.errors import MalformedError

URL = "https://hooks.bank.example/tanji"
PUBLIC = [["93.184.216.34"]]


@pytest.fixture
def found(database_url: str) -> Iterator[Hooks]:
    with hooks(database_url, reach=Reach.PUBLIC, names=Names(list(PUBLIC))) as opened:
        yield opened


def taken(found: Hooks, document: bytes) -> Any:
    return asyncio.run(found.desk.take(document))


def registered(found: Hooks, url: str = URL, **details: Any) -> EndpointId:
    return asyncio.run(found.registered(url, **details))


def message(number: int, text: bytes = b"{}") -> Message:
    return Message(message=f"msg_{number}", kind=EventKind.STATUS, cursor=Cursor(block=number), payload=text)


def settle(store: SqlWebhookStore, number: int, state: DeliveryState, **changes: Any) -> None:
    [delivery] = [one for one in _all(store) if one.number == number]
    values: dict[str, Any] = {
        "attempts": delivery.attempts + 1, "next_at": NOW, "answer": 204, "problem": "", "at": NOW
    }  # fmt: skip
    store.settle(Settlement(number=number, endpoint=delivery.endpoint, state=state, **(values | changes)))


def _all(store: SqlWebhookStore) -> list[Any]:
    with store._read() as connection:
        names = [EndpointId(row[0]) for row in connection.execute(sa.text("SELECT endpoint FROM webhook_endpoints"))]
    return [one for name in names for one in store.deliveries(name, after=0, most=1_000)]


# ---------------------------------------------------------------- what is kept


def test_messages_and_cursor_move_together_or_not_at_all(found: Hooks) -> None:
    endpoint = registered(found)
    before, after = Cursor(), Cursor(block=5)
    assert found.store.enqueue(endpoint, before, after, [message(1), message(2)], NOW)
    assert not found.store.enqueue(endpoint, before, Cursor(block=9), [message(3)], NOW)
    assert [one.message for one in found.store.deliveries(endpoint, after=0, most=10)] == ["msg_1", "msg_2"]
    kept = found.store.find(endpoint)
    assert kept is not None
    assert kept.cursor == after
    found.store.set_state(endpoint, EndpointState.PAUSED, "order")
    assert not found.store.enqueue(endpoint, after, Cursor(block=6), [message(4)], NOW)


def test_a_message_waits_once_and_is_sent_again_only_when_it_was_settled(found: Hooks) -> None:
    endpoint = registered(found)
    assert found.store.enqueue(endpoint, Cursor(), Cursor(block=1), [message(1, b"one")], NOW)
    found.store.enqueue_early(endpoint, [message(1, b"other")], NOW)
    assert found.store.enqueue(endpoint, Cursor(block=1), Cursor(block=2), [message(1, b"other")], NOW + 50)
    [waiting] = found.store.deliveries(endpoint, after=0, most=10)
    assert (waiting.payload, waiting.next_at) == (b"one", NOW)
    settle(found.store, waiting.number, DeliveryState.DELIVERED)
    found.store.enqueue_early(endpoint, [message(1)], NOW)
    assert found.store.waiting(endpoint) == 0
    assert found.store.enqueue(endpoint, Cursor(block=2), Cursor(block=3), [message(1, b"again")], NOW + 60)
    [again] = found.store.deliveries(endpoint, after=0, most=10)
    assert (again.number, again.state, again.attempts, again.payload) == (waiting.number, "waiting", 0, b"again")


def test_due_is_the_oldest_of_each_that_may_be_tried_now(found: Hooks) -> None:
    one, two = registered(found), registered(found, URL + "/2")
    for endpoint in (one, two):
        assert found.store.enqueue(endpoint, Cursor(), Cursor(block=1), [message(1), message(2)], NOW)
    first = found.store.due(NOW, 10, ())
    assert [(delivery.endpoint, delivery.message) for delivery in first] == [(one, "msg_1"), (two, "msg_1")]
    assert [delivery.endpoint for delivery in found.store.due(NOW, 10, {one})] == [two]
    assert len(found.store.due(NOW, 1, ())) == 1
    assert found.store.due(NOW - 1, 10, ()) == []
    settle(found.store, first[0].number, DeliveryState.WAITING, next_at=NOW + 5, problem="status: 500")
    due = [(delivery.endpoint, delivery.message) for delivery in found.store.due(NOW, 10, ())]
    assert due == [(one, "msg_2"), (two, "msg_1")]
    found.store.set_state(two, EndpointState.PAUSED, "order")
    assert [one.message for one in found.store.due(NOW + 5, 10, ())] == ["msg_1"]
    assert found.store.due(NOW + LONGEST_LIFE + 1, 10, ()) == []  # over


def test_purging_takes_what_is_settled_and_what_nobody_waits_for(found: Hooks) -> None:
    one, two = registered(found), registered(found, URL + "/2")
    assert found.store.enqueue(one, Cursor(), Cursor(block=1), [message(1), message(2), message(3)], NOW)
    first, second, _ = found.store.deliveries(one, after=0, most=10)
    settle(found.store, first.number, DeliveryState.DELIVERED)
    settle(found.store, second.number, DeliveryState.DEAD, at=NOW + 50)
    found.store.set_state(two, EndpointState.REMOVED, "")
    found.store.enqueue_early(two, [message(1)], NOW)  # a worker that had not noticed yet
    assert found.store.take_order(b"\x01" * 32, NOW + 10)
    assert not found.store.take_order(b"\x01" * 32, NOW + 10)
    assert found.store.purge(settled_before=NOW + 1, now=NOW + 11) == 2
    assert [one.message for one in _all(found.store)] == ["msg_2", "msg_3"]
    assert found.store.take_order(b"\x01" * 32, NOW + 10)


def test_one_holds_the_lock_whatever_happens_to_its_connection(database_url: str, found: Hooks) -> None:
    one, two = SqlWorkerLock(database_url), SqlWorkerLock(database_url)
    assert one.take()
    assert one.take()
    assert not two.take()
    one.release()
    one.release()
    assert two.take()
    assert not one.take()
    if database_url.startswith("postgresql"):
        with found.store._begin() as connection:  # the server drops the holder's session
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                    "AND pid <> pg_backend_pid() AND database = "
                    "(SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        assert one.take()
        assert not two.take()
    two.release()
    one.release()


# ---------------------------------------------------------------- orders


def test_an_order_is_carried_out_once(found: Hooks) -> None:
    document = order(Action.ADD, URL, {"kinds": ["status", "anchor"]})
    first, again = taken(found, document), taken(found, document)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.endpoints == again.endpoints
    endpoint = first.endpoints[0].endpoint
    pause = order(Action.PAUSE, endpoint)
    assert taken(found, pause).endpoints[0].state is EndpointState.PAUSED
    assert taken(found, order(Action.RESUME, endpoint)).endpoints[0].state is EndpointState.ACTIVE
    repeated = taken(found, pause)
    assert (repeated.is_new, repeated.endpoints[0].state) == (False, EndpointState.ACTIVE)
    assert taken(found, order(Action.REMOVE, endpoint)).endpoints[0].state is EndpointState.REMOVED
    assert taken(found, document).endpoints[0].state is EndpointState.REMOVED  # does not come back
    with pytest.raises(EndpointUnknownError):
        taken(found, order(Action.RESUME, endpoint, now=NOW + 1))
    assert taken(found, order(Action.LIST)).endpoints == []


def test_a_party_sees_and_changes_its_own_endpoints_alone(found: Hooks) -> None:
    endpoint = registered(found)
    as_holder = {"key": HOLDER_KEY, "party": bodies.HOLDER}
    assert taken(found, order(Action.LIST, **as_holder)).endpoints == []
    for action, details in ((Action.PAUSE, {}), (Action.REPLAY, {"cursor": "0-0-0"}), (Action.DELIVERIES, {})):
        with pytest.raises(EndpointUnknownError):
            taken(found, order(action, endpoint, details, **as_holder))
    with pytest.raises(EndpointUnknownError):
        taken(found, order(Action.REMOVE, "wh_" + "0" * 32))
    [own] = taken(found, order(Action.LIST)).endpoints
    assert (own.endpoint, own.state) == (endpoint, EndpointState.ACTIVE)


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"issued_at": NOW + 121, "deadline": NOW + 600}, "/webhookOrder/issuedAt", "in-the-future"),
        ({"issued_at": NOW - 600, "deadline": NOW}, "/webhookOrder/deadline", "over"),
        ({"deadline": NOW + LONGEST_ORDER + 1}, "/webhookOrder/deadline", "range"),
        ({"deadline": NOW}, "/webhookOrder/deadline", "range"),
        ({"party": bodies.HOLDER}, "/webhookOrder/party", "not-the-key's-party"),
        ({"key": STRANGER_KEY}, "/signer", "unknown"),
        ({"separator": b"\x01" * 32}, "/signer", "unknown"),  # signed for another deployment: another signer
        ({"details": {"until": NOW}}, "/webhookOrder/details/until", "range"),
        ({"details": {"until": NOW + LONGEST_LIFE + 1}}, "/webhookOrder/details/until", "range"),
    ],
)
def test_an_order_that_does_not_hold_is_refused_by_name(
    found: Hooks, changes: dict[str, Any], field: str, rule: str
) -> None:
    with pytest.raises(OrderRefusedError) as refused:
        taken(found, order(Action.ADD, URL, **changes))
    assert (refused.value.field, refused.value.rule) == (field, rule)
    assert found.store.of_party(bodies.CERTIFIER) == []


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        ({"purposes": Purpose.LABELS}, "wrong-purpose"),
        ({"purposes": Purpose.SEQUENCER}, "wrong-purpose"),
        ({"ends_at": NOW}, "not-in-force"),
        ({"starts_at": NOW + 121}, "not-in-force"),
        ({"compromised_since": NOW - 1}, "compromised"),
    ],
)
def test_a_key_that_may_not_orders_nothing(found: Hooks, word: dict[str, Any], rule: str) -> None:
    changes = {"purposes": Purpose.STATUS} | word
    found.keys.keys[CERTIFIER_KEY.address] = key_word(bodies.CERTIFIER, **changes)
    with pytest.raises(OrderRefusedError) as refused:
        taken(found, order(Action.LIST))
    assert refused.value.rule == rule


def test_names_are_looked_up_only_for_whoever_may_order(database_url: str) -> None:
    names = Names([["10.0.0.1"]])
    with hooks(database_url, reach=Reach.PUBLIC, names=names) as found:
        with pytest.raises(OrderRefusedError):
            taken(found, order(Action.ADD, URL, key=STRANGER_KEY))
        assert names.asked == 0
        with pytest.raises(UnsafeTargetError) as refused:
            taken(found, order(Action.ADD, URL))
        assert names.asked == 1
        assert refused.value.rule == "address"
        assert "10.0.0.1" not in str(refused.value)  # nobody reads our inside through us
        assert found.store.of_party(bodies.CERTIFIER) == []


def test_a_party_has_so_many_endpoints_and_no_more(found: Hooks) -> None:
    for number in range(MOST_OF_A_PARTY):
        registered(found, f"{URL}/{number}")
    with pytest.raises(OrderRefusedError, match="too-many"):
        registered(found, URL)
    taken(found, order(Action.REMOVE, found.store.of_party(bodies.CERTIFIER)[0].endpoint))
    registered(found, URL)


def test_deliveries_come_in_pages(found: Hooks) -> None:
    endpoint = registered(found)
    messages = [message(number) for number in range(PAGE + 3)]
    assert found.store.enqueue(endpoint, Cursor(), Cursor(block=1), messages, NOW)
    first = taken(found, order(Action.DELIVERIES, endpoint)).deliveries
    rest = taken(found, order(Action.DELIVERIES, endpoint, {"after": first[-1].number})).deliveries
    assert [one.message for one in (*first, *rest)] == [one.message for one in messages]
    settle(found.store, first[0].number, DeliveryState.DEAD, problem="status: 500", answer=500)
    dead = taken(found, order(Action.DELIVERIES, endpoint, {"state": "dead"})).deliveries
    assert [one.number for one in dead] == [first[0].number]


@pytest.mark.parametrize(
    ("action", "details"),
    [
        (Action.ADD, {"kinds": ["weather"]}),
        (Action.ADD, {"kinds": []}),
        (Action.ADD, {"kinds": ["status", "status"]}),
        (Action.ADD, {"certificates": ["0x00"]}),
        (Action.ADD, {"certificates": ["0x" + "2b" * 32] * 101}),
        (Action.ADD, {"parties": ["uscc:1"]}),
        (Action.ADD, {"cursor": "1-2"}),
        (Action.ADD, {"cursor": 1}),
        (Action.ADD, {"until": -1}),
        (Action.ADD, {"unknown": 1}),
        (Action.LIST, {"after": 1}),
        (Action.PAUSE, {"cursor": "0-0-0"}),
        (Action.REPLAY, {}),
        (Action.REPLAY, {"cursor": "01-0-0"}),
        (Action.DELIVERIES, {"after": -1}),
        (Action.DELIVERIES, {"state": "lost"}),
    ],
)
def test_details_are_read_before_anybody_looks_whose_they_are(found: Hooks, action: Action, details: Any) -> None:
    with pytest.raises(MalformedError) as refused:
        taken(found, order(action, "x", details, key=STRANGER_KEY))
    assert refused.value.place.startswith("/webhookOrder/details")
