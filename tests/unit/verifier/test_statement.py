from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.reference import statement as naive
from tests.support.bodies import GENUINE, body, changed
from tests.support.statements import ANCHOR_LOG, CHAIN_ID, SEPARATOR, document, statement
from verifier.eip712 import statement_digest
from verifier.errors import MalformedError
from verifier.signature import recover
from verifier.statement import (
    entry_bytes,
    entry_digest,
    entry_signed,
    parse_entry,
    parse_statement,
    statement_document,
    statement_id,
    subject_of_number,
)
from verifier.summary import derive_summary, hash_summary

KINDS = sorted(GENUINE)


def entry_of(kind: str) -> bytes:
    said = statement(kind)
    return entry_bytes(said, hash_summary(derive_summary(kind, said.body)))


@pytest.mark.parametrize("kind", [*KINDS, "hearsay"])
def test_digest_id_and_entry_equal_the_naive_reading(kind: str) -> None:
    written = document(kind, {"any": "thing"} if kind == "hearsay" else None)
    said = parse_statement(written)
    summary = derive_summary(kind, said.body)
    digest = statement_digest(SEPARATOR, kind, said.issuer, summary, said.body_hash, said.issued_at)

    assert summary == naive.summary(kind, written["body"])
    assert digest == naive.digest(written, CHAIN_ID, ANCHOR_LOG)
    assert recover(digest, said.signature) == said.signer
    assert statement_id(said) == naive.statement_id(written)
    assert entry_bytes(said, hash_summary(summary)) == naive.entry(written)
    assert statement_document(said) == written


@pytest.mark.parametrize("kind", KINDS)
def test_entry_alone_carries_its_signature(kind: str) -> None:
    said = statement(kind)
    entry = parse_entry(entry_of(kind))
    assert statement_id(entry) == statement_id(said)
    assert entry_signed(entry, SEPARATOR)
    assert (entry.body is None) == (kind == "footprint")
    other_summary = replace(entry, summary_hash=bytes(32))
    assert entry_digest(other_summary, SEPARATOR) != entry_digest(entry, SEPARATOR)
    assert not entry_signed(replace(entry, signature=b""), SEPARATOR)


def test_subject_of_a_number() -> None:
    assert subject_of_number("uscc:A", "TJ-1") == naive.subject_of_number("uscc:A", "TJ-1")
    assert subject_of_number("uscc:A", "TJ-1") != subject_of_number("uscc:AT", "J-1")


def test_nothing_signed_parses_and_says_so() -> None:
    assert parse_statement(document("certificate", signature="0x")).signature == b""


GOOD_SIGNATURE = document("certificate")["signature"]


def high_s(signature: str) -> str:
    raw = bytes.fromhex(signature[2:])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    twin = order - int.from_bytes(raw[32:64], "big")
    return "0x" + (raw[:32] + twin.to_bytes(32, "big") + bytes([55 - raw[64]])).hex()


@pytest.mark.parametrize(
    ("member", "value", "place"),
    [
        ("v", 2, "/v"),
        ("v", True, "/v"),
        ("v", "1", "/v"),
        ("kind", "", "/kind"),
        ("kind", "Certificate", "/kind"),
        ("kind", "a" * 33, "/kind"),
        ("kind", "certificate\n", "/kind"),
        ("issuer", "uscc:91210100MA0P0EXAM", "/issuer"),
        ("issuer", "duns:912101000000000000", "/issuer"),
        ("body", [], "/body"),
        ("body", None, "/body"),
        ("issuedAt", -1, "/issuedAt"),
        ("issuedAt", 2**40, "/issuedAt"),
        ("issuedAt", "1775000100", "/issuedAt"),
        ("issuedAt", True, "/issuedAt"),
        ("signer", "0x" + "5a" * 20, "/signer"),
        ("signature", "", "/signature"),
        ("signature", None, "/signature"),
        ("signature", GOOD_SIGNATURE[:-2], "/signature"),
        ("signature", GOOD_SIGNATURE + "00", "/signature"),
        ("signature", GOOD_SIGNATURE[:-2] + "1d", "/signature"),
        ("signature", GOOD_SIGNATURE.upper().replace("0X", "0x"), "/signature"),
        ("signature", "0x" + "00" * 32 + GOOD_SIGNATURE[66:], "/signature"),
        ("signature", GOOD_SIGNATURE[:66] + "00" * 32 + GOOD_SIGNATURE[-2:], "/signature"),
        ("signature", high_s(GOOD_SIGNATURE), "/signature"),
    ],
)
def test_single_change_of_a_member_is_malformed(member: str, value: Any, place: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_statement(document("certificate", **{member: value}))
    assert caught.value.place == place


@pytest.mark.parametrize("member", ["v", "kind", "issuer", "body", "issuedAt", "signer", "signature"])
def test_missing_member_is_malformed(member: str) -> None:
    written = document("certificate")
    del written[member]
    with pytest.raises(MalformedError, match="missing-member"):
        parse_statement(written)


def test_unknown_member_is_malformed() -> None:
    with pytest.raises(MalformedError, match="unknown-member at /comment"):
        parse_statement(document("certificate", comment="x"))


@pytest.mark.parametrize("pointer", ["/quota", "/validUntil", "/pcf", "/category"])
def test_f20_sealed_outside_a_footprints_extension_is_malformed(pointer: str) -> None:
    sealed = {"$sealed": "A" * 43}
    with pytest.raises(MalformedError, match="seal-place"):
        parse_statement(document("certificate", body=changed(body("certificate"), pointer, sealed)))
    with pytest.raises(MalformedError, match="seal-place"):
        parse_statement(
            document("footprint", body=changed(body("footprint"), "/pcf/pcfExcludingBiogenicUptake", sealed))
        )


def test_the_text_sealed_is_no_commitment() -> None:
    quoting = changed(body("footprint"), "/comment", '$sealed "$sealed"')
    assert parse_statement(document("footprint", quoting)).body["comment"] == '$sealed "$sealed"'


def test_bodies_too_large_or_deep_for_log_and_evidence_are_malformed() -> None:
    long = changed(body("certificate"), "/filler", "x" * 64_000)
    with pytest.raises(MalformedError, match="size"):
        parse_statement(document("certificate", body=long))
    deep: Any = {}
    for _ in range(22):
        deep = {"a": deep}
    parse_statement(document("hearsay", {"a": deep}))
    with pytest.raises(MalformedError, match="depth"):
        parse_statement(document("certificate", kind="hearsay", body={"a": {"a": deep}}))
    assert parse_statement(document("hearsay", {"a": [[] for _ in range(100)]})), "wide is not deep"


def refused(data: bytes) -> bool:
    try:
        parse_entry(data)
    except MalformedError:
        return True
    return False


@pytest.mark.parametrize("kind", KINDS)
def test_single_change_of_an_entry_is_malformed(kind: str) -> None:
    data = entry_of(kind)
    entry = json.loads(data)
    changes: dict[str, bytes] = {
        "spaced": data.replace(b'"v":1', b'"v": 1'),
        "trailing newline": data + b"\n",
        "reordered": json.dumps(dict(reversed(entry.items())), ensure_ascii=False, separators=(",", ":")).encode(),
        "duplicate key": data[:-1] + b',"v":1}',
        "escaped": data.replace(b'"kind":"', b'"kind":"\\u00' + f"{ord(kind[0]):02x}".encode(), 1).replace(
            kind.encode(), kind[1:].encode(), 1
        ),
        "version": data.replace(b'"v":1', b'"v":2'),
        "body added or removed": naive.canonical(
            {**entry, "body": {}} if kind == "footprint" else {k: v for k, v in entry.items() if k != "body"}
        ),
        "other kind": naive.canonical({**entry, "kind": "footprint" if kind != "footprint" else "rule"}),
    }
    if kind != "footprint":
        changes["other body"] = naive.canonical({**entry, "body": changed(entry["body"], "/zzz", "1")})
        changes["other bodyHash"] = naive.canonical({**entry, "bodyHash": "0x" + "00" * 32})
    for name, changed_data in changes.items():
        assert changed_data != data, name
        assert refused(changed_data), name


def test_entries_that_are_no_objects() -> None:
    for data in (b"", b"null", b"[]", b"1", b'"x"', b"{}", b"\x00" * 64):
        with pytest.raises(MalformedError):
            parse_entry(data)
