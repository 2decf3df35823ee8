"""What can go wrong with the store and the log's files."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import BackpressureError, LedgerError


class StoreError(LedgerError):
    """The database refused or failed; the transaction was rolled back."""

    code: ClassVar[str] = "store.failed"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreFullError(BackpressureError):
    """No space left for the database or the log's files. Nothing was half-done; it continues once there is space."""

    code: ClassVar[str] = "store.full"

    def __init__(self, place: str) -> None:
        super().__init__(f"no space left in {place}", retry_after=30.0)
        self.place = place


class StoreUnavailableError(BackpressureError):
    """The database cannot be reached, or was locked for longer than the busy timeout."""

    code: ClassVar[str] = "store.unavailable"

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retry_after=2.0)


class WriterBusyError(BackpressureError):
    """Another process is the writer."""

    code: ClassVar[str] = "store.writer-busy"

    def __init__(self, waited: float) -> None:
        super().__init__(f"another process is the writer (waited {waited:g} s)", retry_after=5.0)
        self.waited = waited


class FencedError(LedgerError):
    """A later writer has taken over since this one was opened; this one must never write again."""

    code: ClassVar[str] = "store.fenced"

    def __init__(self, epoch: int, latest: int) -> None:
        super().__init__(f"writer of epoch {epoch} was replaced by epoch {latest}")
        self.epoch = epoch
        self.latest = latest


class WrongLogError(LedgerError):
    """The store belongs to another log than the one configured."""

    code: ClassVar[str] = "store.wrong-log"

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"the store holds the log {found}, not {expected}")
        self.found = found
        self.expected = expected


class SchemaError(LedgerError):
    """The database's schema is not the one this version writes."""

    code: ClassVar[str] = "store.schema"

    def __init__(self, found: str | None, expected: str) -> None:
        super().__init__(f"schema is at {found or 'nothing'}, this version needs {expected}: run the migrations")
        self.found = found
        self.expected = expected


class OutOfOrderError(LedgerError):
    """A batch does not start where the log ends (an index is given once, in order)."""

    code: ClassVar[str] = "store.out-of-order"

    def __init__(self, size: int, first: int) -> None:
        super().__init__(f"the log has {size} entries, the batch starts at {first}")
        self.size = size
        self.first = first


class TileMissingError(LedgerError):
    """A tile the tree needs is not there or is too short: rebuild the files from the database."""

    code: ClassVar[str] = "log.tile-missing"

    def __init__(self, path: str, found: int, needed: int) -> None:
        super().__init__(f"{path}: {found} hashes, {needed} needed")
        self.path = path
        self.found = found
        self.needed = needed


class TileDiffersError(LedgerError):
    """A tile's hashes do not give the hash that the tile above holds of it: run fsck, rebuild the files."""

    code: ClassVar[str] = "log.tile-differs"

    def __init__(self, path: str, expected: bytes, found: bytes) -> None:
        super().__init__(f"{path}: its root is {found.hex()}, the tile above says {expected.hex()}")
        self.path = path
        self.expected = expected
        self.found = found


class RangeError(LedgerError):
    """An index or size outside the tree."""

    code: ClassVar[str] = "log.range"

    def __init__(self, name: str, given: int, limit: int) -> None:
        super().__init__(f"{name} {given} is outside 0..{limit}")
        self.name = name
        self.given = given
        self.limit = limit


class EntryTooLargeError(LedgerError):
    """tlog-tiles carries an entry's length in 16 bits."""

    code: ClassVar[str] = "log.entry-too-large"

    def __init__(self, index: int, size: int, limit: int) -> None:
        super().__init__(f"entry {index} has {size} bytes, at most {limit} fit")
        self.index = index
        self.size = size
        self.limit = limit


class HistoryChangedError(LedgerError):
    """The stored entries no longer give the root of a checkpoint this log has signed: nothing more is signed. Run fsck."""

    code: ClassVar[str] = "log.history-changed"

    def __init__(self, size: int, signed: bytes, found: bytes) -> None:
        super().__init__(f"at size {size} the log signed root {signed.hex()}, the entries give {found.hex()}")
        self.size = size
        self.signed = signed
        self.found = found
