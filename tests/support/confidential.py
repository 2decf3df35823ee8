"""Parts for tests of sessions and payloads: parties with encryption keys, a desk over a fresh database, sign-ins, sealed files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from starlette.testclient import TestClient

from api.http.payloads import Confidential
from api.http.sessions import Door
from ledger.domain.payload_documents import (
    encryption_key_signed,
    erasure_signed,
    share_signed,
)
from ledger.domain.payloads import (
    EncryptionKey,
    Erasure,
    PayloadHeader,
    PayloadId,
    PayloadKind,
    Share,
    Wrap,
)
from ledger.keys.memory import MemorySigner
from ledger.payloads.envelope import SealedContent, frame, seal_content, wraps_for
from ledger.services.payloads import PayloadPolicy, Payloads
from ledger.services.sessions import SessionPolicy, Sessions
from ledger.sessions.siwe import personal_digest
from ledger.store.payloads import SqlPayloadStore
from ledger.store.sessions import SqlSessionStore
from tests.support import bodies
from tests.support.ledger import (
    CERTIFIER_KEY,
    DEPLOYMENT,
    HOLDER_KEY,
    NOW,
    REGULATOR_KEY,
    STRANGER_KEY,
    MemoryDirectory,
    OwnedClock,
    directory,
    key_word,
)
from verifier.contracts import Purpose
from verifier.identifiers import Party
from verifier.signature import to_checksum
from verifier.types import StatementId

ORIGIN = "https://testserver"
STATEMENT = StatementId(b"\x2b" * 32)
CONTENT = b'[{"path":"/extensions/0/data/inventory","salt":"0x00","value":1}]'
STRANGER = "uscc:91310000MA0S0EXAM9"
ADMIN_KEY = MemorySigner.from_bytes(b"\x05" * 32)
LABEL_KEY = MemorySigner.from_bytes(b"\x06" * 32)


@dataclass(frozen=True)
class Someone:
    """A party with an account key and an encryption key."""

    party: Party
    key: MemorySigner
    secret: X25519PrivateKey

    @property
    def public(self) -> bytes:
        return self.secret.public_key().public_bytes_raw()


def someone(party: str, key: MemorySigner, seed: int) -> Someone:
    return Someone(party=Party(party), key=key, secret=X25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


HOLDER = someone(bodies.HOLDER, HOLDER_KEY, 0x11)
CERTIFIER = someone(bodies.CERTIFIER, CERTIFIER_KEY, 0x22)
REGULATOR = someone(bodies.REGULATOR, REGULATOR_KEY, 0x33)
OUTSIDER = someone(STRANGER, STRANGER_KEY, 0x44)
ADMIN = someone(bodies.HOLDER, ADMIN_KEY, 0x11)


def keys() -> MemoryDirectory:
    """The usual directory; the regulator may regulate, a fourth party is registered, the holder has an admin and a label key."""
    known = directory()
    known.keys |= {
        REGULATOR_KEY.address: key_word(bodies.REGULATOR, Purpose.REGULATOR | Purpose.RULE),
        STRANGER_KEY.address: key_word(STRANGER, Purpose.CERTIFICATE),
        ADMIN_KEY.address: key_word(bodies.HOLDER, Purpose.ADMIN),
        LABEL_KEY.address: key_word(bodies.HOLDER, Purpose.LABELS),
    }
    return known


@dataclass
class Parts:
    """Services over one database."""

    payloads: Payloads
    sessions: Sessions
    store: SqlPayloadStore
    session_store: SqlSessionStore
    keys: MemoryDirectory
    clock: OwnedClock
    origin: str | None = ORIGIN

    @property
    def desk(self) -> Confidential:
        return Confidential(door=Door(sessions=self.sessions, origin=self.origin), payloads=self.payloads)


@contextmanager
def opened(
    url: str,
    clock: OwnedClock | None = None,
    *,
    policy: PayloadPolicy | None = None,
    signing: SessionPolicy | None = None,
) -> Iterator[Parts]:
    clock, known = clock or OwnedClock(), keys()
    store, session_store = SqlPayloadStore.open(url), SqlSessionStore.open(url)
    common: dict[str, Any] = {"directory": known, "deployment": DEPLOYMENT, "clock": clock}
    try:
        yield Parts(
            payloads=Payloads(store=store, policy=policy, **common),
            sessions=Sessions(store=session_store, policy=signing, **common),
            store=store,
            session_store=session_store,
            keys=known,
            clock=clock,
        )
    finally:
        store.close()
        session_store.close()


def sealed(content: bytes = CONTENT, by: Someone = HOLDER, *, created_at: int = NOW) -> SealedContent:
    kind = PayloadKind.DISCLOSURES
    return seal_content(content, kind=kind, submitter=by.party, statement=STATEMENT, created_at=created_at)


def shared(
    content: SealedContent, *to: Someone, by: Someone = HOLDER, at: int = NOW, wraps: tuple[Wrap, ...] | None = None
) -> Share:
    """A share signed by `by`."""
    made = wraps_for(content, [(one.party, one.public) for one in to]) if wraps is None else wraps
    digest = share_signed(content.payload, content.descriptor.statement, made, at, DEPLOYMENT)
    return Share(wraps=made, shared_at=at, signer=by.key.address, signature=by.key.sign_digest(digest))


def header_of(content: SealedContent, *shares: Share) -> PayloadHeader:
    return PayloadHeader(payload=content.payload, descriptor=content.descriptor, shares=shares)


def file_of(content: SealedContent, *to: Someone, by: Someone = HOLDER) -> bytes:
    return frame(header_of(content, shared(content, *to, by=by))) + content.sealed


def erasure(payload: PayloadId, by: Someone = HOLDER, *, at: int = NOW, reason: str = "保存期满") -> Erasure:
    signed = by.key.sign_digest(erasure_signed(payload, reason, at, DEPLOYMENT))
    return Erasure(payload=payload, reason=reason, erased_at=at, signer=by.key.address, signature=signed)


def encryption_key(of: Someone = CERTIFIER, *, by: Someone | None = None, **changes: Any) -> EncryptionKey:
    blank = EncryptionKey(
        party=of.party,
        public_key=of.public,
        starts_at=NOW - 60,
        ends_at=NOW + 86_400,
        signer=(by or of).key.address,
        signature=b"",
    )
    made = replace(blank, **changes)
    return replace(made, signature=(by or of).key.sign_digest(encryption_key_signed(made, DEPLOYMENT)))


@dataclass
class Visitor:
    """Somebody with a session over HTTP."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(path, headers=self.headers)


def message_for(client: TestClient, who: Someone, **changes: str) -> str:
    asked = {"address": to_checksum(who.key.address), "party": who.party} | changes
    answer = client.post("/v1/sessions/nonce", json=asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["message"])


def signed_in(client: TestClient, who: Someone, use: str = "bearer", message: str | None = None, **more: Any) -> Any:
    """The answer to a sign-in."""
    text = message_for(client, who) if message is None else message
    signature = "0x" + who.key.sign_digest(personal_digest(text)).hex()
    return client.post("/v1/sessions", json={"message": text, "signature": signature, "use": use}, **more)


def visitor(client: TestClient, who: Someone) -> Visitor:
    token = signed_in(client, who).json()["token"]
    return Visitor(client=client, headers={"Authorization": f"Bearer {token}"})
