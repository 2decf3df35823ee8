"""Opening the operator's parts for one command, with the home's own keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.options import ask_passphrase

if TYPE_CHECKING:
    from api.runtime.home import Home
    from ledger.keys.memory import MemorySigner


def sequencer_passphrase(home: Home, file: Path | None) -> bytes:
    """The sequencer key's: --passphrase-file, tanji.toml, the environment, or a person. Raises KeystoreError, CommandError."""
    return _passphrase(home.passphrase, file, f"{home.sequencer_keystore}")


def log_passphrase(home: Home, file: Path | None) -> bytes:
    """The log key's, likewise."""
    return _passphrase(home.log_passphrase, file, f"{home.log_key}")


def _passphrase(read: Callable[[Path | None], bytes], file: Path | None, what: str) -> bytes:
    from ledger.domain.key_errors import PassphraseMissingError

    try:
        return read(file)
    except PassphraseMissingError:
        return ask_passphrase(file, what)


def sequencer_signer(home: Home, passphrase: bytes) -> MemorySigner:
    """The account that anchors. Raises KeystoreError, PassphraseWrongError."""
    from ledger.keys.keystore import open_keystore

    return open_keystore(home.sequencer_keystore, passphrase)
