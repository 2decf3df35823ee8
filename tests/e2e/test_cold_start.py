"""Cold start, counted in imports rather than seconds: what help must not load, on any machine, however busy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

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
