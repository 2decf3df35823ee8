"""Genuine signed statements for tests: bodies of tests.support.bodies, signed by fixed keys under one domain."""

from __future__ import annotations

from typing import Any

from coincurve import PrivateKey

from tests.support.bodies import CERTIFIER, HOLDER, REGULATOR, body
from verifier.eip712 import domain_separator, statement_digest
from verifier.hashing import keccak256, sha256
from verifier.signature import parse_address, to_checksum
from verifier.statement import Statement, parse_statement
from verifier.summary import derive_summary

CHAIN_ID = 31337
ANCHOR_LOG = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SEPARATOR = domain_separator(CHAIN_ID, parse_address(ANCHOR_LOG, ""))
ISSUED_AT = 1_775_000_100
ISSUERS = {"footprint": HOLDER, "labels": HOLDER, "certificate": CERTIFIER, "rule": REGULATOR}


def key(name: str) -> PrivateKey:
    """A fixed test key per name."""
    return PrivateKey(sha256(b"tanji test key " + name.encode()))


def address(private: PrivateKey) -> str:
    """EIP-55 address of a key."""
    return to_checksum(keccak256(private.public_key.format(compressed=False)[1:])[12:])


def sign(private: PrivateKey, digest: bytes) -> str:
    """65 bytes r‖s‖v as 0x-hex; libsecp256k1 signs low-s."""
    raw = private.sign_recoverable(digest, hasher=None)
    return "0x" + (raw[:64] + bytes([raw[64] + 27])).hex()


def document(kind: str, made: dict[str, Any] | None = None, /, **changes: Any) -> dict[str, Any]:
    """A signed statement document of `kind`; `changes` replace top-level members after signing."""
    content = body(kind) if made is None else made
    issuer = ISSUERS.get(kind, HOLDER)
    private = key(issuer)
    unsigned = {
        "v": 1,
        "kind": kind,
        "issuer": issuer,
        "body": content,
        "issuedAt": ISSUED_AT,
        "signer": address(private),
        "signature": "0x",
    }
    parsed = parse_statement(unsigned)
    digest = statement_digest(
        SEPARATOR, kind, issuer, derive_summary(kind, parsed.body), parsed.body_hash, parsed.issued_at
    )
    return {**unsigned, "signature": sign(private, digest), **changes}


def statement(kind: str, made: dict[str, Any] | None = None) -> Statement:
    """The same, parsed."""
    return parse_statement(document(kind, made))
