"""The worker on real receivers, over SQLite and PostgreSQL: told, retried, killed, replayed, kept waiting, misled."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from cryptography.exceptions import InvalidSignature

from ledger.domain.events import Event, EventKind
from ledger.domain.store_errors import StoreFullError
from ledger.domain.webhook_orders import Action
from ledger.domain.webhooks import EndpointState, Settlement
from ledger.keys.memory import MemoryLogSigner
from ledger.services import webhook_runner
from ledger.services.webhook_runner import WebhookRunner
from ledger.store.webhooks import SqlWebhookStore, SqlWorkerLock
from ledger.webhooks.backoff import LONGEST_DOUBT, PAUSES, TRIES
from ledger.webhooks.targets import Reach
from tests.support import bodies
from tests.support.webhooks import WEBHOOK_SIGNER, Hooks, Names, Received, hooks, listening, receiving, settled, status
from verifier.contracts import REGULATORS
from verifier.encoding import to_hex
from verifier.identifiers import party_id
from verifier.questions import Lane
from verifier.types import StatementId

T = TypeVar("T")
PAPER = StatementId(b"\x2b" * 32)
OTHER = StatementId(b"\x2c" * 32)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, 60))


def test_a_change_is_told_signed_and_once(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            endpoint = await found.registered(receiver.url)
            event = found.feed.status(PAPER)
            await found.pass_time()
            await found.pass_time(10)
            [told] = receiver.received
            told.check()
            assert told.event["type"] == "status"
            assert told.event["data"] == event.data
            assert told.event["cursor"] == "0-0-1"
            with pytest.raises(InvalidSignature):
                replace(told, body=told.body.replace(b"withdrawn", b"suspended")).check()
            with pytest.raises(InvalidSignature):
                replace(told, headers=told.headers | {"webhook-timestamp": "1790000099"}).check()
            assert found.history(endpoint) == [("delivered", 1, 204)]

    with hooks(database_url) as found:
        run(work(found))


def test_two_keys_sign_while_one_takes_over(database_url: str) -> None:
    newer = MemoryLogSigner.from_seed(b"\x0a" * 32)

    async def work(found: Hooks) -> Received:
        async with receiving() as receiver:
            await found.registered(receiver.url)
            found.feed.status(PAPER)
            await found.pass_time()
            return receiver.received[0]

    with hooks(database_url, signers=(newer, WEBHOOK_SIGNER)) as found:
        told = run(work(found))
    told.check(newer.public_key)
    told.check(WEBHOOK_SIGNER.public_key)
    with pytest.raises(InvalidSignature):
        told.check(MemoryLogSigner.from_seed(b"\x0b" * 32).public_key)


def test_only_what_was_asked_for_is_told(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        certifier = party_id(bodies.CERTIFIER)
        number = b"\x77" * 32
        found.lanes[PAPER] = frozenset(
            Lane(owner=owner, subject=subject) for owner in (certifier, REGULATORS) for subject in (PAPER, number)
        )
        async with receiving() as one, receiving() as party, receiving() as every:
            await found.registered(one.url, certificates=[to_hex(PAPER)])
            await found.registered(party.url, parties=[bodies.HOLDER])
            await found.registered(every.url, kinds=["status", "statement"])
            mine = [
                found.feed.status(PAPER),
                found.feed.status(number),
                found.feed.status(PAPER, owner_id=to_hex(REGULATORS)),
            ]
            found.feed.status(OTHER)
            found.feed.status(PAPER, bodies.HOLDER)  # somebody else's lane decides nothing about the certificate
            found.feed.status(party_id(bodies.HOLDER), owner_id=to_hex(REGULATORS))
            found.feed.status(party_id(bodies.HOLDER), bodies.CERTIFIER)
            found.feed.add(EventKind.STATEMENT, id=to_hex(PAPER), issuer=bodies.CERTIFIER, index=0)
            found.feed.add(EventKind.ANCHOR, seq=1)
            await found.pass_time()
            assert [told.event["data"] for told in one.received] == [event.data for event in mine]
            assert len(party.received) == 2
            assert len(every.received) == 8

    with hooks(database_url) as found:
        run(work(found))


def test_a_receiver_that_was_down_is_told_later_and_later_again(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving(answers=[status(503), status(500, "Retry-After: 90")]) as receiver:
            endpoint = await found.registered(receiver.url)
            found.feed.status(PAPER)
            await found.pass_time()
            assert found.history(endpoint) == [("waiting", 1, 503)]
            await found.pass_time(PAUSES[0] - 1)
            assert len(receiver.received) == 1  # not before its time
            await found.pass_time(1)
            assert found.history(endpoint) == [("waiting", 2, 500)]
            await found.pass_time(PAUSES[1] + 1)
            assert len(receiver.received) == 2  # it asked for more
            await found.pass_time(90)
            assert found.history(endpoint) == [("delivered", 3, 204)]
            assert len(set(receiver.messages)) == 1
            assert len({told.body for told in receiver.received}) == 1
            times = [int(told.headers["webhook-timestamp"]) for told in receiver.received]
            assert times == sorted(set(times))  # each try is signed for its own moment
            for told in receiver.received:
                told.check()
            assert found.store.find(endpoint).failures == 0  # type: ignore[union-attr]

    with hooks(database_url) as found:
        run(work(found))


def test_nobody_there_for_long_pauses_the_endpoint_and_a_replay_tells_it_all(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving(answers=[status(500)] * TRIES) as receiver:
            endpoint = await found.registered(receiver.url)
            found.feed.status(PAPER)
            for pause in (1, *PAUSES):
                await found.pass_time(max(pause, LONGEST_DOUBT))
            assert found.history(endpoint) == [("dead", TRIES, 500)]
            kept = found.store.find(endpoint)
            assert kept is not None
            assert (kept.state, kept.reason) == (EndpointState.PAUSED, "failing")
            found.feed.status(OTHER)
            await found.pass_time(3_600)
            assert len(receiver.received) == TRIES
            await found.ordered(Action.RESUME, endpoint)
            await found.ordered(Action.REPLAY, endpoint, {"cursor": "0-0-0"})
            await found.pass_time()
            assert found.history(endpoint) == [("delivered", 1, 204)] * 2
            assert receiver.messages[-2] == receiver.messages[0]

    with hooks(database_url) as found:
        run(work(found))


def test_gone_is_taken_at_its_word(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving(answers=[status(410)]) as receiver:
            endpoint = await found.registered(receiver.url)
            found.feed.status(PAPER)
            await found.pass_time()
            kept = found.store.find(endpoint)
            assert kept is not None
            assert (kept.state, kept.reason) == (EndpointState.PAUSED, "gone")
            await found.pass_time(86_400)
            assert len(receiver.received) == 1

    with hooks(database_url) as found:
        run(work(found))


class _KilledError(Exception):
    """The end of a process."""


class _Dying(SqlWebhookStore):
    """A store whose process is killed between a try and the keeping of its outcome."""

    def settle(self, settlement: Settlement) -> None:
        raise _KilledError


def test_killed_before_a_try_tells_once_killed_after_it_tells_again_under_the_same_id(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            endpoint = await found.registered(receiver.url)
            found.feed.status(PAPER)
            await asyncio.to_thread(found.runner._parts.lock.take)
            await asyncio.to_thread(found.runner._look)  # queued, and then killed
            assert found.history(endpoint) == [("waiting", 0, 0)]
            found.restarted()
            await found.pass_time()
            assert len(receiver.received) == 1

            dying = _Dying(found.store._engine, found.store._reading, "")
            found.runner = WebhookRunner(replace(found.runner._parts, store=dying))
            found.feed.status(OTHER)
            found.clock.pass_time(1)
            await found.runner.step()
            [task] = found.runner._trying.values()
            with pytest.raises(_KilledError):
                await task
            assert len(receiver.received) == 2
            found.restarted()
            await found.pass_time()
            first, sent, again = receiver.received
            assert first.message != sent.message
            assert (sent.message, sent.body) == (again.message, again.body)
            assert found.history(endpoint) == [("delivered", 1, 204)] * 2
            found.restarted()
            await found.pass_time()
            assert len(receiver.received) == 3

    with hooks(database_url) as found:
        run(work(found))


class _Full(SqlWebhookStore):
    """A disk that is full whenever an outcome is to be kept."""

    def settle(self, settlement: Settlement) -> None:
        raise StoreFullError("the disk")


def test_a_full_disk_does_not_flood_a_receiver(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await found.registered(receiver.url)
            found.feed.status(PAPER)
            full = _Full(found.store._engine, found.store._reading, "")
            found.runner = WebhookRunner(replace(found.runner._parts, store=full))
            for _ in range(LONGEST_DOUBT - 1):
                await found.pass_time()
            assert len(receiver.received) == 1
            await found.pass_time(2)
            assert len(receiver.received) == 2

    with hooks(database_url) as found:
        run(work(found))


def test_one_worker_works_and_the_next_takes_over(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        second = WebhookRunner(replace(found.runner._parts, lock=SqlWorkerLock(database_url)))
        async with receiving() as receiver:
            await found.registered(receiver.url)
            await found.pass_time()
            found.feed.status(PAPER)
            found.clock.pass_time(1)
            await settled(second)  # stands by
            assert receiver.received == []
            await settled(found.runner)
            assert len(receiver.received) == 1
            found.runner._parts.lock.release()
            found.feed.status(OTHER)
            found.clock.pass_time(1)
            await settled(second)
            assert len(receiver.received) == 2
            await found.pass_time()
            assert len(set(receiver.messages)) == len(receiver.received) == 2
            second._parts.lock.release()

    with hooks(database_url) as found:
        run(work(found))


def test_news_come_before_their_block_is_final_and_again_after_a_restart_only_if_they_are_new(
    database_url: str,
) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await found.registered(receiver.url)
            event = found.feed.status(PAPER, final=False)
            found.feed.events.clear()
            found.feed.news.append(event)
            await found.pass_time()
            await found.pass_time()
            found.restarted()
            await found.pass_time()
            assert [told.event["data"]["final"] for told in receiver.received] == [False]
            found.feed.news.clear()
            found.feed.status(PAPER)
            await found.pass_time()
            assert [told.event["data"]["final"] for told in receiver.received] == [False, True]

    with hooks(database_url) as found:
        run(work(found))


def test_a_replay_begins_at_its_cursor_and_goes_on_where_it_was(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            endpoint = await found.registered(receiver.url)
            for number in range(6):
                found.feed.status(bytes([number]) * 32)
            await found.pass_time()
            first = receiver.messages
            assert len(set(first)) == 6
            replayed = await found.ordered(Action.REPLAY, endpoint, {"cursor": "0-0-2"})
            assert str(replayed.endpoints[0].cursor) == "0-0-2"
            await found.pass_time()
            assert receiver.messages == first + first[2:]
            ahead = await found.ordered(Action.REPLAY, endpoint, {"cursor": "9-9-99"})
            assert str(ahead.endpoints[0].cursor) == "0-0-6"  # the future is not skipped
            found.feed.status(PAPER)
            await found.pass_time()
            assert len(receiver.received) == 11

    with hooks(database_url) as found:
        run(work(found))


def test_a_new_endpoint_begins_now_or_at_its_cursor(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as now, receiving() as then:
            for number in range(3):
                found.feed.status(bytes([number]) * 32)
            await found.registered(now.url)
            await found.registered(then.url, cursor="0-0-1")
            await found.pass_time()
            assert (len(now.received), len(then.received)) == (0, 2)

    with hooks(database_url) as found:
        run(work(found))


def test_paused_endpoints_are_told_what_they_missed(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            endpoint = await found.registered(receiver.url)
            await found.ordered(Action.PAUSE, endpoint)
            found.feed.status(PAPER)
            await found.pass_time()
            assert receiver.received == []
            await found.ordered(Action.RESUME, endpoint)
            await found.pass_time()
            assert len(receiver.received) == 1
            await found.ordered(Action.REMOVE, endpoint)
            found.feed.status(OTHER)
            await found.pass_time()
            assert len(receiver.received) == 1

    with hooks(database_url) as found:
        run(work(found))


def test_an_endpoint_ends_when_its_time_is_over(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await found.registered(receiver.url, until=found.clock.now() + 100)
            await found.pass_time(99)
            found.feed.status(PAPER)
            await found.pass_time(2)
            assert receiver.received == []

    with hooks(database_url) as found:
        run(work(found))


def test_a_slow_receiver_holds_nobody_else_up(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        hold = asyncio.Event()
        async with receiving(hold=hold) as slow, receiving() as quick:
            stuck = await found.registered(slow.url)
            await found.registered(quick.url)
            for number in range(3):
                found.feed.status(bytes([number]) * 32)
            found.clock.pass_time(1)
            async with asyncio.timeout(20):
                while len(quick.received) < 3:
                    await found.runner.step()
                    await asyncio.sleep(0.01)
            assert len(slow.received) == 1
            await asyncio.sleep(0.6)
            await settled(found.runner)  # its half second is over
            assert found.history(stuck)[0] == ("waiting", 1, 0)
            hold.set()
            await found.pass_time(LONGEST_DOUBT)
            assert {state for state, _, _ in found.history(stuck)} == {"delivered"}

    with hooks(database_url, seconds=0.5) as found:
        run(work(found))


def test_a_name_that_moves_inside_is_not_told_and_nobody_inside_is_asked(database_url: str) -> None:
    """DNS rebinding: public when the order is taken, then this machine, then a neighbour, then the cloud's metadata."""
    names = Names([["93.184.216.34"], ["127.0.0.1"], ["10.0.0.5"], ["::ffff:169.254.169.254"]])

    async def work(found: Hooks) -> int:
        visits = 0

        async def inside(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal visits
            visits += 1

        async with listening(inside) as port:
            endpoint = await found.registered(f"https://hooks.bank.example:{port}/")
            found.feed.status(PAPER)
            await found.pass_time()
            await found.pass_time(LONGEST_DOUBT)
            await found.pass_time(LONGEST_DOUBT)
            [delivery] = found.store.deliveries(endpoint, after=0, most=10)
            assert (delivery.attempts, delivery.answer) == (3, 0)
            assert delivery.problem.startswith("unsafe-target: address")
        assert names.asked == 4
        return visits

    with hooks(database_url, reach=Reach.PUBLIC, names=names) as found:
        assert run(work(found)) == 0


def test_many_events_reach_many_endpoints_in_their_order(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as one, receiving() as two:
            await found.registered(one.url)
            await found.registered(two.url)
            for number in range(120):
                found.feed.status(number.to_bytes(32, "big"))
            await found.pass_time()
            for receiver in (one, two):
                subjects = [int(told.event["data"]["subject"], 16) for told in receiver.received]
                assert subjects == list(range(120))
            assert not set(one.messages) & set(two.messages)

    with hooks(database_url) as found:
        run(work(found))


def test_a_full_queue_waits_for_room_and_loses_nothing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_runner, "MOST_WAITING", 60)

    async def work(found: Hooks) -> None:
        async with receiving(answers=[status(500)] * 3) as receiver:
            endpoint = await found.registered(receiver.url)
            for number in range(200):
                found.feed.status(number.to_bytes(32, "big"))
            await found.pass_time()
            assert found.store.waiting(endpoint) == 100  # two pieces of fifty, and no more
            for _ in range(6):
                await found.pass_time(LONGEST_DOUBT)
            told: set[str] = {one.event["data"]["subject"] for one in receiver.received}
            assert len(told) == 200

    with hooks(database_url) as found:
        run(work(found))


def test_it_runs_until_told_to_stop_and_lets_the_lock_go(database_url: str) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await found.registered(receiver.url)
            found.feed.status(PAPER)
            stop = asyncio.Event()
            task = asyncio.create_task(found.runner.run(stop))
            async with asyncio.timeout(20):
                while not receiver.received:
                    await asyncio.sleep(0.01)
            stop.set()
            await task
            lock = SqlWorkerLock(database_url)
            assert await asyncio.to_thread(lock.take)
            await asyncio.to_thread(lock.release)

    with hooks(database_url) as found:
        run(work(found))


def test_trouble_passes(database_url: str) -> None:
    class Away:
        """A feed whose node is away at first."""

        def __init__(self, inner: Any) -> None:
            self._inner = inner
            self.failures = 2

        def newest(self) -> Any:
            self.failures -= 1
            if self.failures >= 0:
                raise StoreFullError("the disk")
            return self._inner.newest()

        def after(self, *arguments: Any) -> Any:
            return self._inner.after(*arguments)

        def early(self, cursor: Any) -> list[Event]:
            return []

    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await found.registered(receiver.url)
            found.feed.status(PAPER)
            away = Away(found.feed)
            found.runner = WebhookRunner(replace(found.runner._parts, feed=away))
            stop = asyncio.Event()
            task = asyncio.create_task(found.runner.run(stop))
            async with asyncio.timeout(30):
                while not receiver.received:
                    found.clock.pass_time(1)
                    await asyncio.sleep(0.05)
            stop.set()
            await task
            assert away.failures < 0

    with hooks(database_url) as found:
        run(work(found))
