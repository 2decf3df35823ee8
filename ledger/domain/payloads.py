"""Confidential payloads (docs/spec/11): what the server keeps of them. It never sees a content, a data key or a private key (P6, P8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType

from verifier.hashing import sha256
from verifier.identifiers import Party
from verifier.types import Address, StatementId

PayloadId = NewType("PayloadId", bytes)  # SHA-256(0x07 ‖ canonical(payload)), 32 bytes
SessionId = NewType("SessionId", bytes)  # 16 bytes, names a session without opening it

KEY_BYTES: Final = 32
WRAPPED_BYTES: Final = 80  # HPKE: encapsulated key 32 ‖ sealed data key 32 ‖ tag 16


class PayloadKind(StrEnum):
    """What the content is: disclosures of sealed values (docs/spec/02), or a file of the submitter's."""

    DISCLOSURES = "disclosures"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What the payload's id names. size, digest: of the encrypted content; key_commitment: SHA-256(0x08 ‖ data key)."""

    kind: PayloadKind
    submitter: Party
    statement: StatementId
    created_at: int
    size: int
    digest: bytes
    key_commitment: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrap:
    """The data key, encrypted to one party's X25519 key: `key` its public half, `wrapped` 80 bytes."""

    party: Party
    key: bytes
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """The data key for some parties, signed by the submitter's party. shared_at: unix seconds."""

    wraps: tuple[Wrap, ...]
    shared_at: int
    signer: Address
    signature: bytes

    @property
    def parties(self) -> tuple[Party, ...]:
        """To whom, in the order signed."""
        return tuple(wrap.party for wrap in self.wraps)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadHeader:
    """The head of a payload's file: what it is, and for whom its key is wrapped."""

    payload: PayloadId
    descriptor: Descriptor
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionKey:
    """A party's X25519 public key, good in `[starts_at, ends_at)`, signed by one of the party's registered keys."""

    party: Party
    public_key: bytes
    starts_at: int
    ends_at: int
    signer: Address
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """An order to destroy a payload's keys, signed for the submitter's party or by a regulator's key."""

    payload: PayloadId
    reason: str
    erased_at: int
    signer: Address
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayload:
    """A payload as kept. `number` rises with every payload; `erasure` is there once its keys are destroyed."""

    number: int
    payload: PayloadId
    descriptor: Descriptor
    parties: tuple[Party, ...]
    stored_at: int
    erasure: Erasure | None = None

    def concerns(self, party: str) -> bool:
        """Whether a party may know that this payload exists: it submitted it, or is named in it."""
        return party == self.descriptor.submitter or party in self.parties


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One reading of a payload: who, with which key, when. Rows are only ever added."""

    number: int
    payload: PayloadId
    at: int
    party: Party
    signer: Address
    session: SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who signed in. No token in here: only its SHA-256 is kept, beside this."""

    id: SessionId
    party: Party
    signer: Address
    created_at: int
    expires_at: int


def token_digest(token: bytes) -> bytes:
    """Under which a session's token is kept. A random 32 bytes need no salt and no stretching."""
    return sha256(b"tanji session v1\n" + token)
