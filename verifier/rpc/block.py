"""A block header's RLP, put together from the fields of `eth_getBlockByNumber` and proven by its hash.

No RPC method serves the header's own bytes everywhere, so they are rebuilt; since the keccak256 of the result must be the
hash that was asked for, an unknown future field or a lie in a field is noticed here, and nothing is taken on trust.

Header    rlp([parentHash, sha3Uncles, miner, stateRoot, transactionsRoot, receiptsRoot, logsBloom, difficulty, number, gasLimit,
          gasUsed, timestamp, extraData, mixHash, nonce                                               Frontier (yellow paper 4.3)
          [, baseFeePerGas                                                                            London (EIP-1559)
          [, withdrawalsRoot                                                                          Shanghai (EIP-4895)
          [, blobGasUsed, excessBlobGas, parentBeaconBlockRoot                                        Cancun (EIP-4844, EIP-4788)
          [, requestsHash                                                                             Prague (EIP-7685)
          [, blockAccessListHash]]]]])                                                                (EIP-7928)
"""

from __future__ import annotations

from verifier.hashing import keccak256
from verifier.rlp import encode
from verifier.rpc.client import RpcClient
from verifier.rpc.errors import EndpointAnswerError
from verifier.types import BlockHash

_METHOD = "eth_getBlockByNumber"
_BASE = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty"),
    *("number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce"),
)
_FORKS = (
    ("baseFeePerGas",),
    ("withdrawalsRoot",),
    ("blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot"),
    ("requestsHash",),
    ("blockAccessListHash",),
)
_QUANTITIES = frozenset(
    ("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas")
)
_MAX_FIELD_CHARS = 8192


def fetch_header(client: RpcClient, number: int, block_hash: BlockHash) -> bytes:
    """Return the RLP of the header with this number and hash.

    Raises:
        EndpointError: no answer, no such block, or fields that do not hash to `block_hash` under any known fork.
    """
    answer = client.call(_METHOD, hex(number), False)
    if not isinstance(answer, dict):
        raise EndpointAnswerError(endpoint=client.operator, method=_METHOD, detail=f"no block {number}")
    try:
        return assemble_header(answer, block_hash)
    except ValueError as error:
        raise EndpointAnswerError(endpoint=client.operator, method=_METHOD, detail=str(error)) from error


def assemble_header(fields: dict[str, object], block_hash: BlockHash) -> bytes:
    """Encode the fields, newest fork they hold first, and return the RLP whose keccak256 is `block_hash`.

    Older forks are tried too because some nodes send later forks' fields for earlier blocks.

    Raises:
        ValueError: a field is missing or malformed, or no known form has that hash.
    """
    names = list(_BASE)
    forms = [tuple(names)]
    for added in _FORKS:
        if any(fields.get(name) is None for name in added):
            break
        names.extend(added)
        forms.append(tuple(names))
    values = {name: _field_bytes(name, fields.get(name)) for name in names}
    for form in reversed(forms):
        header = encode([values[name] for name in form])
        if keccak256(header) == block_hash:
            return header
    raise ValueError(f"the fields given do not hash to 0x{block_hash.hex()}")


def _field_bytes(name: str, value: object) -> bytes:
    """Hex text to the bytes that stand in the RLP: quantities without leading zeros, data as it is."""
    if not isinstance(value, str) or not value.startswith("0x") or len(value) > _MAX_FIELD_CHARS:
        raise ValueError(f"field {name} is missing or not hex")
    digits = value[2:]
    if name in _QUANTITIES:
        number = _hex_number(name, digits)
        return number.to_bytes((number.bit_length() + 7) // 8, "big")
    if len(digits) % 2 or not _is_hex(digits):
        raise ValueError(f"field {name} is not hex")
    return bytes.fromhex(digits)


def _hex_number(name: str, digits: str) -> int:
    if not digits or len(digits) > 64 or not _is_hex(digits):
        raise ValueError(f"field {name} is not a quantity")
    return int(digits, 16)


def _is_hex(digits: str) -> bool:
    return all(char in "0123456789abcdefABCDEF" for char in digits)
