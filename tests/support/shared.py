"""Where the outside test material (vectors, real data) is, if it is anywhere: TANJI_SHARED, or `shared` beside the repository."""

from __future__ import annotations

import os
from pathlib import Path


def shared_dir() -> Path | None:
    """The folder, or None; tests that need it skip with a reason then."""
    named = os.environ.get("TANJI_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared"
    return folder if folder.is_dir() else None
