"""Public lists over a log with a hundred thousand certificates: what a page costs, and what a fresh process must do first."""

from __future__ import annotations

import copy
from typing import Any

from ledger.domain.entries import Sequenced
from ledger.store.writer import StoreWriter
from tests.support import bodies
from tests.support.ledger import DEPLOYMENT, LOG_SIGNER, NOW
from verifier.canonical import canonicalize
from verifier.hashing import sha256
from verifier.merkle import leaf_hash
from verifier.statement import parse_entry, statement_id

CERTIFICATES = 100_000
HOLDERS = 60
PRODUCTS = 20_000
CATEGORIES = ("refrigerator", "steel", "cement", "battery", "glass", "tyre", "paper", "aluminium", "pump", "tv")
_SIGNATURE = "0x" + "11" * 64 + "1b"


def certificate_entry(number: int) -> bytes:
    """Entry bytes of a certificate like no other; its signature is of the right form only."""
    body: dict[str, Any] = copy.deepcopy(bodies.GENUINE["certificate"])
    body["number"] = f"CF-2026-{number:06d}"
    body["holder"] = _party(number % HOLDERS)
    body["category"] = f"urn:pact:tanji.example:category:{CATEGORIES[number % len(CATEGORIES)]}"
    body["products"] = [
        {**body["products"][0], "gtin": _gtin(number % PRODUCTS), "name": f"示例产品 {number % PRODUCTS}"}
    ]
    entry = {
        "v": 1,
        "kind": "certificate",
        "issuer": bodies.CERTIFIER,
        "body": body,
        "bodyHash": "0x" + sha256(canonicalize(body)).hex(),
        "summaryHash": "0x" + "22" * 32,
        "issuedAt": NOW,
        "signer": bodies.LABEL_KEY,
        "signature": _SIGNATURE,
    }
    return canonicalize(entry)


def _gtin(number: int) -> str:
    digits = f"0690{number:09d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def _party(number: int) -> str:
    """A USCC of the right form (GB 32100)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    code = f"91210100MA{number:07d}"
    total = sum(alphabet.index(char) * pow(3, place, 31) for place, char in enumerate(code))
    return "uscc:" + code + alphabet[-total % 31]


def fill(url: str, count: int) -> None:
    """A store with `count` certificates."""
    writer = StoreWriter.open(url, origin=DEPLOYMENT.origin)
    try:
        for first in range(0, count, 2_000):
            writer.append([_sequenced(index) for index in range(first, min(count, first + 2_000))], ())
    finally:
        writer.close()


def _sequenced(index: int) -> Sequenced:
    data = certificate_entry(index)
    return Sequenced(
        index=index,
        statement_id=statement_id(parse_entry(data)),
        leaf_hash=leaf_hash(data),
        entry=data,
        received_at=NOW,
        anchor_by=NOW + 3_600,
        log_key=LOG_SIGNER.public_key,
        receipt_signature=bytes(64),
    )
