"""A naive reader of tlog-tiles logs, written from the C2SP text alone: shares no code with the writer under test."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable


def n_path(n: int) -> str:
    digits = str(n)
    digits = digits.zfill((len(digits) + 2) // 3 * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    return "/".join(["x" + g for g in groups[:-1]] + groups[-1:])


def mth(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 over leaf hashes, as written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1 PATH(m, D[n])."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """RFC 6962 §2.1.2 SUBPROOF(m, D[n], b)."""
    n = len(leaves)
    if m == n:
        return [] if whole else [mth(leaves)]
    k = 1
    while k * 2 < n:
        k *= 2
    if m <= k:
        return [*proof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*proof(m - k, leaves[k:], False), mth(leaves[:k])]


class NaiveReader:
    """Reads everything a monitor reads: checkpoint, all tiles of its size, all entry bundles; checks them against each other."""

    def __init__(self, fetch: Callable[[str], bytes]) -> None:
        self.fetch = fetch

    def checkpoint(self) -> tuple[str, int, bytes]:
        text, _, _ = self.fetch("checkpoint").decode().partition("\n\n")
        origin, size, root = text.split("\n")
        return origin, int(size), base64.b64decode(root, validate=True)

    def tile(self, level: str, n: int, width: int) -> bytes:
        return self.fetch(f"tile/{level}/{n_path(n)}" + ("" if width == 256 else f".p/{width}"))

    def level(self, level: int, size: int) -> list[bytes]:
        hashes: list[bytes] = []
        count = size // 256**level
        for n in range((count + 255) // 256):
            width = min(256, count - n * 256)
            data = self.tile(str(level), n, width)
            assert len(data) == width * 32
            hashes += [data[i : i + 32] for i in range(0, len(data), 32)]
        return hashes

    def entries(self, size: int) -> list[bytes]:
        entries: list[bytes] = []
        for n in range((size + 255) // 256):
            width = min(256, size - n * 256)
            data = self.tile("entries", n, width)
            at = 0
            for _ in range(width):
                length = int.from_bytes(data[at : at + 2], "big")
                entries.append(data[at + 2 : at + 2 + length])
                at += 2 + length
            assert at == len(data)
        return entries

    def read_all(self) -> list[bytes]:
        """Every entry, after checking that bundles, every level of tiles and the checkpoint agree."""
        _, size, root = self.checkpoint()
        entries = self.entries(size)
        leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        level, expected = 0, leaves
        while expected:
            assert self.level(level, size) == expected
            expected = [mth(expected[i : i + 256]) for i in range(0, len(expected) // 256 * 256, 256)]
            level += 1
        assert mth(leaves) == root
        return entries
