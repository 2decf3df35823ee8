"""Headers put together from RPC fields: right for every fork, or refused because the hash says so."""

from __future__ import annotations

from typing import Any

import pytest

from verifier.hashing import keccak256
from verifier.rlp import encode
from verifier.rpc.block import assemble_header
from verifier.types import BlockHash

BASE: dict[str, Any] = {
    "parentHash": "0x" + "11" * 32,
    "sha3Uncles": "0x" + "22" * 32,
    "miner": "0x" + "33" * 20,
    "stateRoot": "0x" + "44" * 32,
    "transactionsRoot": "0x" + "55" * 32,
    "receiptsRoot": "0x" + "66" * 32,
    "logsBloom": "0x" + "00" * 256,
    "difficulty": "0x0",
    "number": "0x12a",
    "gasLimit": "0x1c9c380",
    "gasUsed": "0x0",
    "timestamp": "0x6b02b213",
    "extraData": "0x",
    "mixHash": "0x" + "77" * 32,
    "nonce": "0x0000000000000000",
}
FORKS: dict[str, dict[str, Any]] = {
    "frontier": {},
    "london": {"baseFeePerGas": "0x3b9aca00"},
    "shanghai": {"withdrawalsRoot": "0x" + "88" * 32},
    "cancun": {"blobGasUsed": "0x0", "excessBlobGas": "0x20000", "parentBeaconBlockRoot": "0x" + "99" * 32},
    "prague": {"requestsHash": "0x" + "aa" * 32},
    "block-access-lists": {"blockAccessListHash": "0x" + "bb" * 32},
}
DATA = {"parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "extraData"}
DATA |= {"mixHash", "nonce", "withdrawalsRoot", "parentBeaconBlockRoot", "requestsHash", "blockAccessListHash"}


def fields_of(fork: str) -> dict[str, Any]:
    fields = dict(BASE)
    for name, added in FORKS.items():
        fields |= added
        if name == fork:
            return fields
    raise KeyError(fork)


def rlp_of(fields: dict[str, Any]) -> bytes:
    def content(name: str, text: str) -> bytes:
        return bytes.fromhex(text[2:]) if name in DATA else int(text, 16).to_bytes(8, "big").lstrip(b"\0")

    return encode([content(name, text) for name, text in fields.items()])


@pytest.mark.parametrize("fork", FORKS)
def test_every_fork(fork: str) -> None:
    fields = fields_of(fork)
    header = rlp_of(fields)
    extras = {
        "hash": "0x00",
        "size": "0x267",
        "totalDifficulty": "0x0",
        "uncles": [],
        "transactions": [],
        "withdrawals": [],
    }
    assert assemble_header(fields | extras, BlockHash(keccak256(header))) == header


def test_later_fields_sent_for_an_earlier_block_are_left_out() -> None:
    header = rlp_of(fields_of("london"))
    assert assemble_header(fields_of("prague"), BlockHash(keccak256(header))) == header


@pytest.mark.parametrize("name", [*BASE, "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "requestsHash"])
def test_any_field_changed_is_noticed(name: str) -> None:
    fields = fields_of("prague")
    block_hash = BlockHash(keccak256(rlp_of(fields)))
    changed = "0x01" if fields[name] == "0x" else fields[name][:-1] + ("1" if fields[name][-1] != "1" else "2")
    with pytest.raises(ValueError, match="do not hash to"):
        assemble_header(fields | {name: changed}, block_hash)


@pytest.mark.parametrize("value", [None, 7, "", "0x1", "0xzz", "11", "0x1_0", "0x" + "0" * 9000, ["0x"]])
def test_a_field_that_is_not_hex(value: object) -> None:
    fields = fields_of("prague")
    with pytest.raises(ValueError, match=r"stateRoot|do not hash"):
        assemble_header(fields | {"stateRoot": value}, BlockHash(keccak256(rlp_of(fields))))
