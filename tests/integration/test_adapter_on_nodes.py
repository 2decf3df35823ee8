"""The adapter on what real nodes answer: eth_getProof as it comes, and headers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.chain.localnode import anvil_command, hardhat_command, running_node
from tests.support.chain import require_node
from verifier.conformance import answer
from verifier.encoding import to_hex
from verifier.rpc.block import assemble_header
from verifier.types import BlockHash

COMMANDS = {"anvil": anvil_command(), "hardhat": hardhat_command()}
FULL, SPARSE, NOBODY = ("0x" + f"{n:040x}" for n in (0xF0, 0xF1, 0xF2))
SLOTS = range(40)

Call = Callable[..., Any]

pytestmark = pytest.mark.node


@pytest.fixture(scope="module", params=sorted(COMMANDS))
def call(request: pytest.FixtureRequest) -> Iterator[Call]:
    require_node()
    with running_node(COMMANDS[request.param]) as node:

        def ask(method: str, *params: object) -> Any:
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
            sent = urllib.request.Request(node.url, body, {"content-type": "application/json"})
            with urllib.request.urlopen(sent, timeout=20) as reply:
                return json.load(reply)["result"]

        for n in SLOTS:
            ask("hardhat_setStorageAt", FULL, hex(n), word(value_of(n)))
        ask("hardhat_setStorageAt", SPARSE, "0x0", word(7))
        ask("evm_mine")
        yield ask


def word(value: int) -> str:
    return f"0x{value:064x}"


def value_of(slot: int) -> int:
    return 1 << 6 * slot


def prove(call: Call, address: str, slot: int) -> dict[str, object]:
    block = call("eth_getBlockByNumber", "latest", False)
    proof = call("eth_getProof", address, [word(slot)], block["number"])
    request = {
        "op": "storage.prove",
        "stateRoot": block["stateRoot"],
        "address": address,
        "accountProof": proof["accountProof"],
        "slot": word(slot),
        "storageProof": proof["storageProof"][0]["proof"],
    }
    return answer(json.dumps(request).encode())


@pytest.mark.parametrize("slot", [*SLOTS, 1000, 2**255])
def test_words_present_and_absent(call: Call, slot: int) -> None:
    assert prove(call, FULL, slot) == {"ok": True, "value": word(value_of(slot) if slot in SLOTS else 0)}


@pytest.mark.parametrize(("slot", "value"), [(0, 7), (1, 0)])
def test_a_trie_of_one_word(call: Call, slot: int, value: int) -> None:
    assert prove(call, SPARSE, slot) == {"ok": True, "value": word(value)}


def test_an_account_that_does_not_exist(call: Call) -> None:
    assert prove(call, NOBODY, 0) == {"ok": True, "value": word(0)}


def test_an_account_without_storage(call: Call) -> None:
    assert prove(call, call("eth_accounts")[0], 0) == {"ok": True, "value": word(0)}


def test_headers(call: Call) -> None:
    for number in ("0x0", "latest"):
        block = call("eth_getBlockByNumber", number, False)
        header = assemble_header(block, BlockHash(bytes.fromhex(block["hash"][2:])))
        given = answer(json.dumps({"op": "header.hash", "rlp": to_hex(header)}).encode())
        assert given == {"ok": True, "value": block["hash"]}
