"""The demo's own directory: made afresh by every run, and never at the cost of anybody else's files."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.demo.errors import ForeignFilesError

MARKER: Final = ".tanji-demo"
CHAIN_FILE: Final = "chain.json"  # the local node's chain, so that serving goes on where the story ended
_FOLDERS: Final = (
    "evidence",
    "forgeries",
    "malformed",
    "doubtful",
    "log",
    "keys",
    "labels",
    "leaves",
    "packs",
    "report-photos",
    "desks",
)
_FILES: Final = (
    "deployment.json", "snapshot.json", "bulletin.json", "block-hash.txt", "receipts.ndjson", "broken-promise.json",
    "summary.md", "demo.svg", "README.txt", "device-memory.json", CHAIN_FILE, "reports.ndjson", "reasons.ndjson", "report-marks.ndjson",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where the files of a run go."""

    root: Path

    @property
    def database(self) -> str:
        """The ledger's SQLite URL."""
        return f"sqlite:///{(self.root / 'ledger.sqlite').absolute()}"

    @property
    def tiles(self) -> Path:
        """Tiles and checkpoint."""
        return self.root / "log"

    def path(self, name: str) -> Path:
        """A file by its name below the root."""
        return self.root / name

    def write(self, name: str, data: bytes | str) -> Path:
        """Write a file whole."""
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        return path


def prepare(root: Path) -> Output:
    """An empty directory for this run: what an earlier run left is removed, by name.

    Raises ForeignFilesError when the directory is not empty and was not made by the demo.
    """
    root.mkdir(parents=True, exist_ok=True)
    marker = root / MARKER
    if not marker.exists() and any(root.iterdir()):
        raise ForeignFilesError(str(root))
    marker.write_text("Made by `make demo`; the next run replaces its own files.\n", encoding="utf-8")
    for folder in _FOLDERS:
        if (root / folder).is_dir():
            shutil.rmtree(root / folder)
        (root / folder).mkdir()
    for pattern in (*_FILES, "ledger.sqlite*", "device-memory.json*", ".ledger.sqlite*"):
        for path in root.glob(pattern):
            path.unlink()
    return Output(root=root)
