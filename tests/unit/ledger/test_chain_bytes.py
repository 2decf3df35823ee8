"""Call data and transactions: what was asked comes back on good input; typed refusals on bad."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain import abi
from ledger.chain.abi import Argument, decode_arguments, encode_arguments, encode_call, selector, types_of
from ledger.chain.artifacts import CONTRACTS, ArtifactError, load_artifact
from ledger.chain.reverts import find_revert_data, read_revert
from ledger.chain.transactions import Envelope, open_transaction, sign_transaction
from ledger.domain.chain import Call, Fees
from ledger.domain.chain_errors import AbiError, TransactionMalformedError
from ledger.keys.memory import MemorySigner
from verifier.hashing import keccak256
from verifier.rlp import encode as rlp_encode
from verifier.types import Address, Digest

SIGNER = MemorySigner.from_bytes(keccak256(b"a key of the tests"))
words = st.binary(min_size=32, max_size=32)


ANCHOR = "anchor(bytes32,uint64,bytes32,bytes32[])"
SIGNATURE_IN_SOURCE = re.compile(r'"([a-z]\w*\([a-z0-9,\[\]]*\))"')


@settings(deadline=None)
@given(word=words, size=st.integers(0, 2**64 - 1), items=st.lists(words, max_size=40))
def test_call_data_decodes_to_what_was_asked(word: bytes, size: int, items: list[bytes]) -> None:
    data = encode_call(ANCHOR, word, size, word, items)
    assert data[:4] == selector(ANCHOR)
    assert decode_arguments(types_of(ANCHOR), data[4:], "anchor") == (word, size, word, tuple(items))


def test_call_data_of_a_dynamic_argument_drawn_by_hand() -> None:
    data = encode_call("f(address,bytes)", b"\xab" * 20, b"\1\2\3")
    words = ["00" * 12 + "ab" * 20, f"{64:064x}", f"{3:064x}", "010203" + "00" * 29]
    assert data[4:].hex() == "".join(words)


def test_every_call_in_the_source_is_a_function_of_the_contracts() -> None:
    known = {name for contract in CONTRACTS for name in load_artifact(contract).signatures("function")}
    folder = Path(abi.__file__).parents[1]
    used = {name for path in folder.rglob("*.py") for name in SIGNATURE_IN_SOURCE.findall(path.read_text("utf-8"))}
    assert len(used) > 10
    assert used <= known


def test_selector_is_the_well_known_one() -> None:
    assert encode_call("transfer(address,uint256)", b"\1" * 20, 5)[:4].hex() == "a9059cbb"


@pytest.mark.parametrize(
    ("kind", "argument"),
    [
        ("uint256", -1), ("uint256", 2**256), ("uint64", 2**64), ("bytes32", b""), ("bytes32", b"\0" * 31),
        ("bytes32", b"\0" * 33), ("address", b"\0" * 19), ("bytes32[]", (b"short",)), ("bytes32[]", 5), ("uint8", b"1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(kind: str, argument: Argument) -> None:
    with pytest.raises(AbiError):
        encode_arguments([kind], argument)


def test_one_argument_too_few_is_refused() -> None:
    with pytest.raises(AbiError):
        encode_call(ANCHOR, b"\0" * 32)


@pytest.mark.parametrize("data", [b"", b"\0" * 31, b"\xff" * 128, bytes(96) + (1 << 250).to_bytes(32, "big")])
def test_arguments_that_do_not_decode_are_refused(data: bytes) -> None:
    with pytest.raises(AbiError):
        decode_arguments(types_of(ANCHOR), data, "test")


@settings(max_examples=40, deadline=None)  # the first example imports eth-account
@given(
    chain_id=st.integers(1, 2**53),
    nonce=st.integers(0, 2**64 - 2),
    gas=st.integers(21_000, 10**9),
    priority=st.integers(0, 10**12),
    data=st.binary(max_size=300),
    deploys=st.booleans(),
)
def test_transactions_open_again_as_what_was_signed(
    chain_id: int, nonce: int, gas: int, priority: int, data: bytes, deploys: bool
) -> None:
    to = None if deploys else Address(b"\xab" * 20)
    call = Call(sender=SIGNER.address, to=to, data=data)
    envelope = Envelope(
        chain_id=chain_id, nonce=nonce, gas_limit=gas, fees=Fees(max_fee=priority + 7, priority=priority)
    )
    signed = sign_transaction(call, envelope, SIGNER)
    opened = open_transaction(signed.raw)
    assert (opened.call, opened.envelope, opened.hash) == (call, envelope, signed.hash)


def test_the_signer_sees_the_digest_of_eip_1559_and_nothing_else() -> None:
    # 0x02 ‖ rlp([1, 0, 1, 2, 21000, 20 × 0xab, 0, "", []]), written out by hand
    unsigned = bytes.fromhex("02" + "df" + "01" + "80" + "01" + "02" + "825208" + "94" + "ab" * 20 + "80" + "80" + "c0")
    asked: list[bytes] = []

    class Module:
        address = SIGNER.address

        def sign_digest(self, digest: Digest) -> bytes:
            asked.append(digest)
            return SIGNER.sign_digest(digest)

    envelope = Envelope(chain_id=1, nonce=0, gas_limit=21_000, fees=Fees(max_fee=2, priority=1))
    sign_transaction(Call(sender=SIGNER.address, to=Address(b"\xab" * 20), data=b""), envelope, Module())
    assert asked == [keccak256(unsigned)]


MEMBERS = {
    "type": 2, "chainId": 1, "nonce": 0, "gas": 21_000, "maxFeePerGas": 2, "maxPriorityFeePerGas": 1,
    "to": b"\xab" * 20, "value": 0, "data": b"", "accessList": [],
}  # fmt: skip
ACCESS = [{"address": "0x" + "ab" * 20, "storageKeys": []}]


@pytest.mark.parametrize("change", [{"value": 1}, {"accessList": ACCESS}, {"type": 1, "gasPrice": 2}], ids=repr)
def test_transactions_we_never_write_are_refused(change: dict[str, object]) -> None:
    members = MEMBERS | change
    if "gasPrice" in members:
        members = {name: value for name, value in members.items() if not name.startswith("max")}
    with pytest.raises(TransactionMalformedError):
        open_transaction(bytes(Account.from_key(SIGNER.secret()).sign_transaction(members).raw_transaction))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_no_transaction(data: bytes) -> None:
    for raw in (data, b"\x02" + data):
        with pytest.raises(TransactionMalformedError):
            open_transaction(raw)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=34), st.integers(0, 2**64).map(lambda n: n.to_bytes(9, "big").lstrip(b"\0"))),
                min_size=11, max_size=11))  # fmt: skip
def test_arbitrary_fields_are_refused_by_type_or_give_a_sender(fields: list[bytes]) -> None:
    raw = b"\x02" + rlp_encode([*fields[:8], [], *fields[8:]])
    try:
        opened = open_transaction(raw)
    except TransactionMalformedError:
        return
    assert len(opened.call.sender) == 20


def test_every_artifact_loads_and_unknown_ones_are_refused_by_type() -> None:
    for name in CONTRACTS:
        assert len(load_artifact(name).bytecode) > 1000
    with pytest.raises(ArtifactError):
        load_artifact("Nothing")


def test_revert_data_is_found_in_either_nodes_form_and_named() -> None:
    data = keccak256(b"StaleRoot(uint64,uint64,bytes32)")[:4] + encode_arguments(
        ("uint64", "uint64", "bytes32"), 3, 70, b"\x0a" * 32
    )
    for form in ("0x" + data.hex(), {"message": "reverted", "data": "0x" + data.hex()}):
        found = find_revert_data(form)
        assert found == data
        error = read_revert(found, "")
        assert (error.name, error.arguments) == ("StaleRoot", (3, 70, "0x" + "0a" * 32))
    assert find_revert_data(None) is None
    assert find_revert_data("0xzz") is None
    assert read_revert(b"\1\2\3\4", "node's words").name is None
    assert read_revert(data[:10], "cut short").name is None
