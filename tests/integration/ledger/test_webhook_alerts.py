"""Copy alerts through webhooks: the issuer alone is told, once, from where it was; scans that are away hold up nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from ledger.domain.events import EventKind
from ledger.domain.scans import Alert, Item
from ledger.domain.store_errors import StoreUnavailableError
from ledger.domain.webhook_orders import Action
from ledger.store.scans import SqlScanStore
from tests.support import bodies
from tests.support.ledger import HOLDER_KEY, NOW
from tests.support.webhooks import Hooks, Receiver, hooks, order, receiving

PAPER = b"\x2b" * 32
COPIES = {"kinds": [str(EventKind.COPY_ALERT)]}


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


class Records:
    """The real store; `is_away` makes it fail as a database that is not there."""

    def __init__(self, store: SqlScanStore) -> None:
        self.store = store
        self.is_away = False

    def alerts(self, *, after: int = 0, limit: int = 1000) -> Sequence[Alert]:
        self._require()
        return self.store.alerts(after=after, limit=limit)

    def newest_alert(self, before: int) -> int:
        self._require()
        return self.store.newest_alert(before)

    def _require(self) -> None:
        if self.is_away:
            raise StoreUnavailableError("scans are away")

    def add(self, serial: str, issuer: str = bodies.HOLDER, *, at: int = NOW, reason: str = "scan-burst") -> None:
        item = Item(gtin="06901234567892", serial=serial)
        self.store.add_alerts(
            [Alert(number=0, at=at, item=item, issuer=issuer, reason=reason, fields={"scans": 20, "hours": 1})]
        )


@pytest.fixture
def records(database_url: str) -> Records:
    return Records(SqlScanStore.open(database_url))


async def registered(found: Hooks, url: str, **details: Any) -> str:
    """An endpoint of the holder's."""
    made = order(Action.ADD, url, COPIES | details, key=HOLDER_KEY, party=bodies.HOLDER, now=found.clock.now())
    return (await found.desk.take(made)).endpoints[0].endpoint


def serials(receiver: Receiver) -> list[str]:
    return [one.event["data"]["serial"] for one in receiver.received]


def test_the_issuer_alone_is_told_what_came_after_it_registered(database_url: str, records: Records) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as holder, receiving() as certifier, receiving() as asks_for_nothing:
            records.add("BEFORE", at=NOW - 100)
            await registered(found, holder.url)
            await found.registered(certifier.url, **COPIES)
            await found.registered(
                certifier.url, **COPIES, parties=[bodies.HOLDER]
            )  # asks for the holder's: its own is all it gets
            await found.registered(asks_for_nothing.url)
            records.add("OURS")
            records.add("OURS", reason="many-devices")
            records.add("OTHERS", bodies.CERTIFIER)
            await found.pass_time(6)
            await found.pass_time(6)
            assert serials(holder) == ["OURS", "OURS"]
            told = holder.received[0]
            told.check()
            assert (told.event["type"], told.event["cursor"]) == ("copy-alert", "0-0-0-2")
            assert told.event["data"] == {
                "number": 2, "at": NOW, "gtin": "06901234567892", "serial": "OURS", "issuer": bodies.HOLDER,
                "reason": "scan-burst", "fields": {"scans": 20, "hours": 1},
            }  # fmt: skip
            assert serials(certifier) == ["OTHERS", "OTHERS"]
            assert asks_for_nothing.received == []

    with hooks(database_url, alerts=records) as found:
        run(work(found))


def test_an_alert_waits_until_those_before_it_are_sure_to_be_there(database_url: str, records: Records) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await registered(found, receiver.url)
            records.add("ONE", at=found.clock.now())
            await found.pass_time(5)
            assert receiver.received == []
            await found.pass_time(1)
            assert serials(receiver) == ["ONE"]

    with hooks(database_url, alerts=records) as found:
        run(work(found))


def test_a_restart_and_a_replay_go_on_by_the_alerts_number(database_url: str, records: Records) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            endpoint = await registered(found, receiver.url)
            for number in range(3):
                records.add(f"N{number}")
            await found.pass_time(6)
            found.restarted()
            await found.pass_time(6)
            assert serials(receiver) == ["N0", "N1", "N2"]
            again = order(
                Action.REPLAY, endpoint, {"cursor": "0-0-0-1"}, key=HOLDER_KEY, party=bodies.HOLDER,
                now=found.clock.now(),
            )  # fmt: skip
            await found.desk.take(again)
            await found.pass_time(6)
            assert receiver.messages[3:] == receiver.messages[1:3]  # under the ids they had

    with hooks(database_url, alerts=records) as found:
        run(work(found))


def test_scans_that_are_away_hold_up_no_change_of_status(database_url: str, records: Records) -> None:
    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await registered(found, receiver.url, kinds=["copy-alert", "status"])
            await found.pass_time(6)
            records.add("LATE", at=found.clock.now())
            records.is_away = True
            found.feed.status(PAPER)
            await found.pass_time(6)
            assert [one.event["type"] for one in receiver.received] == ["status"]
            records.is_away = False
            await found.pass_time(6)
            assert [one.event["type"] for one in receiver.received] == ["status", "copy-alert"]

    with hooks(database_url, alerts=records) as found:
        run(work(found))


def test_more_alerts_than_one_piece(database_url: str, records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.http.alerts.PIECE", 4)

    async def work(found: Hooks) -> None:
        async with receiving() as receiver:
            await registered(found, receiver.url)
            for number in range(11):
                records.add(f"N{number}", bodies.HOLDER if number % 5 else bodies.CERTIFIER)
            await found.pass_time(6)
            assert serials(receiver) == [f"N{number}" for number in range(11) if number % 5]

    with hooks(database_url, alerts=records) as found:
        run(work(found))
