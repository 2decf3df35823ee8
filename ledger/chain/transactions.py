"""EIP-1559 transactions, encoded and hashed by eth-account and signed by any `Signer` (file, hardware module, KMS).

A `Signer` gets the 32-byte digest and nothing else, so eth-account never holds the key; the signature is put back as v, r, s.
Value is always zero and the access list empty: nothing here moves money. Source: EIP-1559, EIP-2718.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.domain.chain import Call, Fees, SignedTransaction
from ledger.domain.chain_errors import TransactionMalformedError
from ledger.ports.signer import Signer
from verifier.hashing import keccak256
from verifier.types import Address, Digest

TYPE: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What surrounds a call in a transaction."""

    chain_id: int
    nonce: int
    gas_limit: int
    fees: Fees


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTransaction:
    """A raw transaction read back: the call (with the sender recovered), its envelope and hash."""

    call: Call
    envelope: Envelope
    hash: Digest


def sign_transaction(call: Call, envelope: Envelope, signer: Signer) -> SignedTransaction:
    """Sign a call as an EIP-1559 transaction of the signer's account. Raises SigningError."""
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

    members: dict[str, object] = {
        "type": TYPE,
        "chainId": envelope.chain_id,
        "nonce": envelope.nonce,
        "maxPriorityFeePerGas": envelope.fees.priority,
        "maxFeePerGas": envelope.fees.max_fee,
        "gas": envelope.gas_limit,
        "to": call.to or b"",
        "value": 0,
        "data": call.data,
        "accessList": [],
    }
    signature = signer.sign_digest(Digest(TypedTransaction.from_dict(members).hash()))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    raw = TypedTransaction.from_dict({**members, "v": signature[64] - 27, "r": r, "s": s}).encode()
    return SignedTransaction(raw=raw, hash=Digest(keccak256(raw)), nonce=envelope.nonce, fees=envelope.fees)


def open_transaction(raw: bytes) -> OpenedTransaction:
    """Read a raw transaction and recover its sender. Raises TransactionMalformedError."""
    from eth_account import Account
    from eth_account.typed_transactions.typed_transaction import TypedTransaction
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError
    from hexbytes import HexBytes
    from rlp.exceptions import RLPException

    if raw[:1] != bytes((TYPE,)):
        raise TransactionMalformedError("not an EIP-1559 transaction")
    try:
        members = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        sender = bytes.fromhex(Account.recover_transaction(raw).removeprefix("0x"))
    except (ValueError, TypeError, RLPException, BadSignature, ValidationError) as error:
        raise TransactionMalformedError("fields or signature of the transaction do not parse") from error
    if members["value"] or members["accessList"]:
        raise TransactionMalformedError("a transaction here carries no value and no access list")
    envelope = Envelope(
        chain_id=members["chainId"],
        nonce=members["nonce"],
        gas_limit=members["gas"],
        fees=Fees(max_fee=members["maxFeePerGas"], priority=members["maxPriorityFeePerGas"]),
    )
    to = Address(bytes(members["to"])) if members["to"] else None
    call = Call(sender=Address(sender), to=to, data=bytes(members["data"]))
    return OpenedTransaction(call=call, envelope=envelope, hash=Digest(keccak256(raw)))
