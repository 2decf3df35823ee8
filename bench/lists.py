"""Public lists over a log with a hundred thousand certificates: what a page costs, and what a fresh process must do first.

One certifier, sixty holders, twenty thousand products, five certificates each. No node and no anchor: each is told as pending, and none is judged.
"""

from __future__ import annotations

import copy
import os
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from bench.harness import Effort, Result
from bench.http import pinned_server
from bench.ingest import place
from bench.listeners import resident_megabytes
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
from verifier.statement import parse_entry, statement_id

CERTIFICATES = 100_000
HOLDERS = 60
PRODUCTS = 20_000
CATEGORIES = ("refrigerator", "steel", "cement", "battery", "glass", "tyre", "paper", "aluminium", "pump", "tv")
_SIGNATURE = "0x" + "11" * 64 + "1b"
_ASKED = 100  # pages of each kind


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `lists-*`. The log is not scaled: the rows are about this many."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    kinds = _pages(effort.of(_ASKED, 20))
    waits: dict[str, list[float]] = {name: [] for name in kinds}
    seen: dict[str, dict[str, float]] = {name: {} for name in kinds}
    resident: list[float] = []
    try:
        with place() as directory:
            url = str(directory / "ledger.sqlite")
            fill(url, CERTIFICATES)
            took = follow(url)
            for _ in range(min(3, effort.runs)):
                with pinned_server("lists", cores[-1], str(directory)) as (port, process):
                    fresh = resident_megabytes(process)
                    first, _ = _asked(port, process, "/")
                    for name, paths in kinds.items():
                        each = [_asked(port, process, path) for path in paths]
                        work = [one for one, _ in each]
                        waits[name].append(median(work))
                        seen[name] = {"most_ms": max(work), "waited_ms": median(waited for _, waited in each)}
                    resident.append(resident_megabytes(process))
            seen["lists-home"] |= {"first_of_a_fresh_process_ms": first, "microseconds_an_entry_taken_in": took}
    finally:
        os.sched_setaffinity(0, set(cores))
    for name, runs in waits.items():
        yield Result(row=name, runs=tuple(runs), seen=seen[name])
    yield Result(row="lists-resident", runs=tuple(resident), seen={"before_the_first_page": fresh})


def _pages(count: int) -> dict[str, list[str]]:
    """Paths by row; no two of a row alike but the front page, so that no cache by page helps."""
    spread = [place * (CERTIFICATES // count) for place in range(count)]
    return {
        "lists-home": ["/"] * count,
        "lists-page": [f"/certificates?before={CERTIFICATES - one}" for one in spread],
        "lists-search": [_search(one) for one in spread],
        "lists-product": [f"/products/{_gtin(one % PRODUCTS)}" for one in spread],
        "lists-party": [f"/parties/{_party(one % HOLDERS)}" for one in range(min(count, HOLDERS))],
        "lists-certifier": [f"/parties/{bodies.CERTIFIER}"] * count,
    }


def _search(number: int) -> str:
    """By turns: a certificate's number, a product's name, words that thousands have, words that nobody has."""
    texts = (f"CF-2026-{number:06d}", f"示例产品 {number % PRODUCTS}", "refrigerator 示例", f"nothing {number}")
    return "/certificates?q=" + quote(texts[number // (CERTIFICATES // 100) % 4])


def _at_work(process: int) -> float:
    """Milliseconds of processor time of all threads so far: a busy machine makes a page wait, not work (proc(5), schedstat)."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in threads) / 1e6


def _asked(port: int, process: int, path: str) -> tuple[float, float]:
    """Milliseconds that the server worked for a page, and that whoever asked waited for it."""
    before, started = _at_work(process), time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        answer.read()
    waited = time.perf_counter() - started
    return _at_work(process) - before, 1000 * waited


def follow(url: str) -> float:
    """Take the whole log into the catalogue; microseconds an entry."""
    reader, store = StoreReader.open(url), CatalogueStore.open(url)
    started = time.perf_counter()
    taken = CatalogueKeeper(reader=reader, writer=store).catch_up()
    store.close()
    reader.close()
    return 1e6 * (time.perf_counter() - started) / taken


def application(directory: Path) -> Any:
    """As `tanji serve --read-only` serves pages, without a node, limits and certificates reviewed ahead."""
    from api.http.app import create_app
    from api.http.compose import ServiceParts, edge_settings, make_service
    from api.pages.mount import page_routers
    from api.pages.parts import page_parts
    from ledger.log.files import TileDirectory
    from ledger.log.tree import TreeReader
    from ledger.services.clocks import SystemClock
    from tests.support.ledger import MemoryBook
    from tests.support.ledger import directory as keys

    files = TileDirectory(directory / "log")
    service = make_service(
        ServiceParts(
            deployment=DEPLOYMENT,
            store=StoreReader.open(str(directory / "ledger.sqlite")),
            tree=TreeReader(files, 0),
            files=files,
            anchors=MemoryBook(),
            directory=keys(),
            clock=SystemClock(),
            edge=edge_settings(reads=0, writes=0, hsts=0),
        )
    )
    return create_app(service, extra=page_routers(page_parts(service)))


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
