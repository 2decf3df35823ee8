"""The rows of `make bench`: what is measured, what it must reach, and which measurement gives it.

One line of issue 2's table may ask for several things; each is a row of its own here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Relation(StrEnum):
    """Which side of the limit is good."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`unit` is the unit of limit and result: `rec` is a share of bare recoveries per second, `H` of FastAPI's hello-world requests, `x` a plain ratio."""

    name: str
    what: str
    relation: Relation
    limit: float
    unit: str

    def reached(self, value: float) -> bool:
        """Whether a result is on the good side."""
        return value >= self.limit if self.relation is Relation.AT_LEAST else value <= self.limit


def _row(name: str, what: str, asked: str, unit: str) -> Row:
    relation, limit = asked.split()
    return Row(name=name, what=what, relation=Relation(relation), limit=float(limit), unit=unit)


# A measurement runs in a process of its own and gives one result for each of its rows.
MEASUREMENTS: Final[dict[str, tuple[str, tuple[Row, ...]]]] = {
    "signature": (
        "bench.signatures:measure",
        (_row("signature", "statement signature check, digest included, one core", ">= 0.80", "rec"),),
    ),
    "verdict": (
        "bench.verdicts:measure",
        (
            _row("verdict", "evidence to verdict, in units of two bare recoveries, one core", "<= 4.5", "x"),
            _row("evidence-size", "evidence at a million entries, besides the bodies", "<= 4", "kB"),
        ),
    ),
    "verdict-processes": (
        "bench.verdicts:measure_processes",
        (_row("verdict-processes", "two processes' verdicts against one's", ">= 1.8", "x"),),
    ),
    "ingest-sqlite": (
        "bench.ingest:measure_sqlite",
        (_row("ingest-sqlite", "durable ingest, SQLite, one process", ">= 0.20", "rec"),),
    ),
    "ingest-sqlite-parallel": (
        "bench.ingest:measure_sqlite_parallel",
        (_row("ingest-sqlite-parallel", "durable ingest, SQLite, parallel checking", ">= 0.33", "rec"),),
    ),
    "ingest-postgres": (
        "bench.ingest:measure_postgres",
        (_row("ingest-postgres", "durable ingest, PostgreSQL, one process", ">= 0.18", "rec"),),
    ),
    "ingest-postgres-parallel": (
        "bench.ingest:measure_postgres_parallel",
        (_row("ingest-postgres-parallel", "durable ingest, PostgreSQL, parallel checking", ">= 0.30", "rec"),),
    ),
    "submissions": (
        "bench.submissions:measure",
        (
            _row("submissions", "single submissions, group commit, 64 waiting clients", ">= 0.15", "rec"),
            _row("submissions-p99", "the same: 99th percentile of the wait", "<= 50", "ms"),
        ),
    ),
    "http": (
        "bench.http:measure",
        (
            _row(
                "http-statements",
                "POST /v1/statements, durable, receipt signed, 64 clients, of hello-world",
                ">= 0.3",
                "H",
            ),
            _row("http-statements-p99", "the same at half that rate: 99th percentile", "<= 40", "ms"),
            _row("http-tiles", "a tile of the log, of hello-world", ">= 0.7", "H"),
        ),
    ),
    "http-pages": (
        "bench.http_pages:measure",
        (
            _row("http-page", "the shopper's page, warm, verdict included, of hello-world", ">= 0.22", "H"),
            _row("http-page-p99", "the same at 200 a second: 99th percentile", "<= 15", "ms"),
            _row("http-evidence", "evidence of final statements, of hello-world", ">= 0.7", "H"),
        ),
    ),
    "http-bulk": (
        "bench.http_bulk:measure",
        (_row("http-bulk", "NDJSON bulk, durable, receipts read, one request", ">= 0.18", "rec"),),
    ),
    "first-load": (
        "bench.first_load:measure",
        (
            _row("first-load-size", "the shopper's page, all that a first visit loads, as it travels", "<= 60", "kB"),
            _row("first-load-trips", "the same: round trips after connecting until the verdict", "<= 1", "trips"),
            _row("first-load-shift", "the same: layout shift in all", "<= 0", "CLS"),
        ),
    ),
    "listeners": (
        "bench.listeners:measure",
        (
            _row(
                "events-listeners-resident",
                "the whole server with 5,000 event-stream listeners, all told",
                "<= 200",
                "MB",
            ),
        ),
    ),
    "lists": (
        "bench.lists:measure",
        (
            _row("lists-home", "front page over 100,000 certificates, processor time", "<= 50", "ms"),
            _row("lists-page", "the same: a page of certificates, anywhere in the list", "<= 50", "ms"),
            _row("lists-search", "the same: a search, by turns for one, five, thousands and none", "<= 50", "ms"),
            _row("lists-product", "the same: a product's page", "<= 50", "ms"),
            _row("lists-party", "the same: a holder's page, of 1,667 certificates", "<= 50", "ms"),
            _row("lists-certifier", "the same: the page of the certifier of all of them", "<= 50", "ms"),
            _row("lists-resident", "the whole server after these pages, started afresh", "<= 200", "MB"),
        ),
    ),
    "merkle": (
        "bench.merkle:measure",
        (
            _row("merkle-append", "Merkle append + integrate, in memory, of bare SHA-256 pairs", ">= 0.55", "x"),
            _row("merkle-peer", "the same, leaf hashing included, against pymerkle", ">= 5", "x"),
            _row("merkle-tiles", "building tile files, of bare SHA-256 pairs", ">= 0.5", "x"),
        ),
    ),
    "big-log": (
        "bench.biglog:measure",
        (
            _row("big-log-proof", "inclusion proof from a 10-million-entry log on disk", "<= 0.5", "ms"),
            _row("big-log-resident", "the same: peak resident memory", "<= 150", "MB"),
            _row("big-log-flat", "the same: memory at 10 M against 1 M", "<= 1.1", "x"),
        ),
    ),
    "tries": (
        "bench.tries:measure",
        (
            _row("tries-cold", "header, three accounts, three storage words, cold", "<= 0.4", "ms"),
            _row("tries-word", "a further storage word", "<= 0.05", "ms"),
        ),
    ),
    "snapshot": (
        "bench.snapshots:measure",
        (
            _row("snapshot-build", "snapshot for 10,000 certificates, built from a local node", "<= 60", "s"),
            _row("snapshot-open", "the same: opened", "<= 0.5", "s"),
            _row("snapshot-nodes", "the same: trie nodes", "<= 4", "MB"),
        ),
    ),
    "cold-start": (
        "bench.coldstart:measure",
        (
            _row("cold-help", "tanji --help, cold start", "<= 0.3", "s"),
            _row("cold-verify", "tanji-verify on one file, cold start", "<= 0.4", "s"),
        ),
    ),
    "labels-issue": (
        "bench.labels_issue:measure",
        (_row("labels-issue", "labels issued and kept, of bare signing, both on two processes", ">= 0.5", "x"),),
    ),
    "labels-print": (
        "bench.labels_issue:measure_printing",
        (
            _row("labels-pdf", "a million labels to a paged PDF, two cores, from 18,000", "<= 900", "s"),
            _row("labels-svg", "a million labels to a ZIP of SVGs, two cores, from 18,000", "<= 900", "s"),
            _row(
                "label-qr",
                "version of a default label's QR code, level M, resolver of 22 characters",
                "<= 9",
                "version",
            ),
        ),
    ),
    "labels-verify": (
        "bench.labels_verify:measure",
        (
            _row("labels-verify", "labels verified from a warm pack, one core", ">= 0.5", "rec"),
            _row("labels-flat", "the same: memory after a million labels against ten thousand", "<= 1.05", "x"),
        ),
    ),
    "labels-verify-two": (
        "bench.labels_verify:measure_processes",
        (_row("labels-verify-two", "labels verified by two processes, of two processes' recoveries", ">= 0.45", "x"),),
    ),
    "labels-ten-million": (
        "bench.labels_long:measure_judged",
        (
            _row(
                "labels-ten-million",
                "memory after ten million distinct labels judged against ten thousand",
                "<= 1.05",
                "x",
            ),
        ),
    ),
    "labels-print-million": (
        "bench.labels_long:measure_printed",
        (
            _row(
                "labels-pdf-million", "a million labels to a paged PDF: memory, most ever against early", "<= 1.1", "x"
            ),
            _row(
                "labels-svg-million",
                "a million labels to a ZIP of SVGs: memory, most ever against early",
                "<= 1.1",
                "x",
            ),
        ),
    ),
    "bulk": (
        "bench.bulk:measure",
        (
            _row("bulk", "a table of labels to its report, of all processes' processor time", ">= 0.40", "rec"),
            _row("bulk-flat", "the same: memory at seven times the lines", "<= 1.2", "x"),
        ),
    ),
    "packs": (
        "bench.packs:measure",
        (
            _row("pack-size", "pack of 10,000 certificates", "<= 25", "MB"),
            _row("pack-open", "the same: opened", "<= 1", "s"),
            _row("pack-delta", "delta of a day with 1 % change", "<= 2", "MB"),
            _row("label-warm", "one label by a warm pack", "<= 0.2", "ms"),
        ),
    ),
    "browser": (
        "bench.browser:measure",
        (
            _row("browser-first", "a label's verdict in a fresh page of headless Chromium", "<= 300", "ms"),
            _row("browser-warm", "the same after others", "<= 300", "ms"),
            _row("browser-size", "the browser's verifier as it travels", "<= 45", "kB"),
        ),
    ),
}

# Measured only when named with --only: each may take hours on a busy machine, and is about memory.
LONG: Final = frozenset({"labels-ten-million", "labels-print-million"})
