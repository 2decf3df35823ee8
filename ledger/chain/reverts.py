"""Revert data to a name and arguments, by the custom errors of the contracts' ABI."""

from __future__ import annotations

from functools import cache

from ledger.chain.abi import decode_arguments, selector, types_of
from ledger.chain.artifacts import CONTRACTS, load_artifact
from ledger.domain.chain_errors import AbiError, CallRevertedError


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
    signature = _errors().get(data[:4])
    if signature is None:
        return CallRevertedError(data=data, name=None, arguments=(), detail=detail)
    try:
        values = decode_arguments(types_of(signature), data[4:], signature)
    except AbiError:
        return CallRevertedError(data=data, name=None, arguments=(), detail=detail)
    arguments = tuple("0x" + value.hex() if isinstance(value, bytes) else value for value in values)
    return CallRevertedError(data=data, name=signature.partition("(")[0], arguments=arguments, detail=detail)


@cache
def _errors() -> dict[bytes, str]:
    return {selector(name): name for contract in CONTRACTS for name in load_artifact(contract).signatures("error")}
