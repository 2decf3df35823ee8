"""The committed artifacts are what the sources compile to, and the Solidity tests pass."""

from __future__ import annotations

import re
import subprocess

import pytest

from ledger.chain import compile as compiling

FORGE = compiling.MODULES / ".bin" / "forge"
CONTRACTS = compiling.ROOT / "contracts"

pytestmark = [pytest.mark.slow]


def test_fresh_compile_gives_the_committed_bytes() -> None:
    fresh = compiling.compile_contracts()
    assert compiling.differing_artifacts(fresh) == []


def test_artifact_that_differs_is_named() -> None:
    committed = {path.name: path.read_bytes() for path in compiling.ARTIFACTS.glob("*.json")}
    assert compiling.differing_artifacts(committed) == []
    tampered = committed | {"AnchorLog.json": committed["AnchorLog.json"].replace(b"cancun", b"prague")}
    assert compiling.differing_artifacts(tampered) == ["AnchorLog.json"]
    assert compiling.differing_artifacts({}) == sorted(committed)


def test_missing_source_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "CONTRACTS", ("Nowhere",))
    with pytest.raises(compiling.CompileError) as caught:
        compiling.read_sources()
    assert (caught.value.code, caught.value.place) == ("chain.compile", "contracts/src/Nowhere.sol")


def test_solidity_tests_pass() -> None:
    if not FORGE.exists():
        pytest.fail(f"{FORGE} is missing: run `make setup`")
    done = subprocess.run([str(FORGE), "test"], check=False, cwd=CONTRACTS, capture_output=True, text=True, timeout=600)
    # npm's wrapper of forge loses the exit code: the summary line decides.
    passed = re.search(r"(\d+) tests passed, 0 failed, 0 skipped", done.stdout)
    assert passed is not None, done.stdout[-5000:] + done.stderr[-2000:]
    assert int(passed[1]) >= 79
