"""What is prepared is what a signature covers: compared with eth-account's EIP-712 and a second one written from the standard."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.messages import encode_typed_data

from api.desks.calls import prepare_call
from api.desks.preparing import RELAYED_WITHIN, PreparedChange, PreparedStatement, prepare
from api.desks.typed import typed_statement
from ledger.chain.abi import AbiError
from ledger.intake.pact import FootprintRefusedError
from tests.reference import eip712
from tests.support import bodies
from tests.support.ledger import DEPLOYMENT, NOW, certificate_body, footprint_body
from verifier.canonical import canonicalize, parse
from verifier.errors import MalformedError
from verifier.hashing import keccak256
from verifier.types import JsonValue

SUBJECT = "0x" + "5a" * 32


def no_lane(_owner: bytes, _subject: bytes) -> int:
    raise AssertionError("the lane is asked only where the nonce is left out")


def prepared(document: Any, **options: Any) -> Any:
    data = document if isinstance(document, bytes) else canonicalize(document)
    return prepare(data, DEPLOYMENT, now=NOW, lane_length=options.get("lane_length", no_lane))


def draft(kind: str = "footprint", body: JsonValue = None, issuer: str = bodies.HOLDER) -> dict[str, JsonValue]:
    return {"v": 1, "kind": kind, "issuer": issuer, "body": footprint_body() if body is None else body}


def change(**changes: JsonValue) -> dict[str, JsonValue]:
    return {"v": 1, "statusChange": {"owner": bodies.CERTIFIER, "subject": SUBJECT, "status": "suspended", **changes}}


def by_eth_account(typed: JsonValue) -> str:
    message = encode_typed_data(full_message=typed)  # type: ignore[arg-type]
    return "0x" + keccak256(b"\x19" + message.version + message.header + message.body).hex()


@pytest.mark.parametrize(
    "document",
    [
        draft(),
        draft("certificate", certificate_body(), bodies.CERTIFIER),
        draft("rule", bodies.body("rule"), bodies.REGULATOR),
        draft("labels", bodies.body("labels")),
    ],
    ids=lambda one: str(one["kind"]),
)
def test_statements_have_the_digest_that_two_other_encoders_give(document: dict[str, JsonValue]) -> None:
    found = prepared(document)
    assert isinstance(found, PreparedStatement)
    shown = found.document()
    message: Any = found.typed_data["message"]
    assert shown["digest"] == by_eth_account(found.typed_data)
    domain = {
        "name": "Tanji",
        "version": "1",
        "chainId": DEPLOYMENT.chain_id,
        "verifyingContract": DEPLOYMENT.anchor_log,
    }
    values = {**message, "bodyHash": bytes.fromhex(message["bodyHash"][2:])}
    assert shown["digest"] == "0x" + eip712.digest(domain, "Statement", eip712.STATEMENT, values).hex()
    assert (message["summary"], message["issuedAt"]) == (shown["summary"], NOW)
    assert parse(found.file()) == document
    assert prepared(found.file()) == found, "what is downloaded means the same"


def test_status_changes_fill_in_nonce_and_deadline_and_say_the_same_as_the_call() -> None:
    asked: list[tuple[bytes, bytes]] = []

    def three(owner: bytes, subject: bytes) -> int:
        asked.append((owner, subject))
        return 3

    found = prepared(change(), lane_length=three)
    assert isinstance(found, PreparedChange)
    assert len(asked) == 1
    document: Any = found.document()
    assert (found.change.nonce, found.change.deadline) == (3, NOW + RELAYED_WITHIN)
    assert document["digest"] == by_eth_account(document["typedData"])
    message = document["typedData"]["message"]
    assert document["transaction"]["arguments"] == [
        message["owner"], message["subject"], str(message["status"]), message["successor"],
    ]  # fmt: skip
    assert "transition 4" in found.summary
    assert SUBJECT in found.summary


def test_a_nonce_that_is_given_is_kept() -> None:
    assert prepared(change(nonce=0, deadline=NOW + 5)).change.nonce == 0


@pytest.mark.parametrize(
    "document",
    [
        change(status="asleep"),
        change(subject="0x12"),
        change(owner="nobody"),
        change(nonce=-1, deadline=NOW),
        change(nonce=0, deadline="soon"),
        change(more=1),
        {"v": 1, "statusChange": []},
        {**change(), "signature": "0x" + "00" * 65},
        {"v": 2, "kind": "footprint", "issuer": bodies.HOLDER, "body": {}},
        {"v": 1, "kind": "poem", "issuer": bodies.HOLDER, "body": {}},
        {"v": 1, "kind": "certificate", "issuer": bodies.CERTIFIER, "body": {}},
        [],
        b"\xff",
        b'{"v":1,"v":1}',
    ],
)
def test_what_is_no_document_is_refused_with_its_place(document: Any) -> None:
    with pytest.raises(MalformedError) as caught:
        prepared(document, lane_length=lambda _owner, _subject: 0)
    assert caught.value.rule


def test_a_footprint_against_pact_is_refused_with_every_finding() -> None:
    body = footprint_body()
    body["pcf"]["exemptedEmissionsPercent"] = "200"
    body["pcf"]["ipccCharacterizationFactors"] = []
    with pytest.raises(FootprintRefusedError) as caught:
        prepared(draft(body=body))
    assert len(caught.value.findings) >= 2


def test_typed_data_names_its_contract_in_checksummed_hex() -> None:
    typed: Any = typed_statement(
        DEPLOYMENT, kind="rule", issuer=bodies.REGULATOR, summary="x", body_hash=bytes(32), issued_at=NOW
    )
    assert typed["primaryType"] == "Statement"
    assert typed["domain"]["verifyingContract"].lower() == "0x" + DEPLOYMENT.anchor_log.hex()
    assert typed["types"]["Statement"][-1] == {"name": "issuedAt", "type": "uint64"}


def test_a_call_tells_its_arguments_so_that_it_can_be_encoded_again() -> None:
    call = prepare_call(1, DEPLOYMENT.trust_registry, "closeGrant(bytes32,uint256)", (b"\x01" * 32, 2**255))
    shown: Any = call.document()
    assert shown["arguments"] == ["0x" + "01" * 32, str(2**255)]
    assert shown["data"] == "0x" + call.data.hex()
    assert call.data[4:36] == b"\x01" * 32
    with pytest.raises(AbiError):
        prepare_call(1, DEPLOYMENT.trust_registry, "closeGrant(bytes32,uint256)", (b"\x01" * 31, 1))
