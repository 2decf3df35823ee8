"""Call data and transactions: equal to the libraries that everyone else uses, on good input; typed refusals on bad."""

from __future__ import annotations

import pytest
from eth_abi import encode as eth_abi_encode
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.chain.abi import DynamicBytes, WordArray, decode_word_array, encode_arguments, encode_call
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


@given(
    number=st.integers(0, 2**256 - 1),
    word=words,
    address=st.binary(min_size=20, max_size=20),
    data=st.binary(max_size=100),
)
def test_arguments_are_encoded_as_eth_abi_does(number: int, word: bytes, address: bytes, data: bytes) -> None:
    ours = encode_arguments(address, word, number, DynamicBytes(data=data), number)
    assert ours == eth_abi_encode(
        ["address", "bytes32", "uint256", "bytes", "uint256"], [address, word, number, data, number]
    )


@given(word=words, size=st.integers(0, 2**64 - 1), items=st.lists(words, max_size=40))
def test_anchor_arguments_encode_and_decode(word: bytes, size: int, items: list[bytes]) -> None:
    ours = encode_arguments(word, size, word, WordArray(items=tuple(items)))
    assert ours == eth_abi_encode(["bytes32", "uint64", "bytes32", "bytes32[]"], [word, size, word, items])
    assert decode_word_array(ours, 4, "anchor") == ((word, size.to_bytes(32, "big"), word), tuple(items))


def test_selector_is_the_well_known_one() -> None:
    assert encode_call("transfer(address,uint256)", b"\1" * 20, 5)[:4].hex() == "a9059cbb"


@pytest.mark.parametrize("argument", [-1, 2**256, b"", b"\0" * 31, WordArray(items=(b"short",))])
def test_what_does_not_fit_is_refused(argument: object) -> None:
    with pytest.raises(AbiError):
        encode_arguments(argument)  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [b"", b"\0" * 31, b"\0" * 33])
def test_words_of_another_length_are_refused(data: bytes) -> None:
    with pytest.raises(AbiError):
        decode_word_array(data, 1, "test")


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
    data = keccak256(b"StaleRoot(uint64,uint64,bytes32)")[:4] + encode_arguments(3, 70, b"\x0a" * 32)
    for form in ("0x" + data.hex(), {"message": "reverted", "data": "0x" + data.hex()}):
        found = find_revert_data(form)
        assert found == data
        error = read_revert(found, "")
        assert (error.name, error.arguments) == ("StaleRoot", (3, 70, "0x" + "0a" * 32))
    assert find_revert_data(None) is None
    assert find_revert_data("0xzz") is None
    assert read_revert(b"\1\2\3\4", "node's words").name is None
    assert read_revert(data[:10], "cut short").name is None
