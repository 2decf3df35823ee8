"""EIP-712 typed data as wallets take it (`eth_signTypedData_v4`), of the structs that desks have signed (docs/spec/02, 05).

{ types: { EIP712Domain, <primaryType> }, primaryType, domain: { name, version, chainId, verifyingContract }, message }

Hashes are 0x-hex, addresses EIP-55, numbers JSON integers (all below 2^53).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.runtime.requests import ChangeRequest
from verifier.deployment import Deployment
from verifier.eip712 import STATEMENT_TYPE, STATUS_CHANGE_TYPE
from verifier.encoding import to_hex
from verifier.signature import to_checksum
from verifier.types import Address, JsonValue

_DOMAIN: Final = (("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address"))


def typed_statement(
    deployment: Deployment, *, kind: str, issuer: str, summary: str, body_hash: bytes, issued_at: int
) -> dict[str, JsonValue]:
    """Typed data of a statement; `issued_at` in unix seconds."""
    message: dict[str, JsonValue] = {
        "kind": kind,
        "issuer": issuer,
        "summary": summary,
        "bodyHash": to_hex(body_hash),
        "issuedAt": issued_at,
    }
    return _typed(deployment.chain_id, deployment.anchor_log, STATEMENT_TYPE, message)


def typed_change(deployment: Deployment, change: ChangeRequest) -> dict[str, JsonValue]:
    """Typed data of a status change that anyone may relay."""
    message: dict[str, JsonValue] = {
        "owner": to_hex(change.owner_id),
        "subject": to_hex(change.subject),
        "status": int(change.status),
        "successor": to_hex(change.successor),
        "nonce": change.nonce,
        "deadline": change.deadline,
    }
    return _typed(deployment.chain_id, deployment.status_registry, STATUS_CHANGE_TYPE, message)


def _typed(
    chain_id: int, contract: Address, encoded_type: str, message: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    name, _, members = encoded_type.rstrip(")").partition("(")
    return {
        "types": {
            "EIP712Domain": [{"name": one, "type": kind} for one, kind in _DOMAIN],
            name: [_member(one) for one in members.split(",")],
        },
        "primaryType": name,
        "domain": {
            "name": "Tanji",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": to_checksum(contract),
        },
        "message": dict(message),
    }


def _member(text: str) -> JsonValue:
    kind, _, name = text.partition(" ")
    return {"name": name, "type": kind}
