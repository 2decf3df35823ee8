"""Broken promises (P5, C11): portable proof, and what does not amount to one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.world import CERTIFIED_AT, DAY, DEPLOYMENT, Story, trust_in
from verifier.evidence import Item
from verifier.promise import (
    BrokenPromise,
    Finding,
    check_broken_promise,
    parse_broken_promise,
    serialize_broken_promise,
)
from verifier.receipt import Receipt, receipt_signing_bytes
from verifier.state import ChainView, open_view
from verifier.trust import NoTrustedBlock
from verifier.types import LeafHash, StatementId

LOG = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG_KEY = LOG.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
ANCHOR_BY = CERTIFIED_AT + DAY


def receipt(
    index: int, *, leaf: bytes = b"\5" * 32, anchor_by: int = ANCHOR_BY, origin: str = DEPLOYMENT.origin
) -> Receipt:
    said = {"origin": origin, "id": StatementId(b"\4" * 32), "leaf_hash": LeafHash(leaf), "index": index,
            "anchor_by": anchor_by}  # fmt: skip
    return Receipt(**said, key=LOG_KEY, signature=LOG.sign(receipt_signing_bytes(**said)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def story() -> Story:
    made = Story()
    made.world.log_key(LOG_KEY)
    return made.publish()


@pytest.fixture(scope="module")
def view(story: Story) -> ChainView:
    snapshot = story.world.snapshot(story.seen_at)
    return open_view(snapshot, trust_in(snapshot), DEPLOYMENT)


def judged(view: ChainView, promise: Receipt, item: Item | None = None) -> tuple[Finding, str]:
    found = check_broken_promise(BrokenPromise(receipt=promise, item=item), view)
    return found.finding, found.reason


def test_log_that_does_not_reach_the_index(story: Story, view: ChainView) -> None:
    size = len(story.world.leaves)
    assert judged(view, receipt(size)) == (Finding.BROKEN, "anchored-size")
    assert judged(view, receipt(size - 1)) == (Finding.KEPT, "anchored-size")


def test_not_due_yet(story: Story, view: ChainView) -> None:
    late = receipt(len(story.world.leaves), anchor_by=story.seen_at)
    assert judged(view, late) == (Finding.OPEN, "anchored-size")


def test_another_leaf_at_the_index(story: Story, view: ChainView) -> None:
    item = story.item("certificate")
    index = story.indexes["certificate"]
    assert judged(view, receipt(index), item) == (Finding.BROKEN, "leaf")
    assert judged(view, receipt(index, leaf=story.world.leaves[index]), item) == (Finding.KEPT, "leaf")
    assert judged(view, receipt(index + 1), item) == (Finding.OPEN, "item-elsewhere")
    forged = replace(item, proof=(*item.proof[:-1], item.proof[0]))
    assert judged(view, receipt(index), forged) == (Finding.NOT_A_RECEIPT, "item-not-logged")


def test_what_is_no_receipt_accuses_nobody(story: Story, view: ChainView) -> None:
    index = len(story.world.leaves)
    good = receipt(index)
    assert judged(view, good._replace(index=index + 1)) == (Finding.NOT_A_RECEIPT, "signature")
    assert judged(view, receipt(index, origin="tanji/1/" + DEPLOYMENT.origin[-42:]))[0] is Finding.NOT_A_RECEIPT
    strange = Story().publish().world.snapshot(story.seen_at)  # a registry without this log key
    assert judged(open_view(strange, trust_in(strange), DEPLOYMENT), good) == (Finding.NOT_A_RECEIPT, "not-a-log-key")


def test_log_key_ended_before_the_promise(story: Story) -> None:
    ended = Story()
    ended.world.log_key(LOG_KEY, ends_at=ANCHOR_BY)
    snapshot = ended.publish().world.snapshot(story.seen_at)
    view = open_view(snapshot, trust_in(snapshot), DEPLOYMENT)
    assert judged(view, receipt(10_000)) == (Finding.NOT_A_RECEIPT, "not-a-log-key")


def test_without_trust_nothing_is_said_of_the_log(story: Story) -> None:
    snapshot = story.world.snapshot(story.seen_at)
    view = open_view(snapshot, NoTrustedBlock(reason="endpoints-disagree"), DEPLOYMENT)
    assert judged(view, receipt(10_000)) == (Finding.INCONCLUSIVE, "no-trusted-block")
    bare = replace(snapshot, nodes=())
    assert judged(open_view(bare, trust_in(bare), DEPLOYMENT), receipt(10_000))[0] is Finding.INCONCLUSIVE


def test_document_round_trip(story: Story) -> None:
    for item in (None, story.item("certificate"), story.item("footprint")):
        promise = BrokenPromise(receipt=receipt(3), item=item)
        assert parse_broken_promise(serialize_broken_promise(promise)) == promise
