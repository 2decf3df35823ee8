"""What can go wrong with keys. No message ever holds a passphrase or key material."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import LedgerError


class SigningError(LedgerError):
    """The key could not sign: device gone, refused, or the digest has the wrong size."""

    code: ClassVar[str] = "key.signing"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeystoreError(LedgerError):
    """A key file is not what the format says, or was written for other parameters than we accept."""

    code: ClassVar[str] = "key.keystore"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class PassphraseWrongError(KeystoreError):
    """The passphrase does not open this key file (its MAC does not match)."""

    code: ClassVar[str] = "key.passphrase-wrong"

    def __init__(self, place: str) -> None:
        super().__init__(place, "the passphrase does not open this key file")


class PassphraseMissingError(LedgerError):
    """No passphrase was given in any of the places looked at (never the command line: others can read it there)."""

    code: ClassVar[str] = "key.passphrase-missing"

    def __init__(self, looked_at: tuple[str, ...]) -> None:
        super().__init__("no passphrase found; looked at " + ", ".join(looked_at))
        self.looked_at = looked_at
