"""Revert data to a name and arguments, by the custom errors of the contracts' ABI."""

from __future__ import annotations

from functools import cache

from ledger.chain.artifacts import CONTRACTS, load_artifact
from ledger.domain.chain_errors import CallRevertedError
from verifier.hashing import keccak256

WORD = 32


def find_revert_data(value: object) -> bytes | None:
    """The revert data in a JSON-RPC error's `data`: hex itself (geth, anvil) or a member `data` of it (Hardhat)."""
    if isinstance(value, dict):
        return find_revert_data(value.get("data"))
    if not isinstance(value, str) or not value.startswith("0x"):
        return None
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        return None


def read_revert(data: bytes, detail: str) -> CallRevertedError:
    """Name the error; data that no contract of ours gives keeps the node's own words in `detail`."""
    known = _errors().get(data[:4])
    if known is None or len(data) < 4 + WORD * len(known[1]):
        return CallRevertedError(data=data, name=None, arguments=(), detail=detail)
    name, types = known
    words = [data[at : at + WORD] for at in range(4, 4 + WORD * len(types), WORD)]
    arguments = tuple(_value(word, kind) for word, kind in zip(words, types, strict=True))
    return CallRevertedError(data=data, name=name, arguments=arguments, detail=detail)


def _value(word: bytes, kind: str) -> object:
    if kind.startswith("uint"):
        return int.from_bytes(word, "big")
    if kind == "address":
        return "0x" + word[12:].hex()
    return "0x" + word.hex()  # bytes32; of a dynamic type, its offset


@cache
def _errors() -> dict[bytes, tuple[str, tuple[str, ...]]]:
    table: dict[bytes, tuple[str, tuple[str, ...]]] = {}
    for contract in CONTRACTS:
        for entry in load_artifact(contract).abi:
            if entry.get("type") == "error":
                inputs = entry.get("inputs")
                types = tuple(str(item["type"]) for item in inputs) if isinstance(inputs, list) else ()
                name = str(entry["name"])
                table[keccak256(f"{name}({','.join(types)})".encode())[:4]] = (name, types)
    return table
