"""Scans, states and PINs in a database of their own or in the ledger's (see `shared`). Never in the append-only log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ledger.domain.scans import (
    Alert,
    Item,
    ItemHistory,
    ItemState,
    PinUse,
    Role,
    Scan,
    ScanKind,
    ScanStats,
    StateChange,
)
from ledger.domain.store_errors import StoreError
from ledger.store.engines import translate, translated
from ledger.store.scan_history import QUERIES, read_history
from ledger.store.scan_tables import ITEM_STATES, PIN_TOKENS, PIN_USES, SALE_STARTS, SCAN_ALERTS, SCANS
from ledger.store.shared import SharedDatabase, insert_new
from verifier.canonical import canonicalize, parse

_AT_ONCE: Final = 500
_PURGE_AT_ONCE: Final = 20_000
_EXPIRING: Final = (int(ScanKind.ANONYMOUS), int(ScanKind.ENTERPRISE))
_COLUMNS: Final = "item,at,kind,region,device"
_SHANGHAI: Final = 8 * 3_600
_DAY: Final = 86_400


class SqlScanStore(SharedDatabase):
    """`ports.scans.ScanStore` on SQLite and PostgreSQL. Safe for many threads and processes."""

    __slots__ = ()

    def add_scans(self, scans: Sequence[tuple[bytes, Scan]]) -> None:
        """Keep scans, each with its item's key, in one transaction."""
        if not scans:
            return
        rows = [(key, scan.at, int(scan.kind), scan.region, scan.device) for key, scan in scans]
        with self._begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"INSERT INTO scans ({_COLUMNS}) VALUES (?,?,?,?,?)", rows)  # noqa: S608
            else:
                _copy(connection, rows)

    def histories(self, keys: Sequence[bytes], *, lasting_only_before: int, most: int) -> Mapping[bytes, ItemHistory]:
        """What is known of items; see the port."""
        found: dict[bytes, ItemHistory] = {}
        with self._read() as connection:
            for at in range(0, len(keys), _AT_ONCE):
                _histories(connection, keys[at : at + _AT_ONCE], lasting_only_before, most, found)
        return found

    def history(self, key: bytes, *, lasting_only_before: int, most: int) -> ItemHistory | None:
        """What is known of one item; see the port. One statement in the driver's own words: SQLAlchemy takes ten times as long over it."""
        asked = (key, lasting_only_before, most, key, key, key)
        with translated(self._place):
            connection = self._reading.raw_connection()
        driver: Any = connection.driver_connection
        try:
            rows = driver.execute(QUERIES[self._reading.dialect.name], asked).fetchall()
        except self._reading.dialect.loaded_dbapi.Error as error:  # SQLAlchemy does not see what the driver is asked
            raise translate(error, self._place) from error
        finally:
            connection.close()
        return read_history(rows)

    def add_state(self, key: bytes, ordinal: int, change: StateChange) -> bool:
        """Append a state as number `ordinal`; False when that number is taken."""
        values = {
            "item": key, "ordinal": ordinal, "at": change.at, "state": str(change.state), "role": str(change.role),
            "party": change.party,
        }  # fmt: skip
        with self._begin() as connection:
            return insert_new(connection, ITEM_STATES, values)

    def use_pin(self, key: bytes, use: PinUse) -> PinUse | None:
        """Record the first use: None when this is it, else the one there was."""
        values = {
            "item": key, "at": use.at, "region": use.region, "device": use.device, "reference": use.reference,
        }  # fmt: skip
        with self._begin() as connection:
            if insert_new(connection, PIN_USES, values):
                return None
            return _pin_use(connection.execute(sa.select(PIN_USES).where(PIN_USES.c.item == key)).one())

    def take_token(self, client: bytes, *, now: int, interval: int, burst: int) -> int:
        """One attempt: the generic cell rate algorithm, in one statement, so that processes cannot race."""
        full_at = sa.case((PIN_TOKENS.c.full_at > now, PIN_TOKENS.c.full_at), else_=now)
        limit = now + interval * (burst - 1)
        with self._begin() as connection:
            make = postgresql.insert if connection.dialect.name != "sqlite" else sqlite.insert
            statement = (
                make(PIN_TOKENS)
                .values(client=client, full_at=now + interval)
                .on_conflict_do_update(
                    index_elements=["client"], set_={"full_at": full_at + interval}, where=PIN_TOKENS.c.full_at <= limit
                )
                .returning(PIN_TOKENS.c.full_at)
            )
            if connection.execute(statement).first() is not None:
                return 0
            known = connection.execute(sa.select(PIN_TOKENS.c.full_at).where(PIN_TOKENS.c.client == client)).scalar()
        return max(1, int(known or now) - limit)

    def add_alerts(self, alerts: Iterable[Alert]) -> int:
        """Keep alerts; one a day for each item and reason. How many were new."""
        rows = [_alert_values(alert) for alert in alerts]
        if not rows:
            return 0
        with self._begin() as connection:
            return sum(insert_new(connection, SCAN_ALERTS, row) for row in rows)

    def alerts(self, *, after: int = 0, limit: int = 1000) -> Sequence[Alert]:
        """Alerts with number > `after`, in order."""
        query = sa.select(SCAN_ALERTS).where(SCAN_ALERTS.c.id > after).order_by(SCAN_ALERTS.c.id).limit(limit)
        with self._read() as connection:
            return [_alert(row) for row in connection.execute(query)]

    def newest_alert(self, before: int) -> int:
        """Number of the newest alert raised before a moment (unix seconds); 0: none."""
        query = sa.select(sa.func.max(SCAN_ALERTS.c.id)).where(SCAN_ALERTS.c.at < before)
        with self._read() as connection:
            return int(connection.execute(query).scalar() or 0)

    def newest_alerts(self, issuer: str, limit: int = 100) -> Sequence[Alert]:
        """What an issuer was told last, newest first."""
        query = sa.select(SCAN_ALERTS).where(SCAN_ALERTS.c.issuer == issuer).order_by(SCAN_ALERTS.c.id.desc())
        with self._read() as connection:
            return [_alert(row) for row in connection.execute(query.limit(limit))]

    def alerts_since(self, *, since: int, limit: int) -> Sequence[Alert]:
        """Alerts from `since` (unix seconds) on, newest first."""
        query = sa.select(SCAN_ALERTS).where(SCAN_ALERTS.c.at >= since).order_by(SCAN_ALERTS.c.id.desc()).limit(limit)
        with self._read() as connection:
            return [_alert(row) for row in connection.execute(query)]

    def set_sale_start(self, gtin: str, batch: str, on_sale_from: int) -> None:
        """When the products of a batch go on sale; the latest word counts."""
        known = (SALE_STARTS.c.gtin == gtin) & (SALE_STARTS.c.batch == batch)
        values = {"gtin": gtin, "batch": batch, "on_sale_from": on_sale_from}
        with self._begin() as connection:
            insert_new(connection, SALE_STARTS, values)
            connection.execute(sa.update(SALE_STARTS).where(known).values(on_sale_from=on_sale_from))

    def sale_starts(self, batches: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Sale starts of (gtin, batch), where they are known."""
        wanted = set(batches)
        if not wanted:
            return {}
        with self._read() as connection:
            found = {
                (row.gtin, row.batch): int(row.on_sale_from)
                for row in connection.execute(_STARTS, {"keys": sorted({gtin for gtin, _ in wanted})})
            }
        return {batch: start for batch, start in found.items() if batch in wanted}

    def purge(self, *, expiring_before: int, lasting_before: int, alerts_before: int) -> int:
        """Delete what is older; a few thousand rows at a time, so that nobody waits long."""
        gone = 0
        old = (SCANS.c.at < expiring_before) & SCANS.c.kind.in_(_EXPIRING) | (SCANS.c.at < lasting_before)
        some = sa.select(SCANS.c.id).where(old).limit(_PURGE_AT_ONCE)
        while True:
            with self._begin() as connection:
                removed = connection.execute(sa.delete(SCANS).where(SCANS.c.id.in_(some))).rowcount
            gone += removed
            if removed < _PURGE_AT_ONCE:
                break
        with self._begin() as connection:
            # The newest stays: SQLite would number anew in an empty table, and who asks on from a number would miss alerts.
            newest = sa.select(sa.func.max(SCAN_ALERTS.c.id)).scalar_subquery()
            connection.execute(
                sa.delete(SCAN_ALERTS).where(SCAN_ALERTS.c.at < alerts_before, SCAN_ALERTS.c.id < newest)
            )
            connection.execute(sa.delete(PIN_TOKENS).where(PIN_TOKENS.c.full_at < expiring_before * 1000))
        self._forget()
        return gone

    def stats(self) -> ScanStats:
        """Figures about what is kept."""
        count = sa.func.count
        with self._read() as connection:
            kinds = connection.execute(sa.select(SCANS.c.kind, count()).group_by(SCANS.c.kind)).all()
            items, oldest = connection.execute(
                sa.select(count(sa.distinct(SCANS.c.item)), sa.func.min(SCANS.c.at))
            ).one()
            pins = connection.execute(sa.select(count()).select_from(PIN_USES)).scalar_one()
            alerts = connection.execute(sa.select(count()).select_from(SCAN_ALERTS)).scalar_one()
        return ScanStats(
            scans={ScanKind(kind): number for kind, number in kinds},
            items=items,
            oldest=oldest,
            pins_used=pins,
            alerts=alerts,
        )


def _copy(connection: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    from psycopg import Error

    cursor: Any = connection.connection.cursor()
    try:
        with cursor, cursor.copy(f"COPY scans ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(("bytea", "int8", "int2", "int2", "bytea"))
            for row in rows:
                copy.write_row(row)
    except Error as error:  # SQLAlchemy does not see what happens on the driver's own cursor
        raise translate(error, "the database") from error


def _of_items(column: Any) -> Any:
    return column.in_(sa.bindparam("keys", expanding=True))


def _counting() -> Any:
    """Scans that may count: the lasting ones, and of the expiring ones since then the newest `most` of each item."""
    rank = sa.func.row_number().over(partition_by=SCANS.c.item, order_by=(SCANS.c.at.desc(), SCANS.c.id.desc()))
    columns = (SCANS.c.item, SCANS.c.at, SCANS.c.kind, SCANS.c.region, SCANS.c.device)
    expiring = SCANS.c.kind.in_(_EXPIRING)
    recent = _of_items(SCANS.c.item) & expiring & (SCANS.c.at >= sa.bindparam("since"))
    ranked = sa.select(*columns, rank.label("rank")).where(recent).subquery()
    newest = sa.select(*(ranked.c[column.name] for column in columns)).where(ranked.c.rank <= sa.bindparam("most"))
    return sa.union_all(newest, sa.select(*columns).where(_of_items(SCANS.c.item) & ~expiring))


# Made once: to build a statement takes longer than to run it.
_COUNTING: Final = _counting()
_STATES: Final = sa.select(ITEM_STATES).where(_of_items(ITEM_STATES.c.item)).order_by(ITEM_STATES.c.ordinal)
_USES: Final = sa.select(PIN_USES).where(_of_items(PIN_USES.c.item))
_STARTS: Final = sa.select(SALE_STARTS).where(_of_items(SALE_STARTS.c.gtin))


def _histories(
    connection: sa.Connection, keys: Sequence[bytes], since: int, most: int, found: dict[bytes, ItemHistory]
) -> None:
    scans: dict[bytes, list[Scan]] = {}
    for item, at, kind, region, device in connection.execute(_COUNTING, {"keys": keys, "since": since, "most": most}):
        scan = Scan(at=at, kind=ScanKind(kind), region=region, device=bytes(device))
        scans.setdefault(bytes(item), []).append(scan)
    for key, seen in scans.items():
        found[key] = ItemHistory(scans=tuple(seen))
    states: dict[bytes, list[StateChange]] = {}
    for row in connection.execute(_STATES, {"keys": keys}):
        change = StateChange(at=row.at, state=ItemState(row.state), role=Role(row.role), party=row.party)
        states.setdefault(bytes(row.item), []).append(change)
    for key, changes in states.items():
        found[key] = replace(found.get(key, ItemHistory()), states=tuple(changes))
    for row in connection.execute(_USES, {"keys": keys}):
        key = bytes(row.item)
        found[key] = replace(found.get(key, ItemHistory()), first_pin=_pin_use(row))


def _pin_use(row: Any) -> PinUse:
    return PinUse(at=row.at, region=row.region, device=bytes(row.device), reference=row.reference)


def _alert_values(alert: Alert) -> dict[str, Any]:
    return {
        "item": alert.item.key,
        "reason": alert.reason,
        "day": (alert.at + _SHANGHAI) // _DAY,
        "at": alert.at,
        "gtin": alert.item.gtin,
        "serial": alert.item.serial,
        "issuer": alert.issuer,
        "fields": canonicalize(dict(alert.fields)),
    }


def _alert(row: Any) -> Alert:
    fields = parse(bytes(row.fields))
    if not isinstance(fields, dict):
        raise StoreError(f"alert {row.id} has no fields")
    return Alert(
        number=row.id,
        at=row.at,
        item=Item(gtin=row.gtin, serial=row.serial),
        issuer=row.issuer,
        reason=row.reason,
        fields=fields,
    )
