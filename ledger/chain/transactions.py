"""EIP-1559 transactions, built here so that any `Signer` (file, hardware module, KMS) can sign them.

```
payload = rlp([chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, value, data, accessList])
digest  = keccak256(0x02 ‖ payload)
raw     = 0x02 ‖ rlp([… the nine fields …, yParity, r, s])           hash = keccak256(raw)
```
Source: EIP-1559, EIP-2718. Value is always zero and the access list empty: nothing here moves money.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.domain.chain import Call, Fees, SignedTransaction
from ledger.domain.chain_errors import TransactionMalformedError
from ledger.ports.signer import Signer
from verifier.errors import VerifierError
from verifier.hashing import keccak256
from verifier.rlp import decode, encode
from verifier.signature import recover
from verifier.types import Address, Digest

TYPE = b"\x02"


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
    fields: list[bytes] = [
        _integer(envelope.chain_id),
        _integer(envelope.nonce),
        _integer(envelope.fees.priority),
        _integer(envelope.fees.max_fee),
        _integer(envelope.gas_limit),
        call.to or b"",
        b"",
        call.data,
    ]
    signature = signer.sign_digest(Digest(keccak256(TYPE + encode([*fields, []]))))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    raw = TYPE + encode([*fields, [], _integer(signature[64] - 27), _integer(r), _integer(s)])
    return SignedTransaction(raw=raw, hash=Digest(keccak256(raw)), nonce=envelope.nonce, fees=envelope.fees)


def open_transaction(raw: bytes) -> OpenedTransaction:
    """Read a raw transaction and recover its sender. Raises TransactionMalformedError."""
    if raw[:1] != TYPE:
        raise TransactionMalformedError("not an EIP-1559 transaction")
    try:
        fields = decode(raw[1:])
        if not isinstance(fields, list) or len(fields) != 12 or fields[8] != []:
            raise TransactionMalformedError(
                "not the twelve fields of an EIP-1559 transaction with an empty access list"
            )
        words = [field for field in fields if isinstance(field, bytes)]
        chain_id, nonce, priority, max_fee, gas_limit, to, value, data, parity, r, s = words
        digest = Digest(keccak256(TYPE + encode(fields[:9])))
        signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes((27 + int.from_bytes(parity, "big"),))
        sender = recover(digest, signature)
    except (VerifierError, ValueError) as error:
        raise TransactionMalformedError("fields or signature of the transaction do not parse") from error
    if value or len(to) not in (0, 20):
        raise TransactionMalformedError("a transaction here carries no value and goes to a contract")
    number = int.from_bytes
    fees = Fees(max_fee=number(max_fee, "big"), priority=number(priority, "big"))
    envelope = Envelope(
        chain_id=number(chain_id, "big"), nonce=number(nonce, "big"), gas_limit=number(gas_limit, "big"), fees=fees
    )
    call = Call(sender=sender, to=Address(to) if to else None, data=data)
    return OpenedTransaction(call=call, envelope=envelope, hash=Digest(keccak256(raw)))


def _integer(value: int) -> bytes:
    """RLP's integer: big-endian without leading zeros, zero is empty (Yellow Paper, appendix B)."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")
