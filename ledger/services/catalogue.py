"""Projecting entries into the catalogue, and comparing the two.

The catalogue is a pure function of the stored entries, taken in by the writer's process after the tree. A list that lags, or lies, misleads
nobody about a certificate: its own page has a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from ledger.domain.catalogue import CataloguedBatch, CataloguedCertificate, CataloguedEntry, CatalogueStep
from ledger.domain.entries import Sequenced
from ledger.domain.findings import Finding, FindingCode
from ledger.ports.catalogue import CatalogueRows, CatalogueWriter
from ledger.ports.store import LedgerReader
from verifier.bodies import Certificate, parse_certificate, parse_labels
from verifier.errors import MalformedError
from verifier.statement import subject_of_number

_LONGEST: Final = 100  # of kind and issuer together, which are shorter; PostgreSQL indexes no text of any length
COMPARED: Final = 1_000  # entries compared at once
_END: Final = 2**62
STEP: Final = 200  # entries in one transaction: on SQLite, submissions wait for it


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueKeeper:
    """Keeps the catalogue up to the store. Several threads and processes cannot harm it."""

    reader: LedgerReader
    writer: CatalogueWriter

    def catch_up(self, most: int | None = None) -> int:
        """Take in what is new, or forget what is to be forgotten, at most `most` entries in this call; how many there were.

        Every step says where it began, and none is taken twice, so that it does not matter who else is at it. Raises the store's errors.
        """
        done = 0
        while most is None or done < most:
            took = self.step(STEP if most is None else min(STEP, most - done))
            if took == 0:
                break
            done += took
        return done

    def step(self, most: int = STEP) -> int:
        """One transaction of it, or none when there is nothing to do; how many entries it was about. Raises the store's errors."""
        state = self.writer.state()
        if state.clearing:
            if cut := self.writer.cut(most):
                return cut
            state = self.writer.state()
        upto = min(self.reader.size(), state.size + most)
        if upto <= state.size:
            return 0
        self.writer.add(step_of(self.reader, state.size, upto))
        return upto - state.size

    def start_over(self) -> int:
        """Have everything forgotten: the next steps, of this process or another, cut and then derive anew; gives 0. Raises the store's errors."""
        self.writer.start_clearing()
        return 0


def step_of(reader: LedgerReader, first: int, upto: int) -> CatalogueStep:
    """What entries first..upto−1 give."""
    entries = reader.entries(first, upto)
    read = [(entry, _read(entry)) for entry in entries]
    certificates = [
        _certificate(entry, found.issuer, found.body) for entry, found in read if found.kind == "certificate"
    ]
    batches = [_batch(entry, found.body) for entry, found in read if found.kind == "labels"]
    return CatalogueStep(
        first=first,
        upto=upto,
        entries=tuple(CataloguedEntry(entry.index, found.kind, found.issuer) for entry, found in read),
        certificates=tuple(one for one in certificates if one is not None),
        batches=tuple(one for one in batches if one is not None),
    )


class _Read(NamedTuple):
    kind: str
    issuer: str
    body: object


def _read(entry: Sequenced) -> _Read:
    """Kind, issuer and body as stored. The bytes were parsed strictly before they were logged; fsck does it again."""
    try:
        document = orjson.loads(entry.entry)
        kind, issuer = document["kind"], document["issuer"]
    except (ValueError, TypeError, KeyError):
        return _Read("", "", None)  # a dishonest log holds anything
    if not isinstance(kind, str) or not isinstance(issuer, str):
        return _Read("", "", None)
    if len(kind) + len(issuer) > _LONGEST or not (kind + issuer).isprintable():
        return _Read("", "", None)
    return _Read(kind, issuer, document.get("body"))


def _certificate(entry: Sequenced, issuer: str, body: object) -> CataloguedCertificate | None:
    try:
        certificate = parse_certificate(body)  # type: ignore[arg-type]  # refuses what is no JSON object
    except MalformedError:
        return None  # no verdict would hold of it either
    return CataloguedCertificate(
        leaf_index=entry.index,
        statement=entry.statement_id,
        issuer=issuer,
        holder=certificate.holder,
        number=certificate.number,
        subject=subject_of_number(issuer, certificate.number),
        category=certificate.category,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        products=tuple(dict.fromkeys(product_keys(certificate))),
        terms=search_terms(issuer, certificate),
    )


def _batch(entry: Sequenced, body: object) -> CataloguedBatch | None:
    try:
        labels = parse_labels(body)  # type: ignore[arg-type]  # the same
    except MalformedError:
        return None
    return CataloguedBatch(entry.index, entry.statement_id, labels.certificate, labels.count)


def product_keys(certificate: Certificate) -> Iterator[str]:
    """How lists name the products: the GTIN, or `8013:` and the GMN."""
    return (product.gtin or f"8013:{product.gmn}" for product in certificate.products)


def search_terms(issuer: str, certificate: Certificate) -> str:
    """What a search looks through."""
    parts = [certificate.number, issuer, certificate.holder, certificate.category]
    for product in certificate.products:
        parts += [product.name, product.model or "", product.gtin or "", product.gmn or ""]
    return "\n".join(parts).casefold().replace("\0", "")  # which PostgreSQL keeps in no text


def compare_catalogue(reader: LedgerReader, rows: CatalogueRows, report: Callable[[Finding], None]) -> int:
    """Derive the catalogue again and report every step that differs; how many entries were compared.

    What the catalogue has not taken in yet is no finding: the next writer does it. While it is being cleared, nothing is compared.
    Raises the store's errors.
    """
    at, (size, clearing) = 0, rows.state()
    if clearing:
        return 0
    # A statement counts at its first entry: later ones of the same id are in no row.
    seen: set[bytes] = set()
    while at < size:
        upto = min(size, at + COMPARED)
        due = step_of(reader, at, upto)
        certificates = [one for one in due.certificates if _is_first(one.statement, seen)]
        batches = [one for one in due.batches if _is_first(one.statement, seen)]
        if _rows_of(due.entries, certificates, batches) != _rows_there(rows, at, upto):
            report(_differs(f"{at}..{upto - 1}"))
        at = upto
    beyond = _rows_there(rows, size, _END)
    if any(beyond) and rows.state() == (size, 0):
        report(_differs(f"beyond {size}"))
    return size


def _rows_of(
    entries: Sequence[CataloguedEntry],
    certificates: Sequence[CataloguedCertificate],
    batches: Sequence[CataloguedBatch],
) -> tuple[object, ...]:
    """What the tables should hold."""
    return (
        list(entries),
        list(certificates),
        {(one.leaf_index, product) for one in certificates for product in one.products},
        {(one.leaf_index, *party) for one in certificates for party in one.parties},
        list(batches),
    )


def _rows_there(rows: CatalogueRows, first: int, upto: int) -> tuple[object, ...]:
    """What they do hold."""
    return (
        list(rows.entries(first, upto)),
        list(rows.certificates(first, upto)),
        rows.product_places(first, upto),
        rows.party_places(first, upto),
        list(rows.batches(first, upto)),
    )


def _is_first(statement: bytes, seen: set[bytes]) -> bool:
    if statement in seen:
        return False
    seen.add(statement)
    return True


def _differs(place: str) -> Finding:
    detail = "lists do not say what the entries say: derive them again with `tanji operator catalogue --rebuild`"
    return Finding(code=FindingCode.CATALOGUE_DIFFERS, place=f"catalogue {place}", detail=detail)
