"""The verifier's folder, copied to an empty directory, works there with its own few dependencies and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
import venv
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.vector_cases import VECTORS

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "verifier" / "pyproject.toml").read_text(encoding="utf-8"))
LEFT_BEHIND = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")

# Prints the answers to the requests on standard input, and where every imported module came from.
DRIVER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from verifier.conformance import answer
json.dump([answer(line) for line in sys.stdin.buffer], sys.stdout)
outside = [name for name, module in sys.modules.items() if name.split(".")[0] in ("ledger", "api", "tests", "web3")]
assert not outside, outside
"""


def closure(requirements: list[str]) -> set[str]:
    """Names of the distributions that these requirements need on this machine, their own needs included."""
    found: set[str] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        if requirement.name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(requirement.name)
        waiting += [Requirement(text) for text in distribution(requirement.name).requires or []]
    return found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A fresh interpreter that holds the dependencies only, and the directory with the copy."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "verifier", folder / "copy" / "verifier", ignore=LEFT_BEHIND)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    python = folder / "venv" / "bin" / "python"
    site = next((folder / "venv").glob("lib/python*/site-packages"))
    # Installed files are copied, not fetched: the test needs no network.
    for name in closure(PROJECT["project"]["dependencies"]):
        for file in distribution(name).files or []:
            if ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), site / file)
    return python, folder / "copy"


def run(python: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # -I: no current directory, no PYTHON* variables, no user packages.
    return subprocess.run([str(python), "-I", *arguments], input=given, capture_output=True, check=False, timeout=120)


def test_few_and_small_dependencies() -> None:
    names = {Requirement(text).name for text in PROJECT["project"]["dependencies"]}
    assert names == {"coincurve", "safe-pysha3", "orjson", "cryptography"}
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pins = {Requirement(text).name: Requirement(text).specifier for text in whole}
    for text in PROJECT["project"]["dependencies"]:
        assert pins[Requirement(text).name] == Requirement(text).specifier, "one pin for both packages"


def test_the_package_list_is_the_tree() -> None:
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "verifier").rglob("__init__.py")}
    packages = {folder.as_posix().replace("/", ".") for folder in folders if "build" not in folder.parts}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages


def test_the_vectors_hold_there(alone: tuple[Path, Path]) -> None:
    python, copy = alone
    vectors = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.rglob("*.json"))]
    requests = b"".join(json.dumps(vector["request"]).encode() + b"\n" for vector in vectors)
    done = run(python, "-c", DRIVER, str(copy), given=requests)
    assert done.returncode == 0, done.stderr.decode()
    for vector, answer in zip(vectors, json.loads(done.stdout), strict=True):
        assert {name: answer.get(name) for name in vector["answer"]} == vector["answer"], vector["description"]


def test_every_module_imports_there(alone: tuple[Path, Path]) -> None:
    python, copy = alone
    names = sorted(
        ".".join(path.relative_to(copy).with_suffix("").parts).removesuffix(".__init__")
        for path in copy.rglob("*.py")
        if path.name != "__main__.py"
    )
    code = f"import sys, importlib; sys.path.insert(0, {str(copy)!r})\nfor name in {names!r}: importlib.import_module(name)"
    done = run(python, "-c", code)
    assert done.returncode == 0, done.stderr.decode()


def test_the_same_answers_without_the_compiled_keccak(alone: tuple[Path, Path]) -> None:
    python, copy = alone
    blocked = DRIVER.replace("import json, sys", "import json, sys; sys.modules['sha3'] = None")
    paths = sorted((VECTORS / "storage.prove" / "accept").iterdir())
    vectors = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    requests = b"".join(json.dumps(vector["request"]).encode() + b"\n" for vector in vectors)
    done = run(python, "-c", blocked, str(copy), given=requests)
    assert done.returncode == 0, done.stderr.decode()
    assert [answer["value"] for answer in json.loads(done.stdout)] == [vector["answer"]["value"] for vector in vectors]


@pytest.mark.slow
def test_the_folder_installs_as_a_package(tmp_path: Path) -> None:
    """pip builds and installs it; the dependencies come from the index, so this one needs a network."""
    shutil.copytree(ROOT / "verifier", tmp_path / "verifier", ignore=LEFT_BEHIND)
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    installed = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(tmp_path / "verifier")],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=300,
    )
    if re.search("Failed to establish a new connection|Temporary failure in name resolution", installed.stderr):
        pytest.skip("the package index cannot be reached")
    assert installed.returncode == 0, installed.stderr
    done = run(python, "-m", "verifier.conformance", given=b'{"op":"gtin.check","gtin":"96385074"}\n')
    assert done.stdout == b'{"ok": true, "value": true}\n', done.stderr.decode()
    shown = subprocess.run(
        [str(python.with_name("tanji-verify")), "--help"], capture_output=True, check=False, timeout=60
    )
    assert shown.returncode == 0, shown.stderr.decode()
