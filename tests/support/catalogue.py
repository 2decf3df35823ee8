"""Logs of every kind of entry, honest or not, with what the catalogue must say of each; and a keeper that runs as a process.

python -m tests.support.catalogue URL STEP     keep the catalogue until it is level with the log
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ledger.domain.entries import Sequenced
from ledger.services.catalogue import CatalogueKeeper
from ledger.store.catalogue_writer import CatalogueStore
from ledger.store.reader import StoreReader
from ledger.store.writer import StoreWriter
from tests.support import bodies
from tests.support.ledger import DEPLOYMENT, LOG_SIGNER, NOW
from verifier.canonical import canonicalize
from verifier.hashing import sha256
from verifier.merkle import leaf_hash
from verifier.statement import subject_of_number

GTINS = ("06901234567892", "00000000000000")
GMN = "1987654Ad4X4bL5ttr2310c2K"
OTHER = "uscc:91350100M000100Y43"
PUBLIC = ("certificate", "labels", "rule")


@dataclass(frozen=True)
class Said:
    """Entry bytes, the statement's id, and what is true of them: kind and issuer as listed, the body if it counts."""

    data: bytes
    statement: bytes
    kind: str = ""
    issuer: str = ""
    body: dict[str, Any] | None = None


def said(kind: str, issuer: str, body: dict[str, Any], *, counts: bool = True, signature: int = 0x11) -> Said:
    """An entry as an honest log has it, but for its signature."""
    digest = sha256(canonicalize(body))
    document: dict[str, Any] = {
        "v": 1,
        "kind": kind,
        "issuer": issuer,
        "bodyHash": "0x" + digest.hex(),
        "summaryHash": "0x" + "22" * 32,
        "issuedAt": NOW,
        "signer": bodies.LABEL_KEY,
        "signature": "0x" + f"{signature:02x}" * 64 + "1b",
    }
    if kind in PUBLIC:
        document["body"] = body
    name = sha256(f"{kind} {issuer} {digest.hex()}".encode())
    return Said(canonicalize(document), name, kind, issuer, body if counts and kind in PUBLIC else None)


def certificate(number: str, *, issuer: str = bodies.CERTIFIER, signature: int = 0x11, **changes: Any) -> Said:
    return said("certificate", issuer, bodies.body("certificate") | {"number": number} | changes, signature=signature)


def labels(certificate_id: bytes, first: int, count: int, *, signature: int = 0x11, **changes: Any) -> Said:
    body = bodies.body("labels") | {"certificate": "0x" + certificate_id.hex(), "first": first, "count": count}
    return said("labels", bodies.HOLDER, body | changes, signature=signature)


def product(gtin: str | None, name: str, *, gmn: str | None = None, model: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name} | ({"gtin": gtin} if gtin else {"gmn": gmn})
    return made | ({"model": model} if model else {})


def dishonest() -> list[Said]:
    """What no sequencer lets in: nothing of it may stop the catalogue."""
    broken = bodies.body("certificate")
    del broken["holder"]
    raw = [
        b"",
        b"\xff\x00",
        b"{}",
        b"[]",
        b"7",
        b'{"kind":1,"issuer":"x"}',
        b'{"kind":"certificate"}',
        b'{"kind":"certificate","issuer":null,"body":{}}',
        b'{"kind":"\\u0000","issuer":"x"}',
        b'{"kind":"\\ud800","issuer":"x"}',
        b'{"kind":"certificate","issuer":"a\\nb","body":{}}',
        b'{"kind":"' + b"k" * 60_000 + b'","issuer":"x"}',
        b"[" * 60_000,
        b'{"kind":"certificate","issuer":"x","body":' + b"[" * 900 + b"]" * 900 + b"}",
    ]
    odd = [Said(data, sha256(b"odd" + data)) for data in raw[:-1]]
    odd.append(Said(raw[-1], sha256(b"odd" + raw[-1]), "certificate", "x"))
    return [
        *odd,
        Said(b'{"kind":"certificate","issuer":"x"}', sha256(b"no body"), "certificate", "x"),
        said("certificate", bodies.CERTIFIER, broken, counts=False),
        said("labels", bodies.HOLDER, bodies.body("labels") | {"count": 0}, counts=False),
        certificate("SELF-1", issuer=bodies.HOLDER),  # a certificate of its own holder
    ]


def everything() -> list[Said]:
    """A log with every case: signed again, submitted again, several products, labels, dishonest entries."""
    first = certificate("TJ-1", products=[product(GTINS[0], "电冰箱 Großer 100%_a\\b 'x'", model="BCD-500")])
    second = certificate(
        "TJ-2",
        holder=OTHER,
        products=[product(GTINS[1], "洗衣机"), product(None, "泵 Pump", gmn=GMN)],
        category="urn:pact:tanji.example:category:pump",
    )
    batch = labels(first.statement, 0, 10)
    return [
        said("footprint", bodies.HOLDER, {"n": 1}),
        first,
        second,
        batch,
        certificate("TJ-1", signature=0x33, products=first.body["products"]),  # type: ignore[index]  # signed again
        labels(first.statement, 10, 5),
        labels(first.statement, 0, 10, signature=0x33),
        *dishonest(),
        second,  # submitted again
        said("rule", bodies.REGULATOR, bodies.body("rule")),
        said("greeting", bodies.HOLDER, {"hello": "x"}),
        certificate("TJ-3"),
    ]


def append(url: str, said_in_order: Sequence[Said]) -> None:
    """Write entries as the sequencer would, whatever they are."""
    writer = StoreWriter.open(url, origin=DEPLOYMENT.origin, wait=30.0)
    try:
        reader = StoreReader.open(url)
        size = reader.size()
        reader.close()
        writer.append(sequenced(said_in_order, size), ())
    finally:
        writer.close()


def sequenced(said_in_order: Iterable[Said], first: int = 0) -> list[Sequenced]:
    return [
        Sequenced(
            index=index,
            statement_id=one.statement,  # type: ignore[arg-type]
            leaf_hash=leaf_hash(one.data),
            entry=one.data,
            received_at=NOW,
            anchor_by=NOW + 3_600,
            log_key=LOG_SIGNER.public_key,
            receipt_signature=bytes(64),
        )
        for index, one in enumerate(said_in_order, first)
    ]


@dataclass
class Naive:
    """The catalogue derived in the plainest way, from what the tests know of each entry."""

    log: Sequence[Said]

    def places(self, kind: str | None, issuer: str | None) -> list[int]:
        return [
            index
            for index, one in enumerate(self.log)
            if kind in (None, one.kind) and issuer in (None, one.issuer)
        ]  # fmt: skip

    def firsts(self, kind: str) -> dict[int, Said]:
        found: dict[int, Said] = {}
        seen: set[bytes] = set()
        for index, one in enumerate(self.log):
            if one.kind == kind and one.body is not None and one.statement not in seen:
                seen.add(one.statement)
                found[index] = one
        return found

    def products(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index, one in self.firsts("certificate").items():
            for item in one.body["products"]:  # type: ignore[index]
                found.setdefault(item.get("gtin") or "8013:" + item["gmn"], []).append(index)
        return found

    def parties(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for one in self.firsts("certificate").values():
            issued, held = found.get(one.issuer, (0, 0))
            found[one.issuer] = (issued + 1, held)
            holder = one.body["holder"]  # type: ignore[index]
            issued, held = found.get(holder, (0, 0))
            found[holder] = (issued, held + 1)
        return found

    def labels(self) -> dict[bytes, int]:
        found: dict[bytes, int] = {}
        for one in self.firsts("labels").values():
            certificate_id = bytes.fromhex(one.body["certificate"][2:])  # type: ignore[index]
            found[certificate_id] = found.get(certificate_id, 0) + one.body["count"]  # type: ignore[index]
        return found

    def search(self, *words: str) -> list[int]:
        def fits(one: Said) -> bool:
            body: dict[str, Any] = one.body or {}
            named = [text for item in body["products"] for key, text in item.items() if key != "plants"]
            texts = [body["number"], one.issuer, body["holder"], body["category"], *named]
            return all(any(word.casefold() in text.casefold() for text in texts) for word in words)

        return sorted((index for index, one in self.firsts("certificate").items() if fits(one)), reverse=True)

    def listed(self) -> list[tuple[Any, ...]]:
        return [
            (
                index, one.statement, one.issuer, subject_of_number(one.issuer, one.body["number"]),  # type: ignore[index]
                one.body["category"], one.body["validFrom"], one.body["validUntil"],  # type: ignore[index]
            )
            for index, one in self.firsts("certificate").items()
        ]  # fmt: skip


def keeper_of(url: str) -> CatalogueKeeper:
    """A keeper over connections of its own, which live as long as the test."""
    return CatalogueKeeper(reader=StoreReader.open(url), writer=CatalogueStore.open(url))


def main() -> None:
    url, step = sys.argv[1:]
    keeper = keeper_of(url)
    while True:
        try:
            if not keeper.step(int(step)):
                return
        except Exception as error:
            if getattr(error, "code", "") != "store.unavailable":
                raise


if __name__ == "__main__":
    main()
