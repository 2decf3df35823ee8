"""`make audit`: known vulnerabilities of everything locked, by the registries' own advisories.

python -m tests.support.audit        exit 1: a known vulnerability; 0: none known, or the advisories could not be had, which is said

pip-audit runs from an environment of its own. It answers "no known vulnerabilities" when it could ask about nothing: what it
skipped is counted here. A lock whose advisories are out of reach is "not audited" and never "clean".
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
SECONDS: Final = 300
PIP_AUDIT: Final = "pip-audit==2.10.1"
LOCK: Final = "requirements.lock"
NPM: Final = ("hardhat-local", "api/pages_js")
# Advisory to the reason why it does not concern this project; what stands here is shown and does not fail.
ACCEPTED: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is known of one lock. `asked` of `locked` packages; found: (advisory, package, what is said); trouble: why not all were asked."""

    lock: str
    asked: int
    locked: int
    found: tuple[tuple[str, str, str], ...] = ()
    trouble: str = ""

    @property
    def open(self) -> tuple[tuple[str, str, str], ...]:
        """What nobody has accepted."""
        return tuple(one for one in self.found if one[0] not in ACCEPTED)


def of_pip(lock: str, output: str, trouble: str) -> Audit:
    """Read pip-audit's JSON; `trouble`: the end of what it said on standard error."""
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Audit(lock=lock, asked=0, locked=0, trouble=trouble or "no answer")
    skipped = [str(one["skip_reason"]) for one in packages if "skip_reason" in one]
    found = tuple(
        (
            str(bad["id"]),
            f"{one['name']} {one['version']}",
            f"fixed in {', '.join(bad['fix_versions']) or 'no release'}",
        )
        for one in packages
        for bad in one.get("vulns", ())
    )
    return Audit(
        lock=lock, asked=len(packages) - len(skipped), locked=len(packages), found=found, trouble=skipped[0] if skipped else ""
    )  # fmt: skip


def of_npm(lock: str, output: str, trouble: str) -> Audit:
    """Read `npm audit --json`."""
    try:
        report: dict[str, Any] = json.loads(output)
        locked = int(report["metadata"]["dependencies"]["total"])
        entries: dict[str, dict[str, Any]] = report["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Audit(lock=lock, asked=0, locked=0, trouble=_message(output) or trouble or "no answer")
    # `via` names either the advisory itself or another package that has one
    reasons = [via for entry in entries.values() for via in entry["via"] if isinstance(via, dict)]
    found = {
        (str(via["url"]).rpartition("/")[2], f"{via['name']} {via['range']}", str(via["title"])) for via in reasons
    }
    return Audit(lock=lock, asked=locked, locked=locked, found=tuple(sorted(found)))


def _message(output: str) -> str:
    try:
        return str(json.loads(output)["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def lines(audit: Audit) -> list[str]:
    """What is said of one lock."""
    said = [f"  {ident}: {package}: {text}{_accepted(ident)}" for ident, package, text in audit.found]
    if audit.asked == 0:
        return [f"{audit.lock}: NOT AUDITED, advisories out of reach ({audit.trouble[:200]})"]
    if audit.asked < audit.locked:
        said.append(f"  not audited: {audit.locked - audit.asked} packages ({audit.trouble[:200]})")
    return [f"{audit.lock}: {audit.asked} packages asked about, {len(audit.open)} known vulnerabilities", *said]


def _accepted(ident: str) -> str:
    return f" (accepted: {ACCEPTED[ident]})" if ident in ACCEPTED else ""


def _run(command: Sequence[str], folder: Path) -> tuple[str, str]:
    """Standard output, and the last line of standard error. Exit codes say nothing that the output does not."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    return done.stdout, (done.stderr.strip().splitlines() or [""])[-1]


def main() -> int:
    """Audit every lock."""
    uv = str(Path(sys.executable).with_name("uv"))
    options = (
        "--vulnerability-service",
        "pypi",
        "--no-deps",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "-f",
        "json",
    )
    audits = [of_pip(LOCK, *_run((uv, "tool", "run", "-q", PIP_AUDIT, *options, "-r", LOCK), ROOT))]
    audits += [
        of_npm(f"{one}/package-lock.json", *_run(("npm", "audit", "--json", "--package-lock-only"), ROOT / one))
        for one in NPM
    ]
    for audit in audits:
        print("\n".join(lines(audit)))
    return 1 if any(audit.open for audit in audits) else 0


if __name__ == "__main__":
    sys.exit(main())
