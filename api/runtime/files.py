"""Reading documents with a cap, and writing files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from api.runtime.errors import RuntimeSetupError


class UnreadableError(RuntimeSetupError):
    """A file cannot be read or is too long."""

    code = "input.unreadable"
    exit_status = 4

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}", advice="check the path; nothing was changed")
        self.path = path
        self.reason = reason


def read_document(path: Path, cap: int) -> bytes:
    """The bytes of a file of at most `cap` bytes. Raises UnreadableError."""
    try:
        with path.open("rb") as file:
            data = file.read(cap + 1)
    except OSError as error:
        raise UnreadableError(str(path), error.strerror or "cannot be read") from error
    if len(data) > cap:
        raise UnreadableError(str(path), f"more than {cap} bytes")
    return data


def write_whole(path: Path, data: bytes) -> None:
    """Write a file durably; it appears whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
