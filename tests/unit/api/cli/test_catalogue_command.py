"""`tanji operator catalogue`, with and without --rebuild, beside a writer and alone. No node."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from api.cli.commands.operator import catalogue as catalogue_command
from api.cli.main import cli
from api.runtime.config import Settings
from api.runtime.home import Home, create_home
from ledger.services.host import LedgerHost
from ledger.store.engines import parse_url, writing_engine
from tests.support.ledger import certificate, config, footprint

COUNT = 450


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = create_home(tmp_path / "home", Settings())
    host = LedgerHost.open(config(made.database, made.tiles))
    list(host.ingest([footprint(), *(certificate(number) for number in range(COUNT - 1))]))
    host.close()
    return made


def type_in(home: Home, *words: str, expect: int = 0) -> Any:
    result = CliRunner(env={"TANJI_HOME": str(home.root)}).invoke(cli, ["operator", "catalogue", *words])
    assert result.exit_code == expect, result.output
    return json.loads(result.stdout.splitlines()[-1]) if "--json" in words else result.stdout


def execute(home: Home, statement: str) -> None:
    engine = writing_engine(parse_url(home.database))
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_it_catches_up(home: Home) -> None:
    document = type_in(home, "--json")
    assert document == {
        "entries": COUNT, "logSize": COUNT, "certificates": COUNT - 1, "products": 1, "parties": 2, "labels": 0,
        "rebuilt": False,
    }  # fmt: skip
    assert type_in(home, "--json") == document, "a second run finds nothing to do"


def test_rebuild_mends_what_was_altered(home: Home) -> None:
    type_in(home)
    execute(home, "DELETE FROM catalogue_products WHERE leaf_index > 10")
    execute(home, "UPDATE catalogue_certificates SET terms = ''")
    document = type_in(home, "--rebuild", "--json")
    assert (document["entries"], document["certificates"], document["rebuilt"]) == (COUNT, COUNT - 1, True)
    host = LedgerHost.open(config(home.database, home.tiles))
    assert len(host.reader.catalogue().of_product("06901234567892", limit=10_000)) == COUNT - 1
    assert len(host.reader.catalogue().search(["tj-2026"], before=None, limit=10_000)) == COUNT - 1
    host.close()


def test_beside_a_running_writer(home: Home) -> None:
    host = LedgerHost.open(config(home.database, home.tiles))
    document = type_in(home, "--rebuild", "--json")
    assert document["entries"] == COUNT
    list(host.ingest([certificate(9_000)]))
    host.integrate()
    assert type_in(home, "--json")["certificates"] == COUNT
    host.close()


def test_in_words(home: Home) -> None:
    text = type_in(home, "--rebuild")
    assert "目录" in text
    assert "重建" in text
    assert str(COUNT - 1) in text
    assert "重建" not in type_in(home)


def test_a_database_that_stays_busy_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_command, "TRIES", 2)
    monkeypatch.setattr(catalogue_command, "PAUSE_SECONDS", 0.0)
    engine = writing_engine(parse_url(home.database))
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT 1"))
        error = type_in(home, "--json", expect=1)["error"]
    engine.dispose()
    assert error["code"] == "store.unavailable"
    assert error["advice"]
    assert type_in(home, "--json")["entries"] == COUNT, "and nothing was left half-done"


def test_without_a_log_it_says_so(tmp_path: Path) -> None:
    made = create_home(tmp_path / "home", Settings())
    assert type_in(made, "--json", expect=1)["error"]["code"] == "store.unavailable"


def test_help_tells_when_it_is_needed() -> None:
    text = CliRunner().invoke(cli, ["operator", "catalogue", "--help"]).output
    assert "--rebuild" in text
    assert "fsck" in text
