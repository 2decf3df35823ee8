"""Compile the contracts and keep the committed artifacts honest: `python -m ledger.chain.compile [--check]`.

Writes `ledger/chain/artifacts/<Contract>.json` (package data: ABI, creation and runtime bytecode, storage layout, compiler
version and settings). With `--check` it writes nothing and exits 1 when a fresh compile differs from what is committed.
Needs the development extra (py-solc-x) and `hardhat-local/node_modules` (solc, OpenZeppelin).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, ClassVar, Final

from ledger.domain.errors import LedgerError

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCES: Final = ROOT / "contracts" / "src"
MODULES: Final = ROOT / "hardhat-local" / "node_modules"
SOLC: Final = ROOT / "hardhat-local" / "solc"
ARTIFACTS: Final = Path(__file__).with_name("artifacts")
CONTRACTS: Final = ("AnchorLog", "StatusRegistry", "TrustRegistry")
SETTINGS: Final[dict[str, Any]] = {
    # `bytecodeHash: none` keeps comments and paths out of the bytes, so the pinned code hashes follow the code alone.
    "evmVersion": "cancun",
    "metadata": {"bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 1_000_000},
    "outputSelection": {
        "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata", "storageLayout"]}
    },
    # Pays: 500 gas an anchor, 600 a status change, 1,000 a relayed one (measured; contracts/README.md).
    "viaIR": True,
}
_IMPORT: Final = re.compile(r'^import[^;"]*"([^"]+)";', re.MULTILINE)


class CompileError(LedgerError):
    """A source is missing, or the compiler refused; `place` is the source or the compiler."""

    code: ClassVar[str] = "chain.compile"

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(f"{place}: {detail}")
        self.place = place
        self.detail = detail


def read_sources() -> dict[str, str]:
    """Return every source the contracts need, by the name the compiler knows it under. Raises CompileError."""
    found: dict[str, str] = {}
    pending = [f"contracts/src/{name}.sol" for name in CONTRACTS]
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found[name] = _read_source(name)
        pending.extend(_resolve(name, target) for target in _IMPORT.findall(found[name]))
    return dict(sorted(found.items()))


def _read_source(name: str) -> str:
    path = (MODULES if name.startswith("@") else ROOT) / name
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CompileError(name, f"{error}; run `make setup`") from error


def _resolve(importer: str, target: str) -> str:
    """The name of an import as solc forms it: relative ones against the importer's folder."""
    if not target.startswith("."):
        return target
    parts = importer.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def compile_contracts() -> dict[str, bytes]:
    """Compile from the sources; return artifact file name -> exact bytes. Raises CompileError."""
    from solcx import compile_standard
    from solcx.exceptions import SolcError

    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in read_sources().items()},
        "settings": SETTINGS,
    }
    try:
        answer = compile_standard(request, solc_binary=str(SOLC))
    except (SolcError, OSError) as error:
        raise CompileError("solc", str(error)) from error
    return {
        f"{name}.json": _artifact(name, answer["contracts"][f"contracts/src/{name}.sol"][name]) for name in CONTRACTS
    }


def _artifact(name: str, output: dict[str, Any]) -> bytes:
    compiler = json.loads(output["metadata"])["compiler"]["version"]
    settings = {key: value for key, value in SETTINGS.items() if key != "outputSelection"}
    artifact = {
        "contractName": name,
        "compiler": {"version": compiler, "settings": settings},
        "abi": output["abi"],
        "bytecode": "0x" + output["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + output["evm"]["deployedBytecode"]["object"],
        "storageLayout": _layout(output["storageLayout"]["storage"]),
    }
    return (json.dumps(artifact, indent=1, ensure_ascii=True) + "\n").encode()


def _layout(storage: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Label, slot, offset and type of each variable; solc's AST ids are dropped: they follow unrelated edits."""
    return [
        {"label": item["label"], "slot": int(item["slot"]), "offset": item["offset"], "type": _type_name(item["type"])}
        for item in storage
    ]


def _type_name(identifier: str) -> str:
    return re.sub(r"(?<=\))\d+", "", identifier)


def differing_artifacts(fresh: dict[str, bytes]) -> list[str]:
    """Names of artifacts whose committed bytes differ from a fresh compile, or are missing, or are left over."""
    committed = {path.name: path.read_bytes() for path in ARTIFACTS.glob("*.json")}
    return sorted(name for name in fresh.keys() | committed.keys() if fresh.get(name) != committed.get(name))


def main(arguments: list[str]) -> int:
    """Command line: write the artifacts, or with `--check` compare them. Returns the exit code."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m ledger.chain.compile [--check]\n")
        return 2
    fresh = compile_contracts()
    differing = differing_artifacts(fresh)
    if arguments:
        sys.stdout.write(f"differ from a fresh compile: {', '.join(differing)}\n" if differing else "artifacts match\n")
        return 1 if differing else 0
    ARTIFACTS.mkdir(exist_ok=True)
    for name in differing:
        if name in fresh:
            (ARTIFACTS / name).write_bytes(fresh[name])
        else:
            (ARTIFACTS / name).unlink()
    sys.stdout.write(f"written: {', '.join(differing) or 'nothing to do'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
