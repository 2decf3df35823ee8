"""EIP-712 for any flat struct, as the EIP defines encodeType, encodeData and hashStruct. Shares no code with the verifier."""

from __future__ import annotations

from typing import Any

from eth_hash.auto import keccak

Fields = list[tuple[str, str]]  # type, name

DOMAIN: Fields = [("string", "name"), ("string", "version"), ("uint256", "chainId"), ("address", "verifyingContract")]
STATEMENT: Fields = [
    ("string", "kind"),
    ("string", "issuer"),
    ("string", "summary"),
    ("bytes32", "bodyHash"),
    ("uint64", "issuedAt"),
]


def hash_struct(name: str, fields: Fields, values: dict[str, Any]) -> bytes:
    encoded_type = name + "(" + ",".join(f"{kind} {field}" for kind, field in fields) + ")"
    return keccak(keccak(encoded_type.encode()) + b"".join(word(kind, values[field]) for kind, field in fields))


def word(kind: str, value: Any) -> bytes:
    if kind == "string":
        return keccak(value.encode("utf-8"))
    if kind == "bytes32":
        return bytes(value)
    if kind == "address":
        return bytes(12) + bytes(value)
    return int(value).to_bytes(32, "big")


def digest(domain: dict[str, Any], name: str, fields: Fields, values: dict[str, Any]) -> bytes:
    return keccak(b"\x19\x01" + hash_struct("EIP712Domain", DOMAIN, domain) + hash_struct(name, fields, values))
