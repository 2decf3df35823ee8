"""What a device remembers between runs: the newest block it accepted per deployment, and hashes a quorum vouched for (D05).

Without it, whoever hands over snapshots could answer today's question with last month's state, from before a withdrawal.

File { "v":1, "deployments": { "<origin>": { "accepted": Block | null, "agreed": [Block, …] } } }        at most 1 MiB
Block { "number": integer, "hash": "0x…64 hex", "time": unix seconds of the header }                      newest last
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from verifier.rpc.errors import MemoryDamagedError, OlderSnapshotError
from verifier.types import BlockHash

MAX_FILE_BYTES = 1 << 20
MAX_AGREED = 32
"""Hashes of earlier quorums kept per deployment, so that a snapshot saved then can still be opened offline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBlock:
    """A block this device took as true: height, hash, header time (unix seconds)."""

    number: int
    block_hash: BlockHash
    time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentMemory:
    """What is remembered of one deployment: the newest accepted block, and quorum blocks, oldest first."""

    accepted: SeenBlock | None = None
    agreed: tuple[SeenBlock, ...] = ()


class DeviceMemory:
    """One small file, written atomically under a lock so that two programs at once cannot lose the newer block."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def recall(self, origin: str) -> DeploymentMemory:
        """What is remembered of the deployment with this origin; empty when nothing is.

        Raises:
            MemoryDamagedError: the file exists but cannot be read. Delete it only if you know the newest block yourself.
        """
        return self._read().get(origin, DeploymentMemory())

    def agreed_at(self, origin: str, block_hash: BlockHash) -> SeenBlock | None:
        """The remembered quorum block with this hash, if a quorum once vouched for it on this device."""
        return next((seen for seen in self.recall(origin).agreed if seen.block_hash == block_hash), None)

    def remember_agreed(self, origin: str, block: SeenBlock) -> None:
        """Keep a hash that a quorum has just named."""
        with self._locked():
            book = self._read()
            memory = book.get(origin, DeploymentMemory())
            others = tuple(seen for seen in memory.agreed if seen.block_hash != block.block_hash)
            agreed = tuple(sorted((*others, block), key=lambda seen: seen.number))[-MAX_AGREED:]
            book[origin] = DeploymentMemory(accepted=memory.accepted, agreed=agreed)
            self._write(book)

    def accept(self, origin: str, block: SeenBlock) -> None:
        """Record that this block was accepted, unless a newer one already was.

        Raises:
            OlderSnapshotError: the device has accepted a higher block, or another block at this height.
            MemoryDamagedError: the file cannot be read or written.
        """
        with self._locked():
            book = self._read()
            memory = book.get(origin, DeploymentMemory())
            check_not_older(memory, block)
            if memory.accepted != block:
                book[origin] = DeploymentMemory(accepted=block, agreed=memory.agreed)
                self._write(book)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path.with_name(self._path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise MemoryDamagedError(path=str(self._path), detail=str(error)) from error
        try:
            _lock(handle)
            yield
        finally:
            os.close(handle)  # releases the lock

    def _read(self) -> dict[str, DeploymentMemory]:
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise MemoryDamagedError(path=str(self._path), detail=str(error)) from error
        try:
            return _parse(data)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise MemoryDamagedError(path=str(self._path), detail="not a memory file of this program") from error

    def _write(self, book: dict[str, DeploymentMemory]) -> None:
        document = {"v": 1, "deployments": {origin: _unparsed(memory) for origin, memory in book.items()}}
        part = self._path.with_name(f".{self._path.name}.part")  # one writer at a time: the lock is held
        try:
            with part.open("wb") as file:
                file.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        except OSError as error:
            raise MemoryDamagedError(path=str(self._path), detail=str(error)) from error


def check_not_older(memory: DeploymentMemory, block: SeenBlock) -> None:
    """A device never goes back (design 3.5). Raises OlderSnapshotError."""
    accepted = memory.accepted
    if accepted is None or accepted.number < block.number or accepted == block:
        return
    detail = (
        f"this device has accepted block {accepted.number}; block {block.number} is older"
        if block.number < accepted.number
        else f"this device has accepted another block at height {block.number}"
    )
    raise OlderSnapshotError(offered_number=block.number, accepted_number=accepted.number, detail=detail)


def default_memory_path() -> Path:
    """`$TANJI_VERIFIER_MEMORY`, else `tanji/verifier-memory.json` below `$XDG_STATE_HOME` or `~/.local/state`."""
    named = os.environ.get("TANJI_VERIFIER_MEMORY")
    if named:
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME")
    base = Path(state) if state else Path.home() / ".local" / "state"
    return base / "tanji" / "verifier-memory.json"


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: the atomic replace still keeps the file whole
        return
    fcntl.flock(handle, fcntl.LOCK_EX)


def _unparsed(memory: DeploymentMemory) -> dict[str, object]:
    return {
        "accepted": None if memory.accepted is None else _unparsed_block(memory.accepted),
        "agreed": [_unparsed_block(seen) for seen in memory.agreed],
    }


def _unparsed_block(seen: SeenBlock) -> dict[str, object]:
    return {"number": seen.number, "hash": "0x" + seen.block_hash.hex(), "time": seen.time}


def _parse(data: bytes) -> dict[str, DeploymentMemory]:
    if len(data) > MAX_FILE_BYTES:
        raise ValueError("too large")
    document = orjson.loads(data)
    if document["v"] != 1:
        raise ValueError("unknown version")
    return {
        str(origin): DeploymentMemory(
            accepted=None if kept["accepted"] is None else _parse_block(kept["accepted"]),
            agreed=tuple(_parse_block(seen) for seen in kept["agreed"]),
        )
        for origin, kept in document["deployments"].items()
    }


def _parse_block(value: dict[str, object]) -> SeenBlock:
    number, digits, time = value["number"], value["hash"], value["time"]
    if not isinstance(number, int) or not isinstance(time, int) or not isinstance(digits, str) or len(digits) != 66:
        raise ValueError("not a block")
    return SeenBlock(number=number, block_hash=BlockHash(bytes.fromhex(digits[2:])), time=time)
