"""The rules of the house, checked on every source file."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for package in ("verifier", "ledger", "api") for path in (ROOT / package).rglob("*.py"))
GENERATED = {"verifier/canonical/unicode14.py"}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_module_keeps_the_size_rules_and_has_no_assert(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if relative(path) not in GENERATED:
        assert text.count("\n") <= 400, "modules stay under 400 lines"
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.Assert), f"line {node.lineno}: python -O removes asserts; raise a typed error"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is longer than 60 lines"


def test_imports_point_one_way() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_verdict_sources_never_use_the_word_valid_in_a_name() -> None:
    """A name says what was checked (design section 5); `valid` says nothing."""
    found = [
        f"{relative(path)}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and (node.name.startswith(("is_valid", "valid_")) or node.name.endswith("_valid") or node.name == "valid")
    ]
    assert found == []
