"""The leaves of one labels statement as a file: what a leaf and its path are taken from when a label is verified.

```
{"batch":…,"count":N,"first":F,"granularity":…,"gtin":…,"v":1}\\n      one line of canonical JSON
record × N     item: serial (18 characters) || pinHash (32 bytes)        batch, model: pinHash (32 bytes)
```
The enterprise's batch keeps one; it may hand it to the operator beside the statement, whose root proves it. Serials in it are no
secret once labels are sold, and PINs cannot be had from their hashes (60 random bits).
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger.labels.errors import BatchDamagedError
from ledger.labels.plan import BATCH, MAX_COUNT, BatchPlan
from ledger.labels.tree import flat_levels, path, path_in, subtree_root
from verifier.bodies.fields import read_choice, read_integer, read_object, read_pattern
from verifier.canonical import canonicalize, parse
from verifier.crockford import SERIAL_LENGTH
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.label import Granularity
from verifier.types import JsonValue, NodeHash

if TYPE_CHECKING:
    from types import TracebackType

_HASH: Final = 32
BLOCK: Final = 32  # leaves hashed anew for a path; a power of two, so that a block is one node of the tree
_PRODUCT: Final = re.compile(r"[0-9]{14}|8013:[!-~]{1,30}", re.ASCII)
_LONGEST_HEADER: Final = 1024
_MEMBERS: Final = frozenset({"v", "gtin", "granularity", "batch", "first", "count"})
_GRANULARITIES: Final = frozenset(one.value for one in Granularity)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafEvidence:
    """A label's leaf and its path (docs/spec/06): position within the statement's tree, siblings nearest first."""

    leaf: dict[str, JsonValue]
    position: int
    path: tuple[NodeHash, ...]


def leaves_header(plan: BatchPlan) -> bytes:
    """The first line of the file of a batch."""
    header: dict[str, JsonValue] = {
        "v": 1,
        "gtin": plan.product,
        "granularity": plan.granularity.value,
        "batch": plan.batch,
        "first": plan.first,
        "count": plan.count,
    }
    return canonicalize(header) + b"\n"


def record_length(granularity: Granularity) -> int:
    """Bytes of one record."""
    return SERIAL_LENGTH + _HASH if granularity is Granularity.ITEM else _HASH


class LeafTable:
    """An open file of leaves whose tree has the root that was asked for. Memory: the file is mapped, plus two bytes a leaf."""

    def __init__(self, file: Path, data: mmap.mmap) -> None:
        self._file = file
        self._data = data
        header_end = data.find(b"\n", 0, _LONGEST_HEADER)
        try:
            top = read_object(parse(data[: max(0, header_end)]), "", _MEMBERS)
            self.product = read_pattern(top["gtin"], "/gtin", _PRODUCT)
            self.batch = read_pattern(top["batch"], "/batch", BATCH)
            self.granularity = Granularity(read_choice(top["granularity"], "/granularity", _GRANULARITIES))
            self.first = read_integer(top["first"], "/first", least=0, most=MAX_COUNT - 1)
            self.count = read_integer(top["count"], "/count", least=1, most=MAX_COUNT)
        except MalformedError as error:
            raise BatchDamagedError(str(file), f"its first line: {error}") from error
        self._start = header_end + 1
        self._record = record_length(self.granularity)
        if len(data) != self._start + self.count * self._record:
            raise BatchDamagedError(str(file), f"{len(data)} bytes are not {self.count} leaves")
        self._levels = flat_levels([subtree_root(self._hashes(at)) for at in range(0, self.count, BLOCK)])
        self.root = NodeHash(self._levels[-1])

    @classmethod
    def open(cls, file: Path, *, root: bytes) -> LeafTable:
        """Map a file and check that it holds exactly the leaves under `root`.

        Raises BatchDamagedError: unreadable, malformed, or the leaves of another statement.
        """
        try:
            with file.open("rb") as opened:
                data = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise BatchDamagedError(str(file), "cannot be read") from error
        table = cls(file, data)
        if table.root != root:
            table.close()
            raise BatchDamagedError(str(file), f"its leaves have root {to_hex(table.root)}, {to_hex(root)} is due")
        return table

    def close(self) -> None:
        """Unmap the file."""
        self._data.close()

    def __enter__(self) -> LeafTable:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def evidence(self, signed_serial: str, index: int) -> LeafEvidence | None:
        """Leaf and path of a label; None when no such label was issued in this batch.

        Args:
            signed_serial: the word signed as `serial`.
            index: the label's index (item labels), or `first` (batch and model labels).
        """
        position = index - self.first
        if not 0 <= position < self.count:
            return None
        serial, pin_hash = self._read(position)
        if serial != signed_serial:
            return None
        leaf: dict[str, JsonValue] = {"gtin": self.product, "pinHash": to_hex(pin_hash), "serial": serial}
        block, place = divmod(position, BLOCK)
        siblings = path(self._hashes(block * BLOCK), place) + path_in(self._levels, block)
        return LeafEvidence(leaf=leaf, position=position, path=tuple(map(NodeHash, siblings)))

    def pin_hash(self, signed_serial: str, index: int) -> bytes | None:
        """The PIN's hash in a label's leaf (32 bytes); None when no such label was issued in this batch. Args: as `evidence`."""
        position = index - self.first
        if not 0 <= position < self.count:
            return None
        serial, pin_hash = self._read(position)
        return pin_hash if serial == signed_serial else None

    def _read(self, position: int) -> tuple[str, bytes]:
        at = self._start + position * self._record
        record = self._data[at : at + self._record]
        if self.granularity is Granularity.ITEM:
            return record[:SERIAL_LENGTH].decode("ascii", "replace"), record[SERIAL_LENGTH:]
        return (f"10:{self.batch}" if self.granularity is Granularity.BATCH else ""), record

    def _hashes(self, first: int) -> list[bytes]:
        """Leaf hashes of one block."""
        if self.granularity is not Granularity.ITEM or not self.product.isalnum():
            return [self._hash(position) for position in range(first, min(first + BLOCK, self.count))]
        # As `leaf_bytes`, cut from the record; a quarter of a million are hashed a second, and every page of a label takes a block.
        begin, middle, data = b'\x00{"gtin":"%b","pinHash":"0x' % self.product.encode(), b'","serial":"', self._data
        found = []
        for position in range(first, min(first + BLOCK, self.count)):
            at = self._start + position * self._record
            serial, pin_hash = data[at : at + SERIAL_LENGTH], data[at + SERIAL_LENGTH : at + self._record]
            if serial.isalnum():
                leaf = begin + pin_hash.hex().encode() + middle + serial + b'"}'
                found.append(sha256(leaf).digest())
            else:
                found.append(self._hash(position))
        return found

    def _hash(self, position: int) -> bytes:
        serial, pin_hash = self._read(position)
        return sha256(b"\x00" + leaf_bytes(self.product, serial, pin_hash)).digest()


def leaf_bytes(product: str, serial: str, pin_hash: bytes) -> bytes:
    """The canonical leaf; the template is the canonical form as long as nothing in it needs an escape."""
    if not serial.isalnum() or not product.isalnum():
        return canonicalize({"gtin": product, "pinHash": to_hex(pin_hash), "serial": serial})
    return f'{{"gtin":"{product}","pinHash":"0x{pin_hash.hex()}","serial":"{serial}"}}'.encode()
