"""Labels at submission: whose, for what, how many, and no index twice (attacks F04, F11)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger.domain.errors import SubmissionRefusedError
from ledger.services.host import LedgerHost
from ledger.services.ingest import Refusal
from tests.support import bodies
from tests.support.ledger import (
    HOLDER_KEY,
    STRANGER_KEY,
    certificate,
    certificate_body,
    config,
    directory,
    footprint,
    key_word,
    sign,
)  # fmt: skip
from verifier.canonical import canonicalize
from verifier.contracts import Purpose
from verifier.encoding import to_hex
from verifier.hashing import sha256
from verifier.receipt import Receipt
from verifier.statement import statement_id_from

STRANGER = "uscc:91110000MA0R0EXAMB"
QUOTA = certificate_body()["quota"]


def certificate_id() -> str:
    body_hash = sha256(canonicalize(certificate_body()))
    return to_hex(statement_id_from(kind="certificate", issuer=bodies.CERTIFIER, body_hash=body_hash))


def labels(first: int, count: int, *, issuer: str = bodies.HOLDER, key: Any = HOLDER_KEY, **changes: Any) -> bytes:
    body = bodies.body("labels") | {"certificate": certificate_id(), "first": first, "count": count} | changes
    return canonicalize(sign("labels", issuer, body, key))


@pytest.fixture
def host(tmp_path: Path) -> Any:
    keys = directory()
    keys.keys[STRANGER_KEY.address] = key_word(STRANGER, Purpose.LABELS)
    opened = LedgerHost.open(config(f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "log", directory=keys))
    yield opened
    opened.close()


def outcomes(host: LedgerHost, *statements: bytes) -> list[str]:
    return [
        "taken" if isinstance(one, Receipt) else f"{one.error.field} {one.error.rule}"  # type: ignore[attr-defined]
        for one in host.ingest(statements)
    ]


def test_ranges_side_by_side_fill_the_quota_and_no_more(host: LedgerHost) -> None:
    host_answers = outcomes(host, footprint(), certificate(), labels(0, 500), labels(500, QUOTA - 500))
    assert host_answers == ["taken"] * 4
    assert outcomes(host, labels(QUOTA, 1)) == ["/body/count beyond-quota"]


def test_an_index_is_taken_once_within_a_batch_and_across(host: LedgerHost) -> None:
    assert outcomes(host, footprint(), certificate(), labels(0, 500), labels(499, 10)) == [
        "taken", "taken", "taken", "/body/first index-taken",
    ]  # fmt: skip
    refused = [one for one in host.ingest([labels(100, 1)]) if isinstance(one, Refusal)]
    assert isinstance(refused[0].error, SubmissionRefusedError)
    assert "100..100 meets 0..499" in str(refused[0].error)
    assert outcomes(host, labels(500, 10)) == ["taken"]


def test_the_same_statement_again_is_the_same_statement(host: LedgerHost) -> None:
    outcomes(host, footprint(), certificate(), labels(0, QUOTA))
    assert outcomes(host, labels(0, QUOTA)) == ["taken"]
    assert host.reader.size() == 3


def test_a_log_read_again_knows_what_was_issued(host: LedgerHost, tmp_path: Path) -> None:
    outcomes(host, footprint(), certificate(), labels(0, 500))
    host.close()
    again = LedgerHost.open(config(f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "log"))
    assert outcomes(again, labels(0, 1, batch="other")) == ["/body/first index-taken"]
    again.close()


def test_labels_of_a_stranger_or_for_another_product(host: LedgerHost) -> None:
    stranger = labels(0, 1, issuer=STRANGER, key=STRANGER_KEY)
    other = labels(0, 1, gtin="06901234567908")
    answers = outcomes(host, footprint(), certificate(), stranger, other, labels(0, 1))
    assert answers[2:] == ["/issuer differs", "/body/gtin differs", "taken"]


def test_a_stranger_before_the_certificate_takes_nothing_from_the_holder(host: LedgerHost) -> None:
    stranger = labels(0, QUOTA, issuer=STRANGER, key=STRANGER_KEY)
    assert outcomes(host, stranger, footprint(), certificate(), labels(0, QUOTA)) == ["taken"] * 4


def test_what_was_refused_for_another_reason_blocks_nothing(host: LedgerHost) -> None:
    """Both are checked in one batch; only what is let in may take indexes."""
    assert outcomes(host, footprint(), certificate(), labels(0, QUOTA + 1), labels(0, QUOTA))[2:] == [
        "/body/count beyond-quota", "taken",
    ]  # fmt: skip
