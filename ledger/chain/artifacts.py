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


@cache
def load_artifact(contract: str) -> Artifact:
    """Read an artifact by contract name. Raises ArtifactError."""
    try:
        document = orjson.loads((FOLDER / f"{contract}.json").read_bytes())
        bytecode = bytes.fromhex(document["bytecode"].removeprefix("0x"))
        return Artifact(name=contract, abi=tuple(document["abi"]), bytecode=bytecode)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArtifactError(contract) from error
