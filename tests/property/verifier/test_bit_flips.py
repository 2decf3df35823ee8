"""Any single-bit change of an evidence file is never authentic; of a snapshot file it never changes the verdict for another.

Every byte of evidence is either signed, proven, or refused; a snapshot can only fail to answer (P1, P7).
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.attacks.figures import _disclosed, _sealed
from tests.support.world import CERTIFIED_AT, DAY, Case, Story, genuine
from verifier.canonical import canonicalize, parse
from verifier.contracts import Status
from verifier.errors import MalformedError
from verifier.evidence import parse_evidence, serialize_evidence
from verifier.ladder import verify_in
from verifier.snapshot import parse_snapshot, serialize_snapshot
from verifier.state import ChainView, open_view
from verifier.verdict import Outcome


def flipped(data: bytes, bit: int) -> bytes:
    place, shift = divmod(bit, 8)
    return data[:place] + bytes([data[place] ^ 1 << shift]) + data[place + 1 :]


@cache
def _opened(name: str) -> tuple[Case, ChainView, bytes]:
    case = _CASES[name]()
    data = serialize_evidence(parse_evidence(case.data()))
    return case, open_view(case.snapshot, case.trusted, case.deployment), data


def _compact() -> Case:
    case = genuine()
    case.document = {name: case.document[name] for name in ("v", "origin", "certificate", "footprint")}

    def change(story: Story) -> None:
        del story.bodies["certificate"]["grade"]
        story.bodies["footprint"]["extensions"] = []

    story = Story()
    change(story)
    case = story.publish().case()
    del case.document["rule"], case.document["upstream"]
    return case


def _with_disclosure() -> Case:
    case, stages = _sealed()
    return _disclosed(case, stages)


_CASES = {"whole": genuine, "compact": _compact, "disclosed": _with_disclosure}


def outcome_of(name: str, data: bytes) -> str:
    case, view, _ = _opened(name)
    try:
        evidence = parse_evidence(data)
    except MalformedError:
        return "malformed"
    return str(verify_in(view, evidence, policy=case.policy, now=case.now).outcome)


@pytest.mark.parametrize("name", _CASES)
def test_unchanged_evidence_is_authentic(name: str) -> None:
    assert outcome_of(name, _opened(name)[2]) == "authentic"


@pytest.mark.parametrize("name", _CASES)
@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_one_bit_of_evidence(name: str, data: st.DataObject) -> None:
    evidence = _opened(name)[2]
    bit = data.draw(st.integers(0, len(evidence) * 8 - 1))
    assert outcome_of(name, flipped(evidence, bit)) in ("rejected", "malformed")


@pytest.mark.slow
def test_every_bit_of_a_compact_evidence_file() -> None:
    evidence = _opened("compact")[2]
    passed = [
        bit
        for bit in range(len(evidence) * 8)
        if outcome_of("compact", flipped(evidence, bit)) in ("authentic", "suspect")
    ]
    assert passed == []


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_one_byte_cut_or_doubled(data: st.DataObject) -> None:
    evidence = _opened("whole")[2]
    place = data.draw(st.integers(0, len(evidence) - 1))
    for changed in (
        evidence[:place] + evidence[place + 1 :],
        evidence[:place] + evidence[place : place + 1] + evidence[place:],
    ):
        assert outcome_of("whole", changed) != "authentic"


# ---------------------------------------------------------------- snapshots


@cache
def _snapshots() -> dict[str, tuple[Case, bytes]]:
    story = Story().publish()
    withdrawn = Story().publish()
    withdrawn.world.change_status("certifier-status", withdrawn.id("certificate"), Status.WITHDRAWN, CERTIFIED_AT + DAY)
    cases = {"authentic": story.case(), "rejected": withdrawn.case()}
    return {name: (case, serialize_snapshot(case.snapshot)) for name, case in cases.items()}


@pytest.mark.parametrize("name", ["authentic", "rejected"])
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_one_bit_of_a_snapshot(name: str, data: st.DataObject) -> None:
    case, snapshot = _snapshots()[name]
    bit = data.draw(st.integers(0, len(snapshot) * 8 - 1))
    try:
        case.snapshot = parse_snapshot(flipped(snapshot, bit))
    except MalformedError:
        return
    assert case.verdict().outcome in (Outcome(name), Outcome.INCONCLUSIVE)


@pytest.mark.parametrize("name", ["authentic", "rejected"])
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_nodes_left_out(name: str, data: st.DataObject) -> None:
    case, snapshot = _snapshots()[name]
    document = parse(snapshot)
    nodes = document["nodes"]  # type: ignore[index,call-overload]
    kept = data.draw(st.sets(st.sampled_from(nodes)))
    document["nodes"] = sorted(kept)  # type: ignore[index,call-overload]
    case.snapshot = parse_snapshot(canonicalize(document))
    assert case.verdict().outcome in (Outcome(name), Outcome.INCONCLUSIVE)
