"""Writing checkpoints: C2SP tlog-checkpoint inside a C2SP signed note.

    <origin>\n
    <size, decimal>\n
    <root, base64>\n
    \n
    — <key name> <base64( SHA-256(key name ‖ 0x0A ‖ 0x01 ‖ public key)[:4] ‖ Ed25519 signature of the text above )>\n

The key's name is the origin. The signature covers the text up to and with its last newline, not the empty line.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from ledger.ports.signer import LogSigner
from verifier.note import key_id_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint as published."""

    origin: str
    size: int
    root: bytes
    note: str


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The signed text of a checkpoint."""
    return f"{origin}\n{size}\n{b64encode(root).decode()}\n"


def sign_checkpoint(origin: str, size: int, root: bytes, signer: LogSigner) -> SignedCheckpoint:
    """Sign a checkpoint. Ed25519 is deterministic: the same tree gives the same note. Raises SigningError."""
    text = checkpoint_text(origin, size, root)
    signature = key_id_of(origin, signer.public_key) + signer.sign(text.encode())
    note = f"{text}\n— {origin} {b64encode(signature).decode()}\n"
    return SignedCheckpoint(origin=origin, size=size, root=root, note=note)
