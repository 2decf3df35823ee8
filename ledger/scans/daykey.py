"""The key of the day, under which devices are hashed; yesterday's is destroyed, and with it every way back to a device.

A directory of one file, `<day>.key` (32 random bytes, mode 0600), outside the database, so that no backup of scans carries it. It may
be shared by many processes. Several machines either share the directory or count one device as several: both are safe. What the
medium under the file system keeps of overwritten blocks is beyond a program's reach; use an encrypted or a memory file system.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Final

from ledger.domain.scans import DEVICE_LENGTH, Item
from ledger.domain.store_errors import StoreError

KEY_LENGTH: Final = 32
_DAY: Final = 86_400
_SHANGHAI: Final = 8 * 3_600
_STRAY_SECONDS: Final = 60


class DayKeyDirectory:
    """`ports.scans.DeviceKeys` in a directory. Safe for many threads and processes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = Lock()
        self._day = -2
        self._key = b""

    def today(self, now: int) -> bytes:
        """The key of the day of `now` (Asia/Shanghai). Raises StoreError."""
        day = (now + _SHANGHAI) // _DAY
        with self._lock:
            # A process whose clock is a little behind keeps the day that another has begun.
            if day not in (self._day, self._day - 1):
                try:
                    self._turn(day)
                except OSError as error:
                    raise StoreError(f"the day key cannot be kept: {error.strerror}") from error
            return self._key

    def _turn(self, day: int) -> None:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = {int(file.stem): file for file in self._directory.glob("*.key") if file.stem.isdigit()}
        day = day + 1 if day + 1 in kept else day
        self._key = self._take(self._directory / f"{day}.key")
        self._day = day
        # Later ones too: a clock that was wrong by years must not leave a key that lasts as long.
        for other, file in kept.items():
            if other != day:
                _destroy(file)
        for stray in self._directory.glob(".*"):  # of a process that was killed while it made a key
            with suppress(FileNotFoundError):  # its maker lives, and has just removed it
                if time.time() - stray.stat().st_mtime > _STRAY_SECONDS:
                    _destroy(stray)

    def _take(self, file: Path) -> bytes:
        """Today's key: whoever is first makes it, whole or not at all; everybody then reads that one."""
        if not file.exists():
            fresh = file.with_name(f".{secrets.token_hex(8)}")
            try:
                descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as out:
                    out.write(secrets.token_bytes(KEY_LENGTH))
                os.link(fresh, file)
            except FileExistsError:
                pass  # another process was quicker
            finally:
                _destroy(fresh)
        key = file.read_bytes()
        if len(key) != KEY_LENGTH:
            raise StoreError(f"{file.name} is not a key")
        return key


def _destroy(file: Path) -> None:
    """Remove a name; overwrite the bytes first when it is their last one."""
    try:
        if file.stat().st_nlink == 1:
            with file.open("r+b") as out:
                out.write(bytes(KEY_LENGTH))
                os.fsync(out.fileno())
        file.unlink()
    except FileNotFoundError:
        pass  # another process did it


def device_of(key: bytes, item: Item, hint: bytes) -> bytes:
    """A device as it is kept: bound to the item, so that nobody can follow it from one item to the next, and to the day."""
    return hmac.digest(key, b"scan\x00" + item.key + hint, "sha256")[:DEVICE_LENGTH]


def client_of(key: bytes, hint: bytes) -> bytes:
    """A client whose attempts at PINs are counted."""
    return hmac.digest(key, b"pins\x00" + hint, "sha256")[:16]
