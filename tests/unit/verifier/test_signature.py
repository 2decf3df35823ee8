"""Recovery and EIP-712 digests against eth-account, on good input; addresses; the plain-Python Keccak."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from verifier import eip712, hashing, keccak
from verifier.errors import MalformedError, RecoveryError
from verifier.signature import ORDER, parse_address, parse_signature, recover, to_checksum
from verifier.types import Address

BYTES32 = st.binary(min_size=32, max_size=32)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
UINT64 = st.integers(0, 2**64 - 1)
ADDRESS = st.binary(min_size=20, max_size=20)


def oracle(name: str, encoded_type: str, message: dict[str, Any], chain_id: int, contract: bytes) -> bytes:
    """eth-account's digest of a struct, its fields read from the type's own text."""
    fields = [field.split(" ") for field in encoded_type.removeprefix(name + "(").removesuffix(")").split(",")]
    signable = encode_typed_data(
        domain_data={
            "name": "Tanji",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": to_checksum(contract),
        },
        message_types={name: [{"name": field, "type": kind} for kind, field in fields]},
        message_data=message,
    )
    return hashing.keccak256(b"\x19" + signable.version + signable.header + signable.body)


@settings(max_examples=50, deadline=None)
@given(TEXT, TEXT, TEXT, BYTES32, UINT64, UINT64, ADDRESS)
def test_statement_digest(
    kind: str, issuer: str, summary: str, body_hash: bytes, issued_at: int, chain_id: int, contract: bytes
) -> None:
    message = {"kind": kind, "issuer": issuer, "summary": summary, "bodyHash": body_hash, "issuedAt": issued_at}
    separator = eip712.domain_separator(chain_id, Address(contract))
    ours = eip712.statement_digest(separator, kind, issuer, summary, body_hash, issued_at)
    assert ours == oracle("Statement", eip712.STATEMENT_TYPE, message, chain_id, contract)


@settings(max_examples=20, deadline=None)
@given(UINT64, UINT64, BYTES32, UINT64, ADDRESS)
def test_block_digest(chain_id: int, number: int, block_hash: bytes, time: int, contract: bytes) -> None:
    separator = eip712.domain_separator(chain_id, Address(contract))
    message = {"chainId": chain_id, "number": number, "hash": block_hash, "time": time}
    ours = eip712.block_digest(separator, chain_id=chain_id, number=number, block_hash=block_hash, time=time)
    assert ours == oracle("Block", eip712.BLOCK_TYPE, message, chain_id, contract)


@settings(max_examples=20, deadline=None)
@given(BYTES32, BYTES32, st.integers(0, 255), BYTES32, UINT64, ADDRESS)
def test_status_change_digest(
    owner: bytes, subject: bytes, status: int, successor: bytes, nonce: int, contract: bytes
) -> None:
    values: dict[str, Any] = {"owner": owner, "subject": subject, "status": status, "successor": successor}
    values |= {"nonce": nonce, "deadline": nonce // 2}
    separator = eip712.domain_separator(1, Address(contract))
    ours = eip712.status_change_digest(separator, **values)
    assert ours == oracle("StatusChange", eip712.STATUS_CHANGE_TYPE, values, 1, contract)


@settings(max_examples=20, deadline=None)
@given(ADDRESS, BYTES32, UINT64, UINT64, ADDRESS)
def test_registration_digest(key: bytes, party: bytes, start: int, until: int, contract: bytes) -> None:
    separator = eip712.domain_separator(1, Address(contract))
    message = {"key": to_checksum(key), "party": party, "purposes": 129, "from": start, "until": until}
    ours = eip712.registration_digest(separator, key=Address(key), party=party, purposes=129, start=start, until=until)
    assert ours == oracle("Registration", eip712.REGISTRATION_TYPE, message, 1, contract)


@settings(max_examples=40, deadline=None)
@given(BYTES32, st.integers(1, ORDER - 1))
def test_recovery(digest: bytes, secret: int) -> None:
    account = Account.from_key(secret.to_bytes(32, "big"))
    signature = parse_signature(bytes(account.unsafe_sign_hash(digest).signature), "/signature")
    assert to_checksum(recover(digest, signature)) == account.address
    other_v = signature[:64] + bytes([55 - signature[64]])
    try:
        assert to_checksum(recover(digest, other_v)) != account.address
    except RecoveryError:
        return


@settings(max_examples=300, deadline=None)
@given(BYTES32, st.binary(min_size=63, max_size=66) | st.binary(min_size=64, max_size=64).map(lambda rs: rs + b"\x1b"))
def test_any_bytes_recover_or_are_refused(digest: bytes, signature: bytes) -> None:
    try:
        assert len(recover(digest, signature)) == 20
    except (MalformedError, RecoveryError):
        return


def test_recover_checks_the_digests_length() -> None:
    with pytest.raises(MalformedError, match="size"):
        recover(b"x" * 31, bytes(31) + b"\x01" + bytes(31) + b"\x01" + b"\x1b")


# EIP-55's own examples.
@pytest.mark.parametrize(
    "text",
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    ],
)
def test_checksummed_addresses(text: str) -> None:
    assert to_checksum(parse_address(text, "")) == text
    swapped = text[:2] + text[2:].swapcase()
    with pytest.raises(MalformedError, match="checksum"):
        parse_address(swapped, "")


@pytest.mark.parametrize(
    "text", [None, 5, "", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0X" + "0" * 40, "0x" + "\uff10" * 40,
             "0x" + "0" * 39, "0x" + "0" * 41, "0x" + "g" * 40, "0x" + " 0" * 20]
)  # fmt: skip
def test_what_is_no_address(text: object) -> None:
    with pytest.raises(MalformedError):
        parse_address(text, "/contract")


@pytest.mark.parametrize("size", [0, 1, 31, 135, 136, 137, 271, 272, 1000])
def test_plain_keccak_equals_the_compiled_one(size: int) -> None:
    data = bytes(n * 7 % 256 for n in range(size))
    assert keccak.keccak256(data) == hashing.keccak256(data)


def test_keccak_of_nothing() -> None:
    expected = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak.keccak256(b"").hex() == hashing.keccak256(b"").hex() == expected
