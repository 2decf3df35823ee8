"""The package's public names: all there, loaded late."""

from __future__ import annotations

import subprocess
import sys

import pytest

import verifier


@pytest.mark.parametrize("name", verifier.__all__)
def test_name_is_there(name: str) -> None:
    assert getattr(verifier, name) is not None


def test_no_other_name() -> None:
    with pytest.raises(AttributeError):
        verifier.authentic  # type: ignore[attr-defined]  # noqa: B018


def test_importing_loads_no_module_of_its_own() -> None:
    code = "import sys, verifier; print([m for m in sys.modules if m.startswith('verifier.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
