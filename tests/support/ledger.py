"""Parts for tests of the ledger: an owned clock, a key directory, an anchor book, and genuine signed statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.keys.memory import MemoryLogSigner, MemorySigner
from ledger.services.host import HostConfig, LedgerHost
from tests.support import bodies
from verifier.canonical import canonicalize
from verifier.contracts import FOREVER, Purpose
from verifier.deployment import Deployment
from verifier.eip712 import statement_digest
from verifier.hashing import sha256
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.snapshot import Anchor
from verifier.statement import statement_id_from
from verifier.summary import derive_summary
from verifier.types import Address
from verifier.words import KeyWord, party_tag

NOW = 1_790_000_000
DEPLOYMENT = Deployment(
    name="test",
    chain_id=31337,
    anchor_log=Address(b"\x0a" * 20),
    trust_registry=Address(b"\x0b" * 20),
    status_registry=Address(b"\x0c" * 20),
    anchor_log_code_hash=bytes(32),
    trust_registry_code_hash=bytes(32),
    status_registry_code_hash=bytes(32),
    bulletin_key=Address(b"\x0d" * 20),
)
LOG_SIGNER = MemoryLogSigner(Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))
HOLDER_KEY = MemorySigner.from_bytes(b"\x01" * 32)
CERTIFIER_KEY = MemorySigner.from_bytes(b"\x02" * 32)
REGULATOR_KEY = MemorySigner.from_bytes(b"\x03" * 32)
STRANGER_KEY = MemorySigner.from_bytes(b"\x04" * 32)


@dataclass
class OwnedClock:
    """A clock that stands still until the test moves it. `jump` moves the wall alone."""

    wall: int = NOW
    counter: float = 1000.0

    def now(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.counter

    def pass_time(self, seconds: int) -> None:
        self.wall += seconds
        self.counter += seconds

    def jump(self, seconds: int) -> None:
        self.wall += seconds


def key_word(party: str, purposes: int, **changes: Any) -> KeyWord:
    values: dict[str, Any] = {
        "starts_at": NOW - 1_000_000,
        "ends_at": FOREVER,
        "compromised_since": 0,
        "status_ordinal": 0,
        "purposes": purposes,
        "party_tag": party_tag(party_id(party)),
    }
    return KeyWord(**(values | changes))


@dataclass
class MemoryDirectory:
    """A key directory in memory."""

    keys: dict[Address, KeyWord] = field(default_factory=dict)

    def lookup(self, address: Address) -> KeyWord | None:
        return self.keys.get(address)


def directory() -> MemoryDirectory:
    """Holder, certifier and regulator as `tests.support.bodies` names them."""
    return MemoryDirectory(
        {
            HOLDER_KEY.address: key_word(bodies.HOLDER, Purpose.FOOTPRINT | Purpose.LABELS),
            CERTIFIER_KEY.address: key_word(bodies.CERTIFIER, Purpose.CERTIFICATE),
            REGULATOR_KEY.address: key_word(bodies.REGULATOR, Purpose.RULE),
        }
    )


@dataclass
class MemoryBook:
    """An anchor book in memory."""

    kept: list[Anchor] = field(default_factory=list)

    def anchors(self, first: int = 1) -> Sequence[Anchor]:
        return [anchor for anchor in self.kept if anchor.seq >= first]

    def anchor(self, host: LedgerHost, time: int) -> Anchor:
        size = host.tree.size
        made = Anchor(seq=len(self.kept) + 1, size=size, root=host.tree.root(size), time=time)  # type: ignore[arg-type]
        self.kept.append(made)
        return made


def sign(
    kind: str,
    issuer: str,
    body: dict[str, Any],
    key: MemorySigner,
    *,
    issued_at: int = NOW,
    deployment: Deployment = DEPLOYMENT,
    summary: str | None = None,
) -> dict[str, Any]:
    """A signed statement as a document."""
    text = derive_summary(kind, body) if summary is None else summary
    digest = statement_digest(deployment.domain_separator, kind, issuer, text, sha256(canonicalize(body)), issued_at)
    return {
        "v": 1,
        "kind": kind,
        "issuer": issuer,
        "body": body,
        "issuedAt": issued_at,
        "signer": to_checksum(key.address),
        "signature": "0x" + key.sign_digest(digest).hex(),
    }


def footprint_body(number: int = 0) -> dict[str, Any]:
    """A footprint without an inventory, told apart by its number."""
    body = bodies.body("footprint")
    body["id"] = f"7b3e2f10-6a4c-4d2e-9b1f-{number:012x}"
    del body["extensions"][0]["data"]["upstream"]
    del body["extensions"][0]["data"]["inventory"]
    body["extensions"][0]["data"]["note"] = "made up"
    return body


def footprint(number: int = 0, **options: Any) -> bytes:
    return canonicalize(sign("footprint", bodies.HOLDER, footprint_body(number), HOLDER_KEY, **options))


def footprint_id(number: int = 0) -> bytes:
    return statement_id_from(
        kind="footprint", issuer=bodies.HOLDER, body_hash=sha256(canonicalize(footprint_body(number)))
    )


def certificate_body(number: int = 0, footprint_number: int = 0, **changes: Any) -> dict[str, Any]:
    body = bodies.body("certificate")
    body["number"] = f"TJ-2026-{number:06d}"
    body["footprint"] = "0x" + footprint_id(footprint_number).hex()
    return body | changes


def certificate(number: int = 0, footprint_number: int = 0, **options: Any) -> bytes:
    body = certificate_body(number, footprint_number)
    return canonicalize(sign("certificate", bodies.CERTIFIER, body, CERTIFIER_KEY, **options))


def config(url: str, files: Path, **changes: Any) -> HostConfig:
    values: dict[str, Any] = {
        "url": url,
        "files": files,
        "deployment": DEPLOYMENT,
        "signer": LOG_SIGNER,
        "directory": directory(),
        "anchors": MemoryBook(),
        "clock": OwnedClock(),
    }
    return HostConfig(**(values | changes))
