"""Who signs: an account key that may live in a file, in memory, in a hardware module or behind a KMS.

The protocol is one digest wide on purpose: everything Tanji signs (EIP-712 statements, registrations, status changes,
EIP-1559 transactions) is a 32-byte digest computed here, so a device needs no knowledge of our formats and a remote
signer can be added without touching a caller.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from verifier.types import Address, Digest


class Signer(Protocol):
    """An account that can sign a digest."""

    @property
    def address(self) -> Address:
        """The 20-byte account address of the key."""
        ...

    def sign_digest(self, digest: Digest) -> bytes:
        """Return 65 bytes r ‖ s ‖ v over a 32-byte digest: s ≤ n/2 (EIP-2), v 27 or 28.

        Raises:
            SigningError: the key cannot be reached or refused to sign.
        """
        ...


@runtime_checkable
class LocalSigner(Signer, Protocol):
    """A signer whose key is in this process's memory, so that many signatures may be made in several processes."""

    def secret(self) -> bytes:
        """The 32 private bytes; for signing elsewhere in this machine's memory, never for a file or a message."""
        ...


class LogSigner(Protocol):
    """The log's own Ed25519 key (checkpoints and receipts). Never the sequencer's account key."""

    @property
    def public_key(self) -> bytes:
        """The 32-byte Ed25519 public key (RFC 8032)."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of the message (RFC 8032, no prehash).

        Raises:
            SigningError: the key cannot be reached or refused to sign.
        """
        ...
