"""Drafts, registrations and status changes as documents; statements files and answers."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.cli.purposes import GRANT_PURPOSES, PURPOSE_NAMES
from api.runtime.requests import (
    PURPOSES,
    ChangeRequest,
    kind_of_request,
    parse_change,
    parse_registration,
    purpose_names,
    purposes_mask,
    serialize_change,
    serialize_registration,
)
from api.runtime.statements import make_draft, parse_draft, serialize_draft, serialize_statement, sign_draft
from api.runtime.submissions import MAX_STATEMENT, read_lines, read_statements
from ledger.intake.pact import FootprintRefusedError
from ledger.services.registry import KeyRegistration, SignedRegistration, sign_registration
from ledger.services.submission import examine
from tests.support import bodies
from tests.support.ledger import DEPLOYMENT, HOLDER_KEY, NOW
from verifier.canonical import canonicalize
from verifier.contracts import Status
from verifier.errors import MalformedError

SEPARATOR = DEPLOYMENT.domain_separator


def footprint() -> dict[str, Any]:
    return bodies.body("footprint")


def test_a_signed_draft_is_what_the_log_takes() -> None:
    draft = parse_draft(serialize_draft(make_draft("footprint", bodies.HOLDER, footprint())))
    statement = sign_draft(draft, HOLDER_KEY, SEPARATOR, issued_at=NOW)
    received = examine(serialize_statement(statement), SEPARATOR)
    assert (received.signer, received.issued_at) == (HOLDER_KEY.address, NOW)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"kind": "poem"}, "kind"),
        ({"issuer": "uscc:short"}, "party"),
        ({"body": {}}, "missing-member"),
        ({"v": 2}, "range"),
        ({"extra": 1}, "unknown-member"),
        ({"kind": 1}, "string"),
    ],
)
def test_a_draft_that_is_none_is_refused_by_rule(change: dict[str, Any], rule: str) -> None:
    document = {"v": 1, "kind": "footprint", "issuer": bodies.HOLDER, "body": footprint()} | change
    with pytest.raises(MalformedError) as refused:
        parse_draft(canonicalize(document))
    assert refused.value.rule == rule


def test_a_footprint_the_log_would_refuse_is_not_signed() -> None:
    body = footprint()
    body["pcf"]["exemptedEmissionsPercent"] = "101"
    with pytest.raises(FootprintRefusedError):
        make_draft("footprint", bodies.HOLDER, body)


def registration() -> KeyRegistration:
    mask = purposes_mask(("status", "footprint"), "")
    return KeyRegistration(key=HOLDER_KEY.address, party=bodies.HOLDER, purposes=mask)


def test_registrations_read_back_with_and_without_signature() -> None:
    signed = sign_registration(registration(), HOLDER_KEY, DEPLOYMENT)
    assert parse_registration(serialize_registration(signed)) == (registration(), signed.signature)
    unsigned = serialize_registration(SignedRegistration(registration=registration(), signature=b""))
    assert parse_registration(unsigned) == (registration(), b"")
    assert kind_of_request(unsigned) == "registration"


@pytest.mark.parametrize("purposes", [[], ["status", "status"], ["king"], [1]])
def test_purposes_are_known_and_named_once(purposes: list[Any]) -> None:
    document = json.loads(serialize_registration(SignedRegistration(registration=registration(), signature=b"")))
    document["registration"]["purposes"] = purposes
    with pytest.raises(MalformedError):
        parse_registration(canonicalize(document))


def test_the_names_in_help_are_those_of_the_contract() -> None:
    assert set(PURPOSE_NAMES) == set(PURPOSES)
    assert set(GRANT_PURPOSES) < set(PURPOSES)
    assert purpose_names(purposes_mask(PURPOSE_NAMES, "")) == list(PURPOSES)


CHANGE = ChangeRequest(
    owner=bodies.CERTIFIER, subject=b"\x11" * 32, status=Status.WITHDRAWN, nonce=1, deadline=NOW, signature=b""
)


@pytest.mark.parametrize(
    "change",
    [
        CHANGE,
        replace(CHANGE, owner="regulators"),
        replace(CHANGE, status=Status.SUPERSEDED_LABELS_VOID, successor=b"\x22" * 32),
    ],
)
def test_status_changes_read_back(change: ChangeRequest) -> None:
    assert parse_change(serialize_change(change)) == change
    assert kind_of_request(serialize_change(change)) == "statusChange"
    with pytest.raises(MalformedError, match="not signed"):
        change.signed()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("owner", "me"),
        ("subject", "0x11"),
        ("status", "gone"),
        ("status", 3),
        ("nonce", -1),
        ("nonce", True),
        ("deadline", 2**40),
    ],
)
def test_a_status_change_that_is_none_is_refused(member: str, value: Any) -> None:
    document = json.loads(serialize_change(CHANGE))
    document["statusChange"][member] = value
    with pytest.raises(MalformedError) as refused:
        parse_change(canonicalize(document))
    assert refused.value.place == f"/statusChange/{member}"


def test_lines_are_statements_blank_ones_are_not_and_long_ones_are_cut_once() -> None:
    long = b"x" * (3 * MAX_STATEMENT)
    lines = list(read_lines(io.BytesIO(b"a\n\n  \r\nb\r\n" + long + b"\nc")))
    assert [lines[0], lines[1], lines[3]] == [b"a", b"b", b"c"]
    assert MAX_STATEMENT < len(lines[2]) <= MAX_STATEMENT + 2
    assert len(lines) == 4


def test_a_json_file_is_one_statement(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{\n"v": 1\n}\n')
    (tmp_path / "two.ndjson").write_text('{"v": 1}\n{"v": 2}')
    assert len(list(read_statements(tmp_path / "one.json"))) == 1
    assert len(list(read_statements(tmp_path / "two.ndjson"))) == 2
