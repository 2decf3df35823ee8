"""Cold start, counted in imports rather than seconds: what help must not load, on any machine, however busy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shared import shared_dir

HEAVY = (
    "web3",
    "rich",
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "coincurve",
    "cryptography",
    "eth_account",
    "fastapi",
    "pydantic",
)
HELP = (
    ("--help",),
    ("regulator", "--help"),
    ("regulator", "grant", "open", "--help"),
    ("certifier", "--help"),
    ("certifier", "issue", "--help"),
    ("certifier", "suspend", "--help"),
    ("enterprise", "sign-table", "--help"),
    ("operator", "run", "--help"),
    ("operator", "submit", "--help"),
    ("log", "monitor", "--help"),
    ("import", "carbon-catalogue", "--help"),
    ("keys", "new", "--help"),
    ("sign", "--help"),
    ("verify", "--help"),
)
PROGRAM = """
import contextlib, io, json, sys
sys.argv = ["tanji", *json.loads(sys.argv[1])]
from api.cli.main import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
print(json.dumps(sorted(name for name in sys.modules if name.startswith(("ledger.", "verifier.")))))
"""


def loaded_by(words: tuple[str, ...]) -> tuple[set[str], list[str]]:
    command = (sys.executable, "-c", PROGRAM, json.dumps(words))
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    packages, ours = run.stdout.splitlines()[-2:]
    return set(json.loads(packages)), json.loads(ours)


@pytest.mark.parametrize("words", HELP, ids=" ".join)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    packages, ours = loaded_by(words)
    assert packages.isdisjoint(HEAVY), f"{' '.join(words)} imports {packages & set(HEAVY)}"
    allowed = {"verifier.cli", "verifier.errors"} if words[0] == "verify" else set()
    assert set(ours) <= allowed, f"{' '.join(words)} imports {ours}"


def test_a_usage_error_is_as_cheap() -> None:
    packages, ours = loaded_by(("operator", "submit"))
    assert packages.isdisjoint(HEAVY)
    assert ours == []


SLOW = ("web3", "eth_account", "eth_abi")
READING = """
import json, sys
import api.runtime.parts, ledger.chain.deploy, ledger.chain.directory, ledger.services.anchorer, ledger.services.fsck
import ledger.services.registry, ledger.services.status, ledger.keys.keystore, ledger.keys.memory, verifier.cli
from ledger.chain.client import NodeChain
class Node:
    operator = "test"
    def call(self, method, *params):
        return "0x" + "11" * 32
    def batch(self, calls):
        return [self.call(call.method) for call in calls]
NodeChain(Node()).storage(bytes(20), bytes(32), bytes(32))
ledger.keys.memory.MemorySigner.generate().sign_digest(bytes(32))
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_reading_the_chain_and_signing_statements_load_no_ethereum_library() -> None:
    """They cost seconds and are for sending and for opening key files only (docs/adr/0007)."""
    run = subprocess.run((sys.executable, "-c", READING), capture_output=True, text=True, check=True)
    assert set(json.loads(run.stdout)).isdisjoint(SLOW)


def test_showing_a_key_files_address_loads_no_ethereum_library(tmp_path: Path) -> None:
    keystore = tmp_path / "key.json"
    keystore.write_text(json.dumps({"version": 3, "address": "ab" * 20}))
    packages, ours = loaded_by(("keys", "show", str(keystore)))
    assert "ledger.keys.keystore" in ours
    assert packages.isdisjoint(SLOW)


def test_importing_footprints_loads_no_ethereum_library() -> None:
    shared = shared_dir()
    if shared is None or not (shared / "data" / "carbon-catalogue").is_dir():
        pytest.skip("the Carbon Catalogue is not here")
    packages, ours = loaded_by(("import", "carbon-catalogue", str(shared / "data" / "carbon-catalogue")))
    assert "ledger.keys.memory" in ours
    assert packages.isdisjoint(SLOW)
