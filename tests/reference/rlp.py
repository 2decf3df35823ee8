"""RLP as appendix B of the yellow paper writes it. Encoding only needs to be right; decoding re-encodes and compares."""

from __future__ import annotations

from typing import Any


def encode(item: Any) -> bytes:
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 128:
            return item
        return length(len(item), 128) + item
    payload = b"".join(encode(member) for member in item)
    return length(len(payload), 192) + payload


def length(n: int, offset: int) -> bytes:
    if n < 56:
        return bytes([offset + n])
    big_endian = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(big_endian)]) + big_endian


def decode(data: bytes) -> Any:
    """Raises ValueError unless `data` is the one encoding of what it holds."""
    item, rest = loose(data)
    if rest or encode(item) != data:
        raise ValueError("not the one encoding")
    return item


def loose(data: bytes) -> tuple[Any, bytes]:
    if not data:
        raise ValueError("empty")
    first = data[0]
    if first < 128:
        return data[:1], data[1:]
    is_list = first >= 192
    short = first - (192 if is_list else 128)
    size, start = (short, 1) if short < 56 else (int.from_bytes(data[1 : short - 54], "big"), short - 54)
    if start + size > len(data):
        raise ValueError("truncated")
    payload, rest = data[start : start + size], data[start + size :]
    if not is_list:
        return payload, rest
    items = []
    while payload:
        item, payload = loose(payload)
        items.append(item)
    return items, rest
