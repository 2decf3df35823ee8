"""Thousands of labels of one genuine certificate, and five kinds of forgeries among them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from tests.support.labels import Batch, label_story, label_text, publish_labels, serial_of
from tests.support.world import DEPLOYMENT, Story
from verifier.evidence import serialize_evidence
from verifier.pack.content import ContentBuilder
from verifier.pack.writer import serialize_pack
from verifier.snapshot import Snapshot
from verifier.trust import Trust

FIRST, COUNT, QUOTA = 10, 30_000, 40_000
OTHER_GTIN = "06901234567991"
FORGERIES = ("stranger", "altered", "other-product", "beyond-issued", "beyond-quota")


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A certificate with its labels statement, and what it takes to judge its labels."""

    certificate: bytes
    evidence: bytes
    pack: bytes
    snapshot: Snapshot
    trusted: Trust


@cache
def market() -> Market:
    """One certificate with a quota of QUOTA and COUNT labels issued; the batch's root is that of no tree: bulk has no leaves."""

    def more(story: Story) -> None:
        story.bodies["certificate"]["quota"] = QUOTA

    story = label_story(more)
    batch = Batch()
    batch.body |= {"first": FIRST, "count": COUNT, "root": "0x" + "5a" * 32}
    publish_labels(story, batch)
    evidence = replace(story.evidence(), labels=story.item("labels"))
    case = story.case()
    builder = ContentBuilder(DEPLOYMENT.origin)
    builder.add(evidence)
    return Market(
        pack=serialize_pack(builder.build(case.snapshot)),
        certificate=story.id("certificate"),
        evidence=serialize_evidence(evidence),
        snapshot=case.snapshot,
        trusted=case.trusted,
    )


def genuine(index: int, salt: str = "") -> str:
    return label_text(market().certificate, serial_of(index, salt))


def forged(kind: str, index: int) -> str:
    """A label that is wrong in one way."""
    certificate = market().certificate
    if kind == "stranger":  # signed by a key that is not the batch's
        return label_text(certificate, serial_of(index, kind), key="mallory")
    if kind == "altered":  # a genuine signature under another serial
        good = genuine(index)
        serial = serial_of(index)
        return good.replace(serial, serial[:-1] + ("0" if serial[-1] != "0" else "1"))
    if kind == "other-product":
        return label_text(certificate, serial_of(index, kind), gtin=OTHER_GTIN)
    if kind == "beyond-issued":
        return label_text(certificate, serial_of(FIRST + COUNT + index % 100, str(index)))
    return label_text(certificate, serial_of(QUOTA + index % 100, str(index)))


def unknown_certificate(index: int) -> str:
    """Properly made, for a certificate that nobody here has."""
    return label_text(b"\xc0" * 32, serial_of(index))


def mixed(count: int, seed: int = 3) -> Iterator[tuple[str, str]]:
    """(kind, label): nine in ten genuine, all different, the rest forged."""
    dice = random.Random(seed)
    for number in range(count):
        index = FIRST + number % COUNT
        if dice.random() < 0.9:
            yield "genuine", genuine(index)
        else:
            kind = dice.choice(FORGERIES)
            yield kind, forged(kind, index)
