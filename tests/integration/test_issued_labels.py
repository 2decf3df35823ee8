"""Labels that our commands issue are authentic to the verifier, leaf and path included, in every granularity."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.labels.batch import Batch
from ledger.labels.issue import IssuePolicy, begin, body_of, make
from ledger.labels.leaves import LeafTable
from ledger.labels.plan import Order
from tests.support import labels as logged
from tests.support.bodies import GTIN, HOLDER
from tests.support.world import DEPLOYMENT, Case, Story, address_of, sign_digest
from verifier.bodies import parse_certificate
from verifier.canonical import canonicalize
from verifier.contracts import Purpose
from verifier.encoding import to_base64url
from verifier.evidence import item_document, serialize_evidence
from verifier.label import parse_label
from verifier.types import Address, Digest


class LabelKey:
    """The label key of the story's world."""

    @property
    def address(self) -> Address:
        return Address(address_of("label-key"))

    def sign_digest(self, digest: Digest) -> bytes:
        return sign_digest("label-key", digest)


GMN = "1987654Ad4X4bL5ttr2310c2K"


def issued(
    folder: Path, granularity: str, count: int, gmn: str | None = None, gtin: str | None = GTIN
) -> tuple[Story, Batch]:
    def change(story: Story) -> None:
        story.bodies["certificate"]["granularity"] = granularity
        if gmn is not None:
            story.world.grant(HOLDER, Purpose.LABELS, f"gs1:{gmn[:7]}")
            if gtin is None:
                story.bodies["certificate"]["products"].clear()
            story.bodies["certificate"]["products"].append({"gmn": gmn, "name": "示例冰箱"})
            story.bodies["footprint"]["productIds"].append(f"urn:gmn:{gmn}")

    story = logged.label_story(change)
    certificate = parse_certificate(story.bodies["certificate"])
    order = Order(
        certificate_id=story.id("certificate"), certificate=certificate, gtin=gtin, batch="L-7", count=count, gmn=gmn
    )
    batch = begin(
        folder,
        order,
        b"{}",
        known=(),
        label_key=LabelKey(),
        separator=DEPLOYMENT.domain_separator,
        resolver="id.example.cn",
    )
    make(batch, LabelKey(), b"x", policy=IssuePolicy(scrypt_n=2))
    logged.publish_labels(story, logged.Batch(body=dict(body_of(batch))))
    return story, batch


def case_of(story: Story, batch: Batch, position: int) -> Case:
    with batch.rows.open(newline="") as file:
        url = list(csv.reader(file))[1 + position][3]
    label = parse_label(url)
    with LeafTable.open(batch.leaves, root=batch.root()) as table:
        evidence = table.evidence(label.signed_serial, batch.plan.first + position)
    assert evidence is not None
    document: dict[str, Any] = json.loads(serialize_evidence(story.evidence()))
    document["labels"] = json.loads(canonicalize(item_document(story.item("labels"))))
    document["label"] = {"text": url, "leaf": evidence.leaf, "path": to_base64url(b"".join(evidence.path))}
    case = story.case()
    case.document = document
    return case


@pytest.mark.parametrize(
    ("granularity", "count", "gmn", "gtin"),
    [
        ("item", 7, None, GTIN),
        ("batch", 1, None, GTIN),
        ("model", 1, None, GTIN),
        ("model", 1, GMN, GTIN),
        ("model", 1, GMN, None),
    ],
)
def test_authentic(tmp_path: Path, granularity: str, count: int, gmn: str | None, gtin: str | None) -> None:
    story, batch = issued(tmp_path, granularity, count, gmn, gtin)
    for position in {0, count // 2, count - 1}:
        verdict = case_of(story, batch, position).verdict()
        assert verdict.outcome.value == "authentic", verdict
        checks = {check.id: check.outcome.value for check in verdict.checks}
        assert checks["label.issued"] == checks["label.quota"] == checks["label.signature"] == "passed"


def test_another_labels_leaf_is_not_this_ones(tmp_path: Path) -> None:
    story, batch = issued(tmp_path, "item", 7)
    case = case_of(story, batch, 3)
    case.document["label"]["leaf"] = case_of(story, batch, 4).document["label"]["leaf"]
    verdict = case.verdict()
    assert verdict.outcome.value == "rejected"
    assert {check.id for check in verdict.checks if check.outcome.value == "failed"} == {"label.issued"}
