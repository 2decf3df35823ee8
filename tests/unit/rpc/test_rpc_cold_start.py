"""What an offline verdict may load: cold start is promised (0.4 s), so networks and frameworks stay out."""

from __future__ import annotations

import subprocess
import sys

HEAVY = [
    "http.client",
    "ssl",
    "socket",
    "asyncio",
    "web3",
    "eth_account",
    "rich",
    "click",
    "sqlmodel",
    "fastapi",
    "tempfile",
]


def loaded_by(statement: str) -> set[str]:
    program = f"import sys; {statement}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_an_offline_verdict_loads_no_network() -> None:
    loaded = loaded_by("import verifier.command, verifier.report")
    assert loaded & {*HEAVY, "verifier.labelling", "verifier.label", "verifier.gs1"} == set()


def test_help_loads_next_to_nothing() -> None:
    loaded = loaded_by("import verifier.cli; verifier.cli.build_parser()")
    assert loaded & {*HEAVY, "verifier.ladder", "coincurve", "orjson", "cryptography"} == set()
