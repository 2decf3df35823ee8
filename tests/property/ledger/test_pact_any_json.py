"""Whatever JSON comes in, validation answers with findings and nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake.drafts import CertificateTerms, SignedFootprint, draft_certificate
from ledger.intake.pact import errors_of, surely_sound, validate_footprint
from ledger.intake.refusals import CertificateRefusedError, RefusalReason
from tests.support.footprints import footprint
from verifier.types import JsonValue, StatementId

SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=12) | st.sampled_from(["0", "-0", "1e3", "-1.61"])
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
NAMES = list(footprint())
FIGURES = list(footprint()["pcf"])


@given(JSON)
def test_any_json_is_answered(value: Any) -> None:
    assert errors_of(validate_footprint(value))


@given(st.sampled_from(NAMES), JSON, st.sampled_from(FIGURES), JSON)
@settings(max_examples=200)
def test_any_member_may_hold_anything(name: str, value: Any, figure: str, other: Any) -> None:
    body = footprint()
    body["pcf"][figure] = other
    body[name] = value
    for finding in validate_footprint(body):
        assert finding.field == "" or finding.field.startswith("/")
        assert finding.rule
        assert finding.detail


@given(
    st.sampled_from(NAMES), JSON, st.sampled_from(FIGURES), JSON | st.sampled_from(list(footprint()["pcf"].values()))
)
@settings(max_examples=400)
def test_what_is_surely_sound_has_no_errors(name: str, value: Any, figure: str, other: Any) -> None:
    assert not surely_sound(value)
    body = footprint()
    body["pcf"][figure] = other
    assert not (surely_sound(body) and errors_of(validate_footprint(body)))
    body[name] = value
    assert not (surely_sound(body) and errors_of(validate_footprint(body)))


@given(st.sampled_from(NAMES), JSON)
@settings(max_examples=100)
def test_a_draft_is_a_body_or_a_named_refusal(name: str, value: Any) -> None:
    body = footprint()
    body[name] = value
    terms = CertificateTerms(
        certifier="uscc:91350100M000100Y43",
        number="A1",
        category="urn:pact:tanji.example:category:ethanol",
        scheme_id="s",
        scheme_name="s",
        assurance="limited",
        granularity="model",
        valid_from=1_780_000_000,
        valid_until=1_790_000_000,
        quota=1,
    )
    signed = SignedFootprint(body=body, id=StatementId(bytes(32)), issuer="uscc:91512081MA62K0260E")
    reasons: tuple[RefusalReason, ...] = ()
    drafted: dict[str, JsonValue] = {}
    try:
        drafted = draft_certificate(signed, terms, now=1_780_000_000)
    except CertificateRefusedError as refused:
        reasons = refused.reasons
    assert bool(reasons) != bool(drafted)
