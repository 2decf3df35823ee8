"""Recursive Length Prefix (Ethereum yellow paper, appendix B), strict: one spelling for every item.

    00..7f          the byte itself                      c0..f7 || items          list, 0..55 bytes of items
    80..b7 || data  0..55 bytes                          f8..ff || length || items
    b8..bf || length || data   56 bytes or more          length: big-endian, no leading zero, 56 or more

A single byte below 80 has no length prefix, a short string or list no long form, and nothing follows the item.
"""

from typing import Final, TypeAlias

from verifier.errors import MalformedError

Item: TypeAlias = "bytes | list[Item]"

MAX_DEPTH: Final = 32  # far beyond anything Ethereum nests; keeps the recursion bounded


class RlpError(MalformedError):
    """Bytes that are not strict RLP. rule: `rlp.…`; place: the byte offset."""

    def __init__(self, rule: str, offset: int) -> None:
        super().__init__(f"rlp.{rule}", f"byte {offset}")


def decode(data: bytes) -> Item:
    """The one item that `data` holds: bytes, or a list of items.

    Raises RlpError: `empty`, `truncated`, `trailing`, `length`, `not-minimal`, `depth`.
    """
    item, end = _read(data, 0, len(data), 0)
    if end != len(data):
        raise RlpError("trailing", end)
    return item


def encode(item: bytes | list[Item]) -> bytes:
    """The RLP of bytes or of a list of items."""
    if isinstance(item, list):
        payload = b"".join(map(encode, item))
        return _prefix(len(payload), 0xC0) + payload
    if len(item) == 1 and item[0] < 0x80:
        return bytes(item)
    return _prefix(len(item), 0x80) + item


def encode_integer(value: int) -> bytes:
    """A number as RLP bytes without leading zeros: 0 is the empty string."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _prefix(length: int, base: int) -> bytes:
    if length < 56:
        return bytes((base + length,))
    size = encode_integer(length)
    return bytes((base + 55 + len(size),)) + size


def _read(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """The item at `at`, which must not reach beyond `end`, and where it ends."""
    if at >= end:
        raise RlpError("empty", at)
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    start, stop = payload_bounds(data, at, end)
    if first < 0xC0:
        if stop - start == 1 and data[start] < 0x80:
            raise RlpError("not-minimal", at)
        return data[start:stop], stop
    if depth >= MAX_DEPTH:
        raise RlpError("depth", at)
    items: list[Item] = []
    while start < stop:
        short = data[start] - 0x80
        if 1 < short <= 55 and start + short < stop:  # a short string, in place: nearly everything
            items.append(data[start + 1 : start + 1 + short])
            start += 1 + short
            continue
        if short <= 0:
            items.append(data[start : start + 1] if short else b"")
            start += 1
            continue
        item, start = _read(data, start, stop, depth + 1)
        items.append(item)
    return items, stop


def payload_bounds(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Where the payload of the prefixed item at `at` starts and stops; `data[at]` is 0x80 or more.

    Raises RlpError: `truncated`, `length`.
    """
    first = data[at]
    short = first - (0x80 if first < 0xC0 else 0xC0)
    if short <= 55:
        start, length = at + 1, short
    else:
        start = at + 1 + short - 55
        length = int.from_bytes(data[at + 1 : start], "big")
        if start > end:
            raise RlpError("truncated", at)
        if length < 56 or data[at + 1] == 0:
            raise RlpError("length", at)
    if start + length > end:
        raise RlpError("truncated", at)
    return start, start + length
