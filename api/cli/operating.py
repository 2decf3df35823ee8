"""Opening the operator's parts for one command, with the home's own keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.options import ask_passphrase

if TYPE_CHECKING:
    from api.runtime.home import Home
    from ledger.keys.memory import MemorySigner


def home_passphrase(home: Home, file: Path | None) -> bytes:
    """The passphrase of the home's keys: --passphrase-file, tanji.toml, the environment, or a person.

    Raises KeystoreError, CommandError.
    """
    from ledger.domain.key_errors import PassphraseMissingError

    try:
        return home.passphrase(file)
    except PassphraseMissingError:
        return ask_passphrase(file, f"the keys of {home.root}")


def sequencer_signer(home: Home, passphrase: bytes) -> MemorySigner:
    """The account that anchors. Raises KeystoreError, PassphraseWrongError."""
    from ledger.keys.keystore import open_keystore

    return open_keystore(home.sequencer_keystore, passphrase)
