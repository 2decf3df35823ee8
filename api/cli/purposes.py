"""Names of purposes for `--help`, without importing what they stand for (a test compares them with `verifier.contracts`)."""

from __future__ import annotations

from typing import Final

PURPOSE_NAMES: Final = ("regulator", "sequencer", "footprint", "certificate", "labels", "status", "admin", "rule")
GRANT_PURPOSES: Final = ("footprint", "certificate", "labels", "rule")
