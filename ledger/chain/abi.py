"""The part of the Solidity ABI that Tanji's calls need: static words, `bytes` and `bytes32[]`.

```
call = keccak256(signature)[:4] ‖ head ‖ tail
head   one 32-byte word per argument: the value, or for a dynamic one the offset of its tail from the start of the head
tail   length word ‖ bytes padded with zeros to 32     |     length word ‖ the 32-byte items
```
Kept here because the full encoder (eth_abi) costs 0.7 s of import on every command that sends anything; the tests compare
the two. Source: Solidity documentation, "Contract ABI Specification".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ledger.domain.chain_errors import AbiError
from verifier.hashing import keccak256

WORD = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicBytes:
    """An argument of type `bytes`."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class WordArray:
    """An argument of type `bytes32[]`."""

    items: tuple[bytes, ...]


# uint8..uint256 as int; bytes32 as 32 bytes; address as 20 bytes
Argument = int | bytes | DynamicBytes | WordArray


@lru_cache(maxsize=256)
def selector(signature: str) -> bytes:
    """First four bytes of keccak256 of `name(type,type)`."""
    return keccak256(signature.encode())[:4]


def encode_call(signature: str, *arguments: Argument) -> bytes:
    """Return the call data of a function, arguments in order. Raises AbiError for one that does not fit a word."""
    return selector(signature) + encode_arguments(*arguments)


def encode_arguments(*arguments: Argument) -> bytes:
    """Return head ‖ tail, as a constructor takes it. Raises AbiError."""
    head, tail = bytearray(), bytearray()
    for argument in arguments:
        if isinstance(argument, DynamicBytes | WordArray):
            head += _word(WORD * len(arguments) + len(tail))
            tail += _tail(argument)
        else:
            head += _word(argument)
    return bytes(head + tail)


def _word(value: int | bytes) -> bytes:
    if isinstance(value, int):
        if not 0 <= value < 1 << 256:
            raise AbiError(f"{value} is outside uint256")
        return value.to_bytes(WORD, "big")
    if len(value) == WORD:
        return value
    if len(value) == 20:
        return bytes(12) + value
    raise AbiError(f"{len(value)} bytes are neither bytes32 nor an address")


def _tail(argument: DynamicBytes | WordArray) -> bytes:
    if isinstance(argument, DynamicBytes):
        return _word(len(argument.data)) + argument.data + bytes(-len(argument.data) % WORD)
    if any(len(item) != WORD for item in argument.items):
        raise AbiError("an item of bytes32[] is not 32 bytes")
    return _word(len(argument.items)) + b"".join(argument.items)


def decode_word_array(data: bytes, head_words: int, place: str) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Decode arguments whose last one is a `bytes32[]`: the static words before it, and its items. Raises AbiError."""
    start = WORD * head_words
    if len(data) < start + WORD or int.from_bytes(data[start - WORD : start], "big") != start:
        raise AbiError(f"{place}: not {head_words - 1} words and an array")
    count = int.from_bytes(data[start : start + WORD], "big")
    if len(data) != start + WORD * (1 + count):
        raise AbiError(f"{place}: array length {count} does not match")
    head = tuple(data[at : at + WORD] for at in range(0, start - WORD, WORD))
    items = tuple(data[at : at + WORD] for at in range(start + WORD, len(data), WORD))
    return head, items
