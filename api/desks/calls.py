"""Calls of our contracts that a wallet's own account sends, spelt out so that a page can encode them again and compare.

{ chainId, to, function: "openGrant(bytes32,uint256,…)", arguments: [0x-hex or decimal text], data: 0x-hex }
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.chain.abi import encode_call
from verifier.encoding import to_hex
from verifier.signature import to_checksum
from verifier.types import Address, JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCall:
    """A call without value. function: `name(type,…)`; arguments: bytes (bytes32, address, bytes) or integers."""

    chain_id: int
    to: Address
    function: str
    arguments: tuple[bytes | int, ...]
    data: bytes

    def document(self) -> dict[str, JsonValue]:
        """As in the module's head. Integers are decimal text: they may be beyond 2^53."""
        given: list[JsonValue] = [str(one) if isinstance(one, int) else to_hex(one) for one in self.arguments]
        return {
            "chainId": self.chain_id,
            "to": to_checksum(self.to),
            "function": self.function,
            "arguments": given,
            "data": to_hex(self.data),
        }


def prepare_call(chain_id: int, to: Address, function: str, arguments: Sequence[bytes | int]) -> PreparedCall:
    """Encode a call. Raises AbiError when an argument does not fit its type."""
    data = encode_call(function, *arguments)
    return PreparedCall(chain_id=chain_id, to=to, function=function, arguments=tuple(arguments), data=data)
