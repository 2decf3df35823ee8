"""Ethereum block headers: the RLP list whose keccak256 is the block's hash.

     0 parentHash 32   1 ommersHash 32   2 beneficiary 20   3 stateRoot 32    4 transactionsRoot 32  5 receiptsRoot 32
     6 logsBloom 256   7 difficulty      8 number           9 gasLimit       10 gasUsed             11 timestamp
    12 extraData      13 mixHash 32     14 nonce 8         15 baseFeePerGas and what later forks append

The places of the fields read here have not moved since Frontier. Forks only append (London 1, Shanghai 1, Cancun 3,
Prague 1), so up to 25 fields are taken, each of the appended ones a string of at most 32 bytes.
"""

from dataclasses import dataclass
from typing import Final

from verifier.errors import MalformedError
from verifier.hashing import keccak256
from verifier.rlp import Item, decode
from verifier.types import BlockHash, NodeHash

MAX_HEADER_BYTES: Final = 1 << 16  # chains of known validators put their signatures into extraData
_FIELDS: Final = range(15, 26)
_LAST_OF_FRONTIER: Final = 14
_HASHES: Final = (0, 1, 3, 4, 5, 13)
_SIZES: Final = dict.fromkeys(_HASHES, 32) | {2: 20, 6: 256, 14: 8}
_NUMBERS: Final = {7: 32, 8: 8, 9: 8, 10: 8, 11: 8}  # place: most bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A block header. hash: keccak256 of its RLP; time: unix seconds."""

    hash: BlockHash
    parent_hash: BlockHash
    state_root: NodeHash
    number: int
    time: int


def parse_header(rlp: bytes) -> Header:
    """The header that strict RLP holds, with its hash.

    Raises MalformedError: `size`, `rlp.…`, `header`.
    """
    if len(rlp) > MAX_HEADER_BYTES:
        raise MalformedError("size", "/header", f"{len(rlp)} bytes, more than {MAX_HEADER_BYTES}")
    fields = decode(rlp)
    if not isinstance(fields, list) or len(fields) not in _FIELDS:
        raise MalformedError("header", "/header", f"not a list of {_FIELDS[0]} to {_FIELDS[-1]} fields")
    strings = _strings(fields)
    return Header(
        hash=BlockHash(keccak256(rlp)),
        parent_hash=BlockHash(strings[0]),
        state_root=NodeHash(strings[3]),
        number=int.from_bytes(strings[8], "big"),
        time=int.from_bytes(strings[11], "big"),
    )


def _strings(fields: list[Item]) -> list[bytes]:
    """The fields, each a string of its size. Raises MalformedError: `header`, with the field's place."""
    strings: list[bytes] = []
    for place, field in enumerate(fields):
        if not isinstance(field, bytes):
            raise MalformedError("header", f"/header/{place}", "a list where a string is due")
        if place > _LAST_OF_FRONTIER and len(field) > 32:
            raise MalformedError("header", f"/header/{place}", f"{len(field)} bytes in an appended field")
        strings.append(field)
    for place, size in _SIZES.items():
        if len(strings[place]) != size:
            raise MalformedError("header", f"/header/{place}", f"{len(strings[place])} bytes where {size} are due")
    for place, most in _NUMBERS.items():
        if len(strings[place]) > most or strings[place][:1] == b"\x00":
            raise MalformedError("header", f"/header/{place}", "a number with leading zeros or too long")
    return strings
