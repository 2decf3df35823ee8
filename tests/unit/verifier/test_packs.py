"""Packs: what goes in comes out, what is not in is inconclusive, what is damaged is refused; deltas name their base."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.reference import merkle
from tests.support.attacks import models
from tests.support.bodies import GTIN
from tests.support.labels import COUNT, FIRST, Batch, label_story, label_text, serial_of
from tests.support.packs import Packed, evidence_in, packed
from tests.support.world import CERTIFIED_AT, DAY, DEPLOYMENT, HOUR, NOW, STEEL_GTIN, SUPPLIER, Case, Story, trust_in
from verifier.contracts import Purpose, Status
from verifier.errors import MalformedError
from verifier.label import parse_label
from verifier.pack.content import ContentBuilder
from verifier.pack.delta import apply_delta, make_delta, parse_delta
from verifier.pack.errors import AnotherBaseError, NotTheOneNamedError, PackFileError, UnpackableError
from verifier.pack.judge import PackJudge
from verifier.pack.paths import PathTable, proof_keys
from verifier.pack.reader import Pack, open_pack
from verifier.pack.wire import unpack_stream
from verifier.pack.writer import serialize_pack
from verifier.policy import CONSUMER, INSPECTION
from verifier.state import open_view
from verifier.types import StatementId
from verifier.verdict import Outcome


@cache
def one() -> Packed:
    return packed()


def test_what_goes_in_comes_out() -> None:
    pack = Pack(one().data)
    assert pack.content() == one().content
    snapshot = pack.snapshot()
    assert set(snapshot.nodes) == set(one().case.snapshot.nodes)
    assert snapshot.anchors == one().case.snapshot.anchors
    assert set(snapshot.profiles) == set(one().case.snapshot.profiles)
    chosen = one().judge().evidence_for(parse_label(one().text()))
    assert chosen.evidence == replace(evidence_in(one().case), label=None)


def test_labels_are_judged_without_anything_else() -> None:
    judge = one().judge()
    for index in (FIRST, FIRST + 5, FIRST + COUNT - 1):
        verdict = judge.judge(one().text(index))
        assert verdict.outcome is Outcome.AUTHENTIC
        assert verdict.block is not None
        assert verdict.block.age == 60


@pytest.mark.parametrize(
    ("text", "check", "reason"),
    [
        (lambda p: p.text(FIRST, key="supplier"), "label.signature", "another-signer"),
        (lambda p: p.text(FIRST + COUNT), "label.issued", "beyond-issued"),
        (lambda p: p.text(FIRST - 1), "label.issued", "beyond-issued"),
        (lambda p: p.text(10_000), "label.quota", "beyond-quota"),
        (lambda p: p.text(FIRST, gtin=STEEL_GTIN), "certificate.product", "not-the-labels"),
    ],
)
def test_forgeries_are_rejected_offline(text: object, check: str, reason: str) -> None:
    verdict = one().judge().judge(text(one()))  # type: ignore[operator]
    assert verdict.outcome is Outcome.REJECTED
    found = verdict.check(check)
    assert found is not None
    assert found.reason == reason


def test_a_certificate_that_is_not_in_the_pack_is_inconclusive() -> None:
    verdict = one().judge().judge(label_text(b"\x11" * 32, serial_of(FIRST)))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert not [check for check in verdict.checks if check.outcome == "failed"]


def test_a_certificate_without_labels_in_the_pack_is_inconclusive() -> None:
    bare = ContentBuilder(DEPLOYMENT.origin)
    bare.add(replace(evidence_in(one().case), labels=None))
    data = serialize_pack(bare.build(one().case.snapshot))
    assert one().judge(data).judge(one().text()).outcome is Outcome.INCONCLUSIVE


def test_without_its_footprint_it_is_inconclusive() -> None:
    bare = ContentBuilder(DEPLOYMENT.origin)
    bare.add(replace(evidence_in(one().case), footprint=None, upstream=()))
    data = serialize_pack(bare.build(one().case.snapshot))
    assert one().judge(data).judge(one().text()).outcome is Outcome.INCONCLUSIVE


def test_a_consumer_wants_the_leaf() -> None:
    assert one().judge(policy=CONSUMER).judge(one().text()).outcome is Outcome.INCONCLUSIVE


def test_past_the_policys_age_it_is_inconclusive() -> None:
    late = one().judge(now=NOW + 36 * HOUR)
    verdict = late.judge(one().text())
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert one().judge(now=NOW + 35 * HOUR).judge(one().text()).outcome is Outcome.AUTHENTIC


def test_a_forged_block_is_not_believed() -> None:
    content = replace(one().content, block=one().content.block[:-1] + b"\x01")
    assert one().judge(serialize_pack(content)).judge(one().text()).outcome is Outcome.INCONCLUSIVE


def _batch(first: int, count: int, salt: str) -> Batch:
    batch = Batch(salt=salt, time=CERTIFIED_AT + 12 * DAY)
    batch.body |= {"first": first, "count": count, "batch": "B2"}
    return batch


def test_the_batch_of_the_index_is_taken() -> None:
    two = packed(None, _batch(FIRST + COUNT, 7, "second"))
    judge = two.judge()
    assert judge.judge(two.text(FIRST)).outcome is Outcome.AUTHENTIC
    assert judge.judge(two.text(FIRST + COUNT, "second")).outcome is Outcome.AUTHENTIC
    assert judge.judge(two.text(FIRST + COUNT + 7, "second")).outcome is Outcome.REJECTED


def test_overlapping_batches_reject_what_both_have() -> None:
    two = packed(None, _batch(FIRST + COUNT - 2, 7, "second"))
    judge = two.judge()
    assert judge.judge(two.text(FIRST)).outcome is Outcome.AUTHENTIC
    verdict = judge.judge(two.text(FIRST + COUNT - 1))
    quota = verdict.check("label.quota")
    assert quota is not None
    assert quota.reason == "ranges-overlap"


def test_a_batch_of_somebody_else_takes_nothing_away() -> None:
    def admit(story: Story) -> None:
        story.world.register("supplier-labels", SUPPLIER, Purpose.LABELS)
        story.world.grant(SUPPLIER, Purpose.LABELS, "gs1:690123456")

    other = _batch(FIRST, COUNT, "theirs")
    other.issuer, other.signer = SUPPLIER, "supplier-labels"
    two = packed(label_story(admit), other)
    judge = two.judge()
    assert {str(judge.judge(two.text(index)).outcome) for index in range(FIRST, FIRST + COUNT)} == {"authentic"}


def test_labels_of_somebody_who_does_not_hold_the_certificate() -> None:
    def admit(story: Story) -> None:
        story.world.register("supplier-labels", SUPPLIER, Purpose.LABELS)
        story.world.grant(SUPPLIER, Purpose.LABELS, "gs1:690123456")

    foreign = packed(
        label_story(admit), batch=Batch(issuer=SUPPLIER, signer="supplier-labels", label_key="supplier-labels")
    )
    judge = foreign.judge()
    verdict = judge.judge(foreign.text(FIRST, key="supplier-labels"))
    issuer = verdict.check("label.issuer")
    assert issuer is not None
    assert (verdict.outcome, issuer.reason) == (Outcome.REJECTED, "not-the-holder")
    # the holder's own labels are not in this pack: that is all it can say of them
    assert judge.judge(foreign.text(FIRST)).outcome is Outcome.INCONCLUSIVE


# ---------------------------------------------------------------- files


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "a.tanji"
    file.write_bytes(one().data)
    assert open_pack(file).content() == one().content
    with pytest.raises(PackFileError):
        open_pack(tmp_path / "none")
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(PackFileError):
        open_pack(tmp_path / "empty")


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"TANJIPK2" + data[8:],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:8] + b"\xff\xff\xff\xff" + data[12:],
        lambda data: data[:40],
    ],
)
def test_damaged_files_are_malformed(damage: object) -> None:
    with pytest.raises(MalformedError):
        Pack(damage(one().data)).content()  # type: ignore[operator]


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    import zlib

    data = one().data
    length = int.from_bytes(data[8:12], "big")
    head = json.loads(data[12 : 12 + length])
    head["sections"][2][1] = 60 << 20  # says 60 MiB where there is far less
    text = json.dumps(head, separators=(",", ":"), sort_keys=True).encode()
    with pytest.raises(MalformedError, match="size"):
        Pack(data[:8] + len(text).to_bytes(4, "big") + text + data[12 + length :])
    with pytest.raises(MalformedError, match="stream"):
        unpack_stream(zlib.compress(bytes(1 << 20)), 1000, "x")
    with pytest.raises(MalformedError, match="stream"):
        unpack_stream(zlib.compress(b"abc") + b"d", 3, "x")
    with pytest.raises(MalformedError, match="stream"):
        unpack_stream(zlib.compress(b"abc")[:-1], 3, "x")


def test_a_pack_that_is_not_what_it_names() -> None:
    named = one().content.name()
    text = one().data.replace(named.hex().encode(), b"0" * 64)
    with pytest.raises(NotTheOneNamedError):
        Pack(text).content()


def test_a_proof_of_the_wrong_length_cannot_be_packed() -> None:
    evidence = evidence_in(one().case)
    assert evidence.certificate is not None
    short = replace(evidence.certificate, proof=evidence.certificate.proof[:-1])
    with pytest.raises(UnpackableError):
        ContentBuilder(DEPLOYMENT.origin).add(replace(evidence, certificate=short))
    other = replace(evidence.certificate, proof=(evidence.certificate.proof[1], *evidence.certificate.proof[1:]))
    builder = ContentBuilder(DEPLOYMENT.origin)
    builder.add(evidence)
    assert evidence.footprint is not None
    with pytest.raises(UnpackableError):
        _contradict(builder, evidence.certificate.index, other)


def _contradict(builder: ContentBuilder, index: int, item: object) -> None:
    from tests.support.labels import genuine_label
    from verifier.evidence import Evidence

    # the same place with another statement and other siblings
    rule = evidence_in(genuine_label()).rule
    assert rule is not None
    stranger = replace(rule, index=item.index, size=item.size, proof=item.proof,  # type: ignore[attr-defined]
                       statement=rule.statement._replace(issuer="uscc:91110000MA0Z0EXAM7"))  # fmt: skip
    assert index == stranger.index
    builder.add(Evidence(origin=DEPLOYMENT.origin, rule=stranger))


# ---------------------------------------------------------------- proofs


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 11, 16, 21, 33])
def test_proofs_are_put_together_from_the_table(size: int) -> None:
    leaves = [merkle.leaf(b"%d" % number) for number in range(size)]
    rows: dict[bytes, bytes] = {}
    for index in range(size):
        keys, proof = proof_keys(index, size), merkle.inclusion(index, leaves)
        assert len(keys) == len(proof)
        for key, node in zip(keys, proof, strict=True):
            assert rows.setdefault(key, node) == node
    table = PathTable(b"".join(key + rows[key] for key in sorted(rows)))
    for index in range(size):
        assert table.proof(index, size) == tuple(merkle.inclusion(index, leaves))
    assert table.proof(0, size + 1000) is None


def test_trees_of_two_sizes_share_what_is_whole() -> None:
    leaves = [merkle.leaf(b"%d" % number) for number in range(40)]
    rows: dict[bytes, bytes] = {}
    for size in range(1, 41):
        for index in range(size):
            for key, node in zip(proof_keys(index, size), merkle.inclusion(index, leaves[:size]), strict=True):
                assert rows.setdefault(key, node) == node


# ---------------------------------------------------------------- deltas


@cache
def next_day() -> Packed:
    story = label_story()
    again = packed(story, _batch(FIRST + COUNT, 7, "second"))
    story.world.change_status("certifier-status", story.id("certificate"), Status.SUSPENDED, NOW)
    story.seen_at = NOW + DAY - 60
    case = story.case()
    builder = ContentBuilder(DEPLOYMENT.origin)
    builder.add(evidence_in(again.case))
    content = builder.build(case.snapshot)
    return replace_pack(again, content, case)


def replace_pack(was: Packed, content: object, case: object) -> Packed:
    return Packed(
        story=was.story, batch=was.batch, case=case, content=content,  # type: ignore[arg-type]
        data=serialize_pack(content), trusted=case.trusted,  # type: ignore[arg-type,attr-defined]
    )  # fmt: skip


def test_a_delta_makes_the_new_pack_of_its_base() -> None:
    base, new = one().content, next_day().content
    delta = parse_delta(make_delta(base, new))
    assert apply_delta(base, delta) == new
    assert serialize_pack(apply_delta(base, delta)) == next_day().data
    made = next_day().judge(now=NOW + DAY).judge(next_day().text())
    assert made.outcome is Outcome.REJECTED


def test_a_delta_of_another_base_is_refused() -> None:
    delta = parse_delta(make_delta(one().content, next_day().content))
    with pytest.raises(AnotherBaseError):
        apply_delta(next_day().content, delta)


def test_a_delta_that_does_not_give_what_it_names_is_refused() -> None:
    delta = parse_delta(make_delta(one().content, next_day().content))
    with pytest.raises(NotTheOneNamedError):
        apply_delta(one().content, replace(delta, block=one().content.block))


def test_gtin_of_the_batch_row() -> None:
    pack = Pack(one().data)
    (row,) = pack.batches_of(one().story.id("certificate")[:16])
    assert (row.gtin, row.first, row.end) == (GTIN, FIRST, FIRST + COUNT)


def test_two_certificates_of_a_pack_that_share_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can make two ids with sixteen bytes in common; a pack that had them would be told (F15)."""
    own = StatementId(one().story.id("certificate"))
    monkeypatch.setattr(Pack, "certificates_with", lambda _self, _prefix: (own, StatementId(own[:16] + bytes(16))))
    verdict = one().judge().judge(one().text())
    signature = verdict.check("label.signature")
    assert signature is not None
    assert (verdict.outcome, signature.reason) == (Outcome.REJECTED, "shared-prefix")


# ---------------------------------------------------------------- models


def model_pack(case: Case) -> tuple[Pack, PackJudge]:
    builder = ContentBuilder(DEPLOYMENT.origin)
    builder.add(evidence_in(case))
    pack = Pack(serialize_pack(builder.build(case.snapshot)))
    view = open_view(pack.snapshot(), trust_in(case.snapshot), DEPLOYMENT)
    return pack, PackJudge(pack, view, policy=INSPECTION, now=NOW)


def test_a_models_label_is_held_against_the_statement_that_names_it() -> None:
    case = models.gmn_label()
    pack, judge = model_pack(case)
    certificate = case.story.id("certificate")
    (row,) = pack.batches_of(certificate[:16])
    assert row.gtin is None
    assert judge.judge(case.document["label"]["text"]).outcome is Outcome.AUTHENTIC
    by_gtin = judge.judge(label_text(certificate, "", path=f"/01/{GTIN}")).check("label.signature")
    assert by_gtin is not None
    assert by_gtin.reason == "labels-not-given"
    other = f"8013:{models.OTHER_GMN}"
    strange = judge.judge(label_text(certificate, "", gtin=other, path=f"/8013/{models.OTHER_GMN}"))
    assert strange.outcome is Outcome.REJECTED


def test_a_models_label_under_a_statement_that_names_the_gtin() -> None:
    case = models.gmn_label_under_a_statement_that_names_the_gtin()
    assert model_pack(case)[1].judge(case.document["label"]["text"]).outcome is Outcome.AUTHENTIC
