"""Names for the byte strings of the protocol, so that a leaf hash is never passed where a statement id is meant."""

from typing import NewType, TypeAlias

Address = NewType("Address", bytes)  # 20 bytes, an Ethereum account
StatementId = NewType("StatementId", bytes)  # 32 bytes, what was said by whom (docs/spec/02)
LeafHash = NewType("LeafHash", bytes)  # 32 bytes, SHA-256(0x00 || entry)
NodeHash = NewType("NodeHash", bytes)  # 32 bytes, RFC 9162 interior node or root
BlockHash = NewType("BlockHash", bytes)  # 32 bytes, keccak256 of the header's RLP
PartyId = NewType("PartyId", bytes)  # 32 bytes, keccak256 of the party's text
BodyHash = NewType("BodyHash", bytes)  # 32 bytes, SHA-256 of the canonical body
Digest = NewType("Digest", bytes)  # 32 bytes, what a key signs (EIP-712)
Signature = NewType("Signature", bytes)  # 65 bytes r || s || v, checked by verifier.signature

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"
