"""Commands of scans, items and PINs, in a home with a log, a labels statement and its leaf table. No node."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from api.runtime.config import ScanSettings, Settings, format_settings, parse_settings
from api.runtime.errors import SettingError
from api.runtime.home import create_home, open_home
from api.runtime.scanning import open_scanning, retention_of
from ledger.domain.scans import Item, ScanKind, ScanReport
from ledger.scans.thresholds import DAY
from ledger.services.host import LedgerHost
from tests.support import bodies
from tests.support.labels import serial_of
from tests.support.leaf_tables import PIN, labels, table
from tests.support.ledger import certificate, config, footprint

SERIAL = serial_of(12)
Type = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = create_home(tmp_path / "home", Settings())
    data, root = table(10, 5)
    statement, name = labels(10, root)
    host = LedgerHost.open(config(made.database, made.tiles))
    list(host.ingest([footprint(), certificate(), statement]))
    host.close()
    made.leaves.mkdir()
    (made.leaves / f"{name}.leaves").write_bytes(data)
    return made.root


@pytest.fixture
def run(home: Path) -> Type:
    def type_in(*words: str, expect: int = 0, given: str = "") -> Result:
        result = CliRunner(env={"TANJI_HOME": str(home)}).invoke(cli, [*words, "--json"], input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == expect, result.output
        return result

    return type_in


def document(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_an_items_life(run: Type) -> None:
    item = (bodies.GTIN, SERIAL)
    assert document(run("enterprise", "items", "show", *item)) == {
        "gtin": bodies.GTIN, "serial": SERIAL, "states": [], "signals": [],
    }  # fmt: skip
    run("enterprise", "items", "set-state", *item, "sold", "--party", bodies.HOLDER)
    refused = document(
        run("enterprise", "items", "set-state", *item, "sold", "--party", bodies.HOLDER, expect=1)
    )  # fmt: skip
    assert refused["error"]["code"] == "item.transition"
    assert refused["error"]["advice"]
    recalled = run(
        "enterprise", "items", "set-state", *item, "recalled", "--party", bodies.REGULATOR, "--role", "regulator"
    )
    assert document(recalled)["state"] == "recalled"
    shown = document(run("enterprise", "items", "show", *item))
    assert [one["state"] for one in shown["states"]] == ["sold", "recalled"]
    assert [one["reason"] for one in shown["signals"]] == ["recalled"]
    unknown = run(
        "enterprise", "items", "set-state", bodies.GTIN, serial_of(1), "sold", "--party", bodies.HOLDER, expect=1
    )
    assert document(unknown)["error"]["code"] == "item.unknown"
    assert document(run("enterprise", "items", "on-sale", bodies.GTIN, "L1", "--from", "2026-10-01"))["onSaleFrom"]


def test_a_pin_is_redeemed_once(run: Type) -> None:
    redeem = ("operator", "pin", "redeem", bodies.GTIN, SERIAL.lower(), "--reference")
    words, other = (*redeem, "P-1"), (*redeem, "P-2")
    assert document(run(*words, expect=1, given="wrong\n"))["error"]["code"] == "pin.refused"
    used = document(run(*words, given=f"{PIN.lower()}\n"))
    assert used["reference"] == "P-1"
    assert document(run(*words, given=f"{PIN}\n")) == used  # the same redemption asked for again: its answer was lost
    again = document(run(*other, expect=1, given=f"{PIN}\n"))["error"]
    assert again["code"] == "pin.used"
    assert str(used["usedAt"]) in again["message"]
    assert document(run(*words, expect=1))["error"]["code"] == "pin.missing"
    assert PIN not in again["message"]


def test_alerts_figures_and_purging(run: Type, home: Path) -> None:
    item = Item(gtin=bodies.GTIN, serial=SERIAL)
    cities = (1100, 3100, 4403)
    with open_scanning(open_home(home)) as scanning:
        scanning.record_scans(
            [
                ScanReport(item=item, kind=ScanKind.ANONYMOUS, region=cities[n % 3], device_hint=b"%d" % n)
                for n in range(50)
            ]
        )
    alerts = document(run("operator", "scans", "alerts"))["alerts"]
    assert "impossible-travel" in [one["reason"] for one in alerts]
    assert all(one["issuer"] == bodies.HOLDER and one["zh"] and one["en"] for one in alerts)
    assert document(run("operator", "scans", "alerts", "--after", str(alerts[-1]["number"])))["alerts"] == []
    stats = document(run("operator", "scans", "stats"))
    assert (stats["scans"], stats["items"]) == ({"anonymous": 50}, 1)
    assert document(run("operator", "scans", "purge"))["deleted"] == 0
    assert {path.name for path in home.iterdir()} >= {"ledger.db", "scans.db"}


def test_scans_are_kept_apart_from_the_ledger(run: Type, home: Path) -> None:
    run("enterprise", "items", "set-state", bodies.GTIN, SERIAL, "sold", "--party", bodies.HOLDER)
    assert Item(gtin=bodies.GTIN, serial=SERIAL).key not in (home / "ledger.db").read_bytes()


def test_settings_of_scans() -> None:
    text = '[scans]\ndatabase = "postgresql://h/d"\nexpiring_days = 7\n'
    settings = parse_settings(text).scans
    assert settings == ScanSettings(database="postgresql://h/d", expiring_days=7)
    assert retention_of(settings).expiring == 7 * DAY
    assert parse_settings(format_settings(Settings())).scans == ScanSettings()
    with pytest.raises(SettingError):
        parse_settings("[scans]\nexpiring_days = 2\n")
