"""What a log entry says about issued labels, unreadable entries included."""

from __future__ import annotations

import pytest

from ledger.services.label_quota import read_labels_entry
from tests.support.labels import genuine_label
from verifier.canonical import canonicalize
from verifier.evidence import parse_evidence
from verifier.statement import entry_bytes
from verifier.summary import derive_summary, hash_summary


def labels_entry() -> bytes:
    item = parse_evidence(canonicalize(genuine_label().document)).labels
    assert item is not None
    said = item.statement
    return entry_bytes(said, hash_summary(derive_summary(said.kind, said.body, "/body")))


def test_a_labels_entry_is_read() -> None:
    read = read_labels_entry(labels_entry())
    assert read is not None
    assert read[0].kind == "labels"
    assert read[1].count > 0


@pytest.mark.parametrize("damage", [b"", b"{}", b"not JSON", b'{"kind":"labels"}'])
def test_an_entry_nobody_can_read_issues_nothing(damage: bytes) -> None:
    assert read_labels_entry(damage) is None


def test_a_labels_entry_with_a_broken_body_issues_nothing() -> None:
    assert read_labels_entry(labels_entry().replace(b'"count":', b'"coun7":')) is None
