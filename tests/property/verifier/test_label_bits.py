"""Any single-bit change of a label's evidence is never authentic; of a pack never authentic for what was not, and typed (P1, P7)."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.labels import FIRST, genuine_label
from tests.support.packs import Packed, packed
from tests.support.world import CERTIFIED_AT, DAY, Case
from verifier.contracts import Status
from verifier.errors import VerifierError
from verifier.evidence import parse_evidence, serialize_evidence
from verifier.ladder import verify_in
from verifier.pack.delta import apply_delta, make_delta, parse_delta
from verifier.pack.reader import Pack
from verifier.pack.writer import MAGIC
from verifier.state import ChainView, open_view


def flipped(data: bytes, bit: int) -> bytes:
    place, shift = divmod(bit, 8)
    return data[:place] + bytes([data[place] ^ 1 << shift]) + data[place + 1 :]


@cache
def _label() -> tuple[Case, ChainView, bytes]:
    case = genuine_label()
    return (
        case,
        open_view(case.snapshot, case.trusted, case.deployment),
        serialize_evidence(parse_evidence(case.data())),
    )


def outcome_of(data: bytes) -> str:
    case, view, _ = _label()
    try:
        evidence = parse_evidence(data)
    except VerifierError:
        return "malformed"
    return str(verify_in(view, evidence, policy=case.policy, now=case.now).outcome)


def test_unchanged_it_is_authentic() -> None:
    assert outcome_of(_label()[2]) == "authentic"


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_one_bit_of_a_labels_evidence(data: st.DataObject) -> None:
    evidence = _label()[2]
    start = evidence.index(b'"label":')
    # the label itself, its leaf, its path, its statement; the rest of the file is tried in test_bit_flips
    end = evidence.index(b'"origin":')
    bit = data.draw(st.integers(start * 8, end * 8 - 1))
    host = range(evidence.index(b"https://") * 8, evidence.index(b"/01/", start) * 8)
    outcome = outcome_of(flipped(evidence, bit))
    if bit in host:
        assert outcome in ("authentic", "malformed")  # any resolver: a label is read without visiting it
    else:
        assert outcome in ("rejected", "malformed")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_one_bit_of_a_label(data: st.DataObject) -> None:
    pack = _packed()
    text = pack.text().encode()
    bit = data.draw(st.integers(0, len(text) * 8 - 1))
    changed = flipped(text, bit)
    try:
        outcome = str(_judged(pack.data, changed.decode()))
    except (VerifierError, UnicodeDecodeError):
        return
    inside = bit // 8 >= text.index(b"/01/")
    assert outcome in ("rejected", "inconclusive") if inside else outcome == "authentic"


# ---------------------------------------------------------------- packs


@cache
def _packed() -> Packed:
    return packed()


@cache
def _withdrawn() -> Packed:
    pack = packed()
    story = pack.story
    story.world.change_status("certifier-status", story.id("certificate"), Status.WITHDRAWN, CERTIFIED_AT + 12 * DAY)
    from verifier.pack.content import ContentBuilder
    from verifier.pack.writer import serialize_pack

    case = story.case()
    builder = ContentBuilder(pack.content.origin)
    builder.add(parse_evidence(pack.case.data()))
    content = builder.build(case.snapshot)
    return Packed(
        story=story, batch=pack.batch, case=case, content=content, data=serialize_pack(content), trusted=case.trusted  # type: ignore[arg-type]
    )  # fmt: skip


def _judged(data: bytes, text: str, pack: Packed | None = None) -> str:
    return str((pack or _packed()).judge(data).judge(text).outcome)


@pytest.mark.parametrize("name", ["genuine", "withdrawn"])
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_one_bit_of_a_pack(name: str, data: st.DataObject) -> None:
    pack = _packed() if name == "genuine" else _withdrawn()
    before = _judged(pack.data, pack.text(FIRST), pack)
    assert before == ("authentic" if name == "genuine" else "rejected")
    bit = data.draw(st.integers(0, len(pack.data) * 8 - 1))
    try:
        after = _judged(flipped(pack.data, bit), pack.text(FIRST), pack)
    except VerifierError:
        return  # refused by name, and nothing else is ever raised
    assert after in (before, "rejected", "inconclusive")
    if name == "withdrawn":
        assert after != "authentic"


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_bytes_after_the_magic(data: st.DataObject) -> None:
    junk = data.draw(st.binary(max_size=400))
    with pytest.raises(VerifierError):
        Pack(MAGIC + junk).content()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_cut_and_spliced_packs(data: st.DataObject) -> None:
    whole = _packed().data
    place = data.draw(st.integers(0, len(whole) - 1))
    more = data.draw(st.binary(max_size=8))
    cut = data.draw(st.integers(0, 40))
    changed = whole[:place] + more + whole[place + cut :]
    if changed == whole:
        return
    try:
        outcome = _judged(changed, _packed().text(FIRST))
    except VerifierError:
        return
    assert outcome in ("authentic", "rejected", "inconclusive")


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_one_bit_of_a_delta(data: st.DataObject) -> None:
    base, new = _packed().content, _withdrawn().content
    delta = make_delta(base, new)
    bit = data.draw(st.integers(0, len(delta) * 8 - 1))
    try:
        made = apply_delta(base, parse_delta(flipped(delta, bit)))
    except VerifierError:
        return
    assert made == new
