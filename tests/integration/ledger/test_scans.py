"""Scans, states and PINs on SQLite and PostgreSQL: kept, judged, throttled, purged; and nothing personal anywhere."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

from ledger.domain.scan_errors import (
    NotEntitledError,
    PinRefusedError,
    PinThrottledError,
    PinUsedError,
    TransitionError,
    UnknownItemError,
)
from ledger.domain.scans import Actor, Item, ItemState, PinUse, Role, Scan, ScanKind, ScanReport
from ledger.scans.daykey import DayKeyDirectory
from ledger.scans.regions import RegionError
from ledger.scans.thresholds import LIMITS, Retention
from ledger.services.scanning import PinAttempts, Scanning
from ledger.store.engines import parse_url, writing_engine
from ledger.store.scans import SqlScanStore
from tests.support import bodies
from tests.support.ledger import NOW, OwnedClock
from tests.support.scans import (
    BEIJING,
    CHENGDU,
    DAY,
    GTIN,
    HOUR,
    ITEM,
    OTHER,
    PIN,
    SERIAL,
    SHANGHAI,
    SHENZHEN,
    MemoryItems,
    device,
    scanning,
    state,
)
from verifier.label import Granularity, Label
from verifier.signals import CopyReason
from verifier.types import Signature

HOLDER = Actor(role=Role.ENTERPRISE, party=bodies.HOLDER)
PLATFORM = Actor(role=Role.POINTS_PLATFORM, party="uscc:points")
REGULATOR = Actor(role=Role.REGULATOR, party=bodies.REGULATOR)
LABEL = Label(
    granularity=Granularity.ITEM,
    gtin=GTIN,
    gmn=None,
    serial=SERIAL,
    batch=None,
    certificate_prefix=bytes(16),
    signature=Signature(bytes(65)),
)
ROOMY = PinAttempts(burst=1000, interval=1)


@pytest.fixture
def store(database_url: str) -> Iterator[SqlScanStore]:
    opened = SqlScanStore.open(database_url)
    yield opened
    opened.close()


def report(
    hint: str = "phone", region: int = SHANGHAI, item: Item = ITEM, kind: ScanKind = ScanKind.ANONYMOUS
) -> ScanReport:
    return ScanReport(item=item, kind=kind, region=region, device_hint=hint.encode())


def flood(service: Scanning, count: int = 30) -> None:
    """From three cities, at one moment."""
    service.record_scans([report(f"rival {n}", (BEIJING, SHENZHEN, CHENGDU)[n % 3]) for n in range(count)])


def test_migrations_build_the_tables_the_code_declares(store: SqlScanStore, database_url: str) -> None:
    engine = writing_engine(parse_url(database_url))
    inspector = sa.inspect(engine)
    for name in ("scans", "item_states", "pin_uses", "pin_tokens", "scan_alerts", "sale_starts"):
        declared = SQLModel.metadata.tables[name]
        found = {column["name"]: column for column in inspector.get_columns(name)}
        assert found.keys() == {column.name for column in declared.columns}
        for column in declared.columns:
            assert found[column.name]["nullable"] == column.nullable
            expected = column.type.compile(dialect=engine.dialect)
            assert found[column.name]["type"].compile(dialect=engine.dialect) == expected
        assert inspector.get_pk_constraint(name)["constrained_columns"] == [c.name for c in declared.primary_key]
    assert {tuple(index["column_names"]) for index in inspector.get_indexes("scans")} == {("item", "at"), ("at",)}
    assert [c["column_names"] for c in inspector.get_unique_constraints("scan_alerts")] == [["item", "reason", "day"]]
    engine.dispose()


def test_what_was_kept_reads_back(store: SqlScanStore) -> None:
    scans = [Scan(at=NOW + n, kind=ScanKind(n % 4), region=8200, device=device(n)) for n in range(8)]
    store.add_scans([(ITEM.key, scan) for scan in scans])
    store.add_scans([(OTHER.key, scans[0])])
    store.add_scans([])
    use = PinUse(at=NOW, region=SHANGHAI, device=device(9), reference="R-1")
    assert store.use_pin(ITEM.key, use) is None
    assert store.use_pin(ITEM.key, PinUse(at=NOW + 5, region=1, device=device(1))) == use
    assert store.add_state(ITEM.key, 0, state(0, ItemState.SOLD))
    assert not store.add_state(ITEM.key, 0, state(1, ItemState.RECALLED))
    assert store.add_state(ITEM.key, 1, state(2, ItemState.RETURNED))
    found = store.histories([ITEM.key, OTHER.key, bytes(16)], lasting_only_before=0, most=100)
    assert found.keys() == {ITEM.key, OTHER.key}
    assert sorted(found[ITEM.key].scans) == scans
    assert found[ITEM.key].first_pin == use
    assert found[ITEM.key].states == (state(0, ItemState.SOLD), state(2, ItemState.RETURNED))


def test_only_what_may_count_is_read(store: SqlScanStore) -> None:
    store.add_scans([(ITEM.key, Scan(at=NOW + n, kind=ScanKind(n % 4), region=1, device=device(n))) for n in range(40)])
    (found,) = store.histories([ITEM.key], lasting_only_before=NOW + 8, most=3).values()
    anonymous = sorted(scan.at - NOW for scan in found.scans if scan.kind in (ScanKind.ANONYMOUS, ScanKind.ENTERPRISE))
    lasting = [scan for scan in found.scans if scan.kind in (ScanKind.INSPECTOR, ScanKind.PIN)]
    assert anonymous == [33, 36, 37]
    assert len(lasting) == 20


def test_f05_f17_a_flood_is_suspect_for_72_hours_and_the_issuer_is_told_once(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    assert service.signals_for(LABEL) == ()
    flood(service)
    assert CopyReason.IMPOSSIBLE_TRAVEL in [signal.reason for signal in service.signals_for(LABEL)]
    assert service.signals_of(OTHER) == ()
    flood(service)
    alerts = service.alerts()
    assert len({alert.reason for alert in alerts}) == len(alerts) > 1
    assert {(alert.item, alert.issuer, alert.at) for alert in alerts} == {(ITEM, bodies.HOLDER, NOW)}
    assert service.alerts(after=alerts[-1].number) == []
    assert list(service.newest_alerts(bodies.HOLDER)) == list(alerts)[::-1]
    assert list(service.newest_alerts(bodies.HOLDER, 1)) == [alerts[-1]]
    assert list(service.newest_alerts(bodies.CERTIFIER)) == []
    clock.pass_time(72 * HOUR - 1)
    assert service.signals_for(LABEL) != ()
    clock.pass_time(1)
    assert service.signals_for(LABEL) == ()
    assert service.signals_for(LABEL, at=NOW) != ()
    flood(service)
    assert len(service.alerts()) > len(alerts)


def test_f17_the_owners_pin_clears_the_flood(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    flood(service)
    clock.pass_time(60)
    used = service.redeem_pin(ITEM, PIN, client_hint=b"owner", region=SHANGHAI, reference="P-77")
    assert (used.at, used.reference) == (clock.now(), "P-77")
    assert service.signals_for(LABEL) == ()


def test_f06_a_second_use_is_refused_with_the_first_ones_time(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    service.redeem_pin(ITEM, PIN, client_hint=b"owner", region=SHANGHAI)
    clock.pass_time(DAY)
    with pytest.raises(PinUsedError) as refused:
        service.redeem_pin(ITEM, PIN.lower(), client_hint=b"copier", region=SHENZHEN)
    assert refused.value.first_at == NOW
    (signal,) = service.signals_for(LABEL)
    assert signal.reason == CopyReason.PIN_REUSED
    clock.pass_time(500 * DAY)
    assert [signal.reason for signal in service.signals_for(LABEL)] == [CopyReason.PIN_REUSED]


def test_of_many_uses_at_once_one_is_first(store: SqlScanStore) -> None:
    service = scanning(store, attempts=ROOMY)

    def use(number: int) -> str:
        try:
            service.redeem_pin(ITEM, PIN, client_hint=b"same phone", reference=f"R-{number}")
        except PinUsedError:
            return "used"
        return "first"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, range(12))) == ["first"] + ["used"] * 11


def test_attempts_are_throttled_by_client_and_the_item_is_never_locked(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock, attempts=PinAttempts(burst=3, interval=60))
    for _ in range(3):
        with pytest.raises(PinRefusedError):
            service.redeem_pin(ITEM, "0" * 12, client_hint=b"guesser")
    with pytest.raises(PinThrottledError) as refused:
        service.redeem_pin(ITEM, PIN, client_hint=b"guesser")
    assert refused.value.retry_after == 60
    clock.pass_time(59)
    with pytest.raises(PinThrottledError) as refused:
        service.redeem_pin(OTHER, PIN, client_hint=b"guesser")
    assert refused.value.retry_after == 1
    clock.pass_time(1)
    with pytest.raises(PinRefusedError):
        service.redeem_pin(ITEM, "0" * 12, client_hint=b"guesser")
    assert service.redeem_pin(ITEM, PIN, client_hint=b"owner").at == clock.now()


def test_f16_an_unknown_item_and_a_wrong_pin_are_one_answer_after_the_same_work(store: SqlScanStore) -> None:
    items = MemoryItems()
    service = scanning(store, issued=items, attempts=PinAttempts(burst=100_000, interval=1))
    unknown = Item(gtin=GTIN, serial="00000Z0123456789AB")
    said: dict[str, set[str]] = {"wrong": set(), "unknown": set()}
    took: dict[str, list[float]] = {"wrong": [], "unknown": []}
    for _ in range(60):
        for name, item in (("wrong", ITEM), ("unknown", unknown)):
            before = time.perf_counter()
            with pytest.raises(PinRefusedError) as refused:
                service.redeem_pin(item, "0" * 12, client_hint=b"x")
            took[name].append(time.perf_counter() - before)
            said[name].add(str(refused.value))
    assert said["wrong"] == said["unknown"]
    assert len(said["wrong"]) == 1
    assert items.asked == 120
    # Coarse, for a busy machine: what would leak is a query or a wait more.
    assert 0.4 < median(took["wrong"]) / median(took["unknown"]) < 2.5
    assert store.stats().scans == {}


def test_states_along_the_lines_with_their_history(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    service.set_state(ITEM, ItemState.SOLD, HOLDER)
    clock.pass_time(DAY)
    with pytest.raises(NotEntitledError):
        service.set_state(ITEM, ItemState.CONSUMED, PLATFORM)
    service.redeem_pin(ITEM, PIN, client_hint=b"owner")
    service.set_state(ITEM, ItemState.CONSUMED, PLATFORM)
    with pytest.raises(TransitionError):
        service.set_state(ITEM, ItemState.SOLD, HOLDER)
    with pytest.raises(UnknownItemError):
        service.set_state(Item(gtin=GTIN, serial="0" * 18), ItemState.SOLD, HOLDER)
    service.set_state(OTHER, ItemState.RECALLED, REGULATOR)
    assert [(change.state, change.at) for change in service.states_of(ITEM)] == [("sold", NOW), ("consumed", NOW + DAY)]
    assert [signal.reason for signal in service.signals_of(OTHER)] == [CopyReason.RECALLED]
    clock.pass_time(2 * DAY)
    service.record_scan(report())
    assert [signal.reason for signal in service.signals_for(LABEL)] == [CopyReason.AFTER_CONSUMED]


def test_two_changes_at_once_leave_one_history(store: SqlScanStore) -> None:
    service = scanning(store)

    def sell(_: int) -> str:
        try:
            service.set_state(ITEM, ItemState.SOLD, HOLDER)
        except TransitionError:
            return "too late"
        return "sold"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(sell, range(8))) == ["sold"] + ["too late"] * 7
    assert len(service.states_of(ITEM)) == 1


def test_scans_before_the_sale(store: SqlScanStore) -> None:
    service = scanning(store)
    service.set_sale_start(GTIN, "B1", NOW + 30 * DAY)
    service.set_sale_start(GTIN, "another", NOW)
    service.record_scans([report(f"phone {n}") for n in range(LIMITS.sale_devices)])
    assert [signal.reason for signal in service.signals_for(LABEL)] == [CopyReason.BEFORE_SALE]
    service.set_sale_start(GTIN, "B1", NOW + DAY)
    assert service.signals_for(LABEL) == ()


def test_scans_of_what_was_never_issued_are_left_out_and_a_wrong_region_keeps_nothing(store: SqlScanStore) -> None:
    service = scanning(store)
    assert service.record_scans([report(), report(item=Item(gtin=GTIN, serial="0" * 18))]) == 1
    with pytest.raises(RegionError):
        service.record_scans([report(), report(region=77)])
    assert store.stats().scans == {ScanKind.ANONYMOUS: 1}


def test_labels_of_a_batch_or_model_have_no_signals(store: SqlScanStore) -> None:
    model = Label(
        granularity=Granularity.MODEL, gtin=GTIN, gmn=None, serial=None, batch=None, certificate_prefix=bytes(16),
        signature=Signature(bytes(65)),
    )  # fmt: skip
    assert scanning(store).signals_for(model) == ()


def test_purging(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    service.record_scans([report(kind=kind) for kind in ScanKind])
    service.redeem_pin(ITEM, PIN, client_hint=b"owner")
    service.record_scans([report(f"rival {n}", item=OTHER) for n in range(30)])
    retention = Retention(expiring=10 * DAY, lasting=20 * DAY, alerts=15 * DAY)
    assert service.purge(retention) == 0
    clock.pass_time(11 * DAY)
    assert service.purge(retention) == 32
    assert set(store.stats().scans) == {ScanKind.INSPECTOR, ScanKind.PIN}
    assert service.alerts()
    clock.pass_time(10 * DAY)
    newest = service.alerts()[-1]
    assert service.purge(retention) == 3
    assert service.alerts() == [newest]  # so that numbers go on from there
    stats = service.stats()
    assert (stats.scans, stats.items, stats.oldest, stats.pins_used) == ({}, 0, None, 1)  # a used PIN stays used


def test_many_processes_worth_of_writers_do_not_get_in_each_others_way(database_url: str) -> None:
    def write(number: int) -> int:
        own = SqlScanStore.open(database_url)
        try:
            return sum(
                scanning(own).record_scans([report(f"{number} {batch} {n}") for n in range(50)]) for batch in range(5)
            )
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(4))) == 1_000
    opened = SqlScanStore.open(database_url)
    assert opened.stats().scans == {ScanKind.ANONYMOUS: 1_000}
    opened.close()


def test_batches_are_quick(store: SqlScanStore) -> None:
    """Far below what it does: a batch that went row by row, or a query that reads all there is, would be caught."""
    service = scanning(store)
    before = time.perf_counter()
    for batch in range(10):
        service.record_scans([report(f"{batch} {n}") for n in range(500)])
    assert 5_000 / (time.perf_counter() - before) > 500


SECRETS = ("203.0.113.77", "Mozilla/5.0 (Linux; ANTIGONE 9)", PIN, PIN.lower())


def test_privacy_nothing_personal_in_any_byte(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The file, its WAL and the day keys' directory; the log at its most talkative; errors' texts."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
    clock = OwnedClock()
    store = SqlScanStore.open(str(tmp_path / "scans.db"))
    keys = DayKeyDirectory(tmp_path / "day-key")
    service = scanning(store, clock, keys=keys)
    told = []
    hint = f"{SECRETS[0]} {SECRETS[1]}"
    service.record_scans([report(hint), report(hint, item=OTHER)])
    secret = keys.today(NOW)
    for item, typed in ((ITEM, PIN), (ITEM, PIN), (OTHER, PIN), (OTHER, "wrong")):
        try:
            service.redeem_pin(item, typed, client_hint=hint.encode(), region=SHANGHAI)
        except (PinUsedError, PinRefusedError) as error:
            told += [str(error), repr(error), repr(vars(error))]
    clock.pass_time(DAY)
    service.record_scan(report(hint))
    read = b"".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    store.close()
    for text in (read.decode("latin-1"), caplog.text, "\n".join(told)):
        assert not [one for one in SECRETS if one in text]
        assert secret.hex() not in text
        assert secret.decode("latin-1") not in text
    assert read.count(ITEM.key) > 1, "the test looks where the scans are"
    assert len(list((tmp_path / "day-key").iterdir())) == 1


def test_privacy_what_is_purged_is_overwritten(tmp_path: Path) -> None:
    clock = OwnedClock()
    store = SqlScanStore.open(str(tmp_path / "scans.db"))
    service = scanning(store, clock)
    service.record_scans([report(f"phone {n}") for n in range(100)])
    devices = [scan.device for scan in store.histories([ITEM.key], lasting_only_before=0, most=100)[ITEM.key].scans]

    def found() -> int:
        read = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        return sum(device in read for device in devices)

    assert found() == len(devices) == 100
    clock.pass_time(40 * DAY)
    assert service.purge() == 100
    assert found() == 0
    store.close()


def test_privacy_one_phone_is_another_on_every_item_and_day(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    for _ in range(2):
        service.record_scans([report(), report(), report(item=OTHER)])
        clock.pass_time(DAY)
    found = store.histories([ITEM.key, OTHER.key], lasting_only_before=0, most=100)
    devices = {scan.device for history in found.values() for scan in history.scans}
    assert len(devices) == 4


def test_the_history_of_one_item_is_what_is_found_among_many(store: SqlScanStore) -> None:
    assert store.history(ITEM.key, lasting_only_before=0, most=5) is None
    service = scanning(store)
    flood(service)
    service.record_scans([report("inspector", BEIJING, kind=ScanKind.INSPECTOR), report("other", item=OTHER)])
    service.set_state(ITEM, ItemState.SOLD, HOLDER)
    service.set_state(ITEM, ItemState.RETURNED, HOLDER)
    service.redeem_pin(ITEM, PIN, client_hint=b"x", region=SHANGHAI, reference="P-1")
    for since, most in ((0, 512), (0, 5), (NOW + 1, 512)):
        alone = store.history(ITEM.key, lasting_only_before=since, most=most)
        among = store.histories([ITEM.key, OTHER.key], lasting_only_before=since, most=most)[ITEM.key]
        assert alone is not None
        assert (alone.states, alone.first_pin) == (among.states, among.first_pin)
        assert sorted(alone.scans) == sorted(among.scans)


def test_the_same_redemption_again_has_the_first_ones_answer(store: SqlScanStore) -> None:
    clock = OwnedClock()
    service = scanning(store, clock)
    first = service.redeem_pin(ITEM, PIN, client_hint=b"x", reference="P-1")
    clock.pass_time(60)
    assert service.redeem_pin(ITEM, PIN, client_hint=b"x", reference="P-1") == first
    for reference in ("", "P-2"):
        with pytest.raises(PinUsedError):
            service.redeem_pin(ITEM, PIN, client_hint=b"x", reference=reference)
