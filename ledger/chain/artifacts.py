"""The committed compiler output of the three contracts (`artifacts/<Contract>.json`, written by `ledger.chain.compile`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

import orjson

from ledger.domain.chain_errors import ChainError

FOLDER: Final = Path(__file__).with_name("artifacts")
CONTRACTS: Final = ("TrustRegistry", "StatusRegistry", "AnchorLog")


class ArtifactError(ChainError):
    """A committed artifact is missing or not what the compiler writes: the installation is broken."""

    code: ClassVar[str] = "chain.artifact"

    def __init__(self, contract: str) -> None:
        super().__init__(f"no usable artifact of {contract}; run `make contracts`")
        self.contract = contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """One contract: its ABI as JSON has it, and the bytecode that creates it."""

    name: str
    abi: tuple[Mapping[str, object], ...]
    bytecode: bytes

    def signatures(self, kind: str) -> dict[str, tuple[str, ...]]:
        """`name(type,type)` and its argument types, for every entry of a kind (`function`, `error`, `event`)."""
        found: dict[str, tuple[str, ...]] = {}
        for entry in self.abi:
            if entry.get("type") == kind:
                types = _types(entry)
                found[f"{entry['name']}({','.join(types)})"] = types
        return found

    def constructor_types(self) -> tuple[str, ...]:
        """The constructor's argument types."""
        return next((_types(entry) for entry in self.abi if entry.get("type") == "constructor"), ())


@cache
def load_artifact(contract: str) -> Artifact:
    """Read an artifact by contract name. Raises ArtifactError."""
    try:
        document = orjson.loads((FOLDER / f"{contract}.json").read_bytes())
        bytecode = bytes.fromhex(document["bytecode"].removeprefix("0x"))
        return Artifact(name=contract, abi=tuple(document["abi"]), bytecode=bytecode)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(contract) from error


def _types(entry: Mapping[str, object]) -> tuple[str, ...]:
    inputs = entry.get("inputs")
    return tuple(str(item["type"]) for item in inputs) if isinstance(inputs, list) else ()
