"""Writing a secret file: whole or not at all, readable by its owner only, never over an existing one."""

from __future__ import annotations

import os
from pathlib import Path

from ledger.domain.key_errors import KeystoreError


def read_secret_file(path: Path, max_bytes: int) -> bytes:
    """Return the file's bytes. Raises KeystoreError when it cannot be read or is larger than `max_bytes`."""
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise KeystoreError(str(path), "key file cannot be read") from error
    if len(data) > max_bytes:
        raise KeystoreError(str(path), f"key file is over {max_bytes} bytes")
    return data


def write_secret_file(path: Path, data: bytes) -> None:
    """Create `path` with mode 0600 and make it durable (file and folder synced).

    Raises:
        KeystoreError: a file of that name exists (a key is never overwritten), or it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)  # unlike rename, refuses to replace a key that is there
        finally:
            temporary.unlink()
        _sync_folder(path.parent)
    except FileExistsError as error:
        raise KeystoreError(str(path), "a key file of this name exists; keys are never overwritten") from error
    except OSError as error:
        raise KeystoreError(str(path), "key file cannot be written") from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
