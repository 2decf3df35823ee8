"""Tables of confidential payloads and sessions (`migrations/versions/0006_confidential`). No column holds a token, a nonce or a key in the clear.

payload: 32 bytes, its id; party: as written in docs/spec/01; address: 20 bytes; times unix seconds.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text
from sqlmodel import Field, SQLModel

_BigKey = BigInteger().with_variant(Integer, "sqlite")


class EncryptionKeyRow(SQLModel, table=True):
    """A party's X25519 key, as it signed it."""

    __tablename__ = "encryption_keys"

    party: str = Field(sa_column=Column(Text, primary_key=True))
    starts_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    public_key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    ends_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    signer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signature: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PayloadRow(SQLModel, table=True):
    """A payload. `descriptor`: canonical JSON; `erasure`: the order, once its keys are destroyed. Rows are never deleted."""

    __tablename__ = "payloads"

    number: int | None = Field(default=None, sa_column=Column(_BigKey, primary_key=True, autoincrement=True))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    submitter: str = Field(sa_column=Column(Text, nullable=False, index=True))
    statement: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    descriptor: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    stored_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    erasure: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class PayloadChunkRow(SQLModel, table=True):
    """A piece of the sealed content; gone with the keys."""

    __tablename__ = "payload_chunks"

    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PayloadShareRow(SQLModel, table=True):
    """A share with its wrapped keys: canonical JSON; destroyed by erasure."""

    __tablename__ = "payload_shares"

    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    ordinal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PayloadPartyRow(SQLModel, table=True):
    """A party named in a payload. It stays after the erasure: that party is told so, and nobody else."""

    __tablename__ = "payload_parties"
    __table_args__ = (Index("ix_payload_parties_party", "party", "payload"),)

    payload: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    party: str = Field(sa_column=Column(Text, primary_key=True))


class PayloadAccessRow(SQLModel, table=True):
    """One reading. Rows are only ever added."""

    __tablename__ = "payload_accesses"
    __table_args__ = (Index("ix_payload_accesses_payload", "payload", "number"),)

    number: int | None = Field(default=None, sa_column=Column(_BigKey, primary_key=True, autoincrement=True))
    payload: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    party: str = Field(sa_column=Column(Text, nullable=False))
    signer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    session: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SessionRow(SQLModel, table=True):
    """A session under the digest of its token."""

    __tablename__ = "sessions"

    token: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    session: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    party: str = Field(sa_column=Column(Text, nullable=False, index=True))
    signer: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class UsedNonceRow(SQLModel, table=True):
    """The digest of a nonce that opened a session, until it could open none anyway."""

    __tablename__ = "used_nonces"

    nonce: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class SessionSecretRow(SQLModel, table=True):
    """What nonces are made with: 32 random bytes. Whoever knows them can make a nonce, and still needs a key's signature over it."""

    __tablename__ = "session_secrets"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


ENCRYPTION_KEYS: Final = SQLModel.metadata.tables["encryption_keys"]
PAYLOADS: Final = SQLModel.metadata.tables["payloads"]
CHUNKS: Final = SQLModel.metadata.tables["payload_chunks"]
SHARES: Final = SQLModel.metadata.tables["payload_shares"]
PARTIES: Final = SQLModel.metadata.tables["payload_parties"]
ACCESSES: Final = SQLModel.metadata.tables["payload_accesses"]
SESSIONS: Final = SQLModel.metadata.tables["sessions"]
USED_NONCES: Final = SQLModel.metadata.tables["used_nonces"]
SECRETS: Final = SQLModel.metadata.tables["session_secrets"]
