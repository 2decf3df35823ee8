"""Where a passphrase comes from: a file or an environment variable. Never argv, which every user of the machine can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ledger.domain.key_errors import KeystoreError, PassphraseMissingError

FILE_VARIABLE = "TANJI_PASSPHRASE_FILE"
TEXT_VARIABLE = "TANJI_PASSPHRASE"
MAX_FILE_BYTES = 4096


def read_passphrase(path: Path | None = None, *, environment: Mapping[str, str] | None = None) -> bytes:
    """Return the passphrase bytes (UTF-8) from `path`, else TANJI_PASSPHRASE_FILE, else TANJI_PASSPHRASE.

    Exactly one trailing newline (LF or CRLF) of a file is dropped: editors add it, people do not type it.

    Raises:
        PassphraseMissingError: none of the three places holds one.
        KeystoreError: the file is over 4 KiB, or readable by others than its owner.
    """
    variables = os.environ if environment is None else environment
    if path is None and variables.get(FILE_VARIABLE):
        path = Path(variables[FILE_VARIABLE])
    if path is not None:
        return _from_file(path)
    text = variables.get(TEXT_VARIABLE)
    if not text:
        raise PassphraseMissingError((f"${FILE_VARIABLE}", f"${TEXT_VARIABLE}"))
    return text.encode()


def _from_file(path: Path) -> bytes:
    try:
        info = path.stat()
        if info.st_size > MAX_FILE_BYTES:
            raise KeystoreError(str(path), f"passphrase file is over {MAX_FILE_BYTES} bytes")
        if os.name == "posix" and info.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise KeystoreError(str(path), "passphrase file must be readable by its owner only (chmod 600)")
        secret = path.read_bytes()
    except OSError as error:
        raise KeystoreError(str(path), "passphrase file cannot be read") from error
    secret = secret.removesuffix(b"\n").removesuffix(b"\r")
    if not secret:
        raise PassphraseMissingError((str(path),))
    return secret
