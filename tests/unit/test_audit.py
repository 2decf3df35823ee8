"""The audit of dependencies: a known vulnerability fails, an unreachable advisory service is told apart from a clean bill."""

from __future__ import annotations

import json

import pytest

from tests.support import audit
from tests.support.audit import Audit, lines, of_npm, of_pip

VULNERABLE = {"name": "x", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
CLEAN = {"name": "y", "version": "2.0", "vulns": []}
SKIPPED = {"name": "z", "skip_reason": "not found"}
ADVISORY = {
    "source": 1,
    "name": "p",
    "title": "bad",
    "url": "https://a.example/GHSA-1",
    "severity": "low",
    "range": "<2",
}


def pip(*packages: object) -> Audit:
    return of_pip("lock", json.dumps({"dependencies": packages}), "")


def npm(vulnerabilities: object) -> Audit:
    report = {"vulnerabilities": vulnerabilities, "metadata": {"dependencies": {"total": 3}}}
    return of_npm("lock", json.dumps(report), "")


def test_a_known_vulnerability_is_open() -> None:
    assert pip(VULNERABLE, CLEAN).open == (("PYSEC-1", "x 1.0", "fixed in 1.1"),)
    assert npm({"p": {"via": [ADVISORY]}, "q": {"via": ["p"]}}).open == (("GHSA-1", "p <2", "bad"),)


def test_an_accepted_one_is_shown_and_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "ACCEPTED", {"PYSEC-1": "never called"})
    found = pip(VULNERABLE)
    assert found.open == ()
    assert "accepted: never called" in lines(found)[1]


def test_nothing_known() -> None:
    assert lines(pip(CLEAN)) == ["lock: 1 packages asked about, 0 known vulnerabilities"]
    assert lines(npm({})) == ["lock: 3 packages asked about, 0 known vulnerabilities"]


@pytest.mark.parametrize(
    "found",
    [
        pip(SKIPPED),
        of_pip("lock", "", "no route"),
        of_pip("lock", "[]", ""),
        of_npm("lock", json.dumps({"message": "405", "error": {}}), ""),
        of_npm("lock", "", "npm: not found"),
    ],
)
def test_an_unreachable_service_is_never_clean(found: Audit) -> None:
    assert found.open == ()
    assert "NOT AUDITED" in lines(found)[0]


def test_what_was_skipped_is_counted() -> None:
    assert "  not audited: 1 packages (not found)" in lines(pip(CLEAN, SKIPPED))
