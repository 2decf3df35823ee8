"""Orders as documents and as what is signed; messages and their ids."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.domain.events import Cursor, Event, EventKind, read_cursor
from ledger.domain.webhook_orders import Action, Order, endpoint_id, parse_order, serialize_order
from ledger.domain.webhooks import EndpointId
from ledger.webhooks.signing import PUBLIC_PREFIX, message_of, public_key_text, signed_headers
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, DEPLOYMENT, NOW
from tests.support.webhooks import WEBHOOK_SIGNER, order
from verifier.canonical import canonicalize
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.signature import recover

URL = "https://hooks.bank.example/tanji"
DETAILS: dict[str, Any] = {"kinds": ["status"], "certificates": ["0x" + "2b" * 32], "cursor": "1-2-3", "until": NOW + 9}


@pytest.mark.parametrize(
    ("action", "target", "details"),
    [
        (Action.ADD, URL, DETAILS),
        (Action.ADD, URL, {}),
        (Action.LIST, "", {}),
        (Action.REPLAY, "wh_1", {"cursor": "0-0-0"}),
        (Action.DELIVERIES, "wh_1", {"after": 7, "state": "dead"}),
        (Action.REMOVE, "wh_1", {}),
    ],
)
def test_an_order_reads_back(action: Action, target: str, details: dict[str, Any]) -> None:
    document = order(action, target, details)
    read = parse_order(document)
    assert serialize_order(read) == document
    assert (read.action, read.target, dict(read.details), read.party) == (action, target, details, bodies.CERTIFIER)
    assert recover(read.digest(DEPLOYMENT.domain_separator), read.signature) == CERTIFIER_KEY.address


def test_any_wallet_signs_the_same_bytes() -> None:
    """eth_account's EIP-712 over the typed data that docs/api.md gives, against our own digest."""
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "WebhookOrder": [
                {"name": "action", "type": "string"},
                {"name": "party", "type": "string"},
                {"name": "target", "type": "string"},
                {"name": "detailsHash", "type": "bytes32"},
                {"name": "issuedAt", "type": "uint64"},
                {"name": "deadline", "type": "uint64"},
            ],
        },
        "primaryType": "WebhookOrder",
        "domain": {
            "name": "Tanji",
            "version": "1",
            "chainId": DEPLOYMENT.chain_id,
            "verifyingContract": "0x" + DEPLOYMENT.anchor_log.hex(),
        },
        "message": {
            "action": "add",
            "party": bodies.CERTIFIER,
            "target": URL,
            "detailsHash": sha256(canonicalize(DETAILS)),
            "issuedAt": NOW,
            "deadline": NOW + 600,
        },
    }
    signed = Account.sign_message(encode_typed_data(full_message=typed), CERTIFIER_KEY.secret())
    assert bytes(signed.signature) == parse_order(order(Action.ADD, URL, DETAILS)).signature


@pytest.mark.parametrize(
    "change",
    [
        {"action": Action.REMOVE},
        {"party": bodies.HOLDER},
        {"target": URL + "/"},
        {"details": {"kinds": ["anchor"]}},
        {"issued_at": NOW + 1},
        {"deadline": NOW + 601},
    ],
)
def test_every_member_is_signed(change: dict[str, Any]) -> None:
    read = parse_order(order(Action.ADD, URL, {"kinds": ["status"]}))
    other: Order = replace(read, **change)
    separator = DEPLOYMENT.domain_separator
    assert other.digest(separator) != read.digest(separator)
    assert recover(other.digest(separator), read.signature) != CERTIFIER_KEY.address


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"v": 2}, "/v"),
        ({"more": 1}, "/more"),
        ({"signature": "0x" + "00" * 65}, "/signature"),
        ({"signature": "0x"}, "/signature"),
        ({"webhookOrder.action": "drop"}, "/webhookOrder/action"),
        ({"webhookOrder.party": "uscc:x"}, "/webhookOrder/party"),
        ({"webhookOrder.target": 1}, "/webhookOrder/target"),
        ({"webhookOrder.target": "x" * 501}, "/webhookOrder/target"),
        ({"webhookOrder.details": []}, "/webhookOrder/details"),
        ({"webhookOrder.issuedAt": -1}, "/webhookOrder/issuedAt"),
        ({"webhookOrder.deadline": 1.5}, ""),
        ({"webhookOrder.extra": 1}, "/webhookOrder/extra"),
    ],
)
def test_a_document_of_another_form_is_refused_by_its_place(change: dict[str, Any], place: str) -> None:
    document = json.loads(order(Action.ADD, URL))
    for name, value in change.items():
        *path, last = name.split(".")
        (document[path[0]] if path else document)[last] = value
    with pytest.raises(MalformedError) as refused:
        parse_order(json.dumps(document).encode())
    assert refused.value.place.startswith(place)


def test_an_endpoint_is_named_by_the_order_that_made_it() -> None:
    one, two = parse_order(order(Action.ADD, URL)), parse_order(order(Action.ADD, URL, now=NOW + 1))
    names = [endpoint_id(each.digest(DEPLOYMENT.domain_separator)) for each in (one, one, two)]
    assert names[0] == names[1] != names[2]
    assert len(names[0]) == 35


def test_a_message_has_one_id_whenever_it_is_made() -> None:
    event = Event(kind=EventKind.STATUS, data={"subject": "0x01", "final": True}, cursor=Cursor(block=5))
    made = message_of(event, EndpointId("wh_1"), NOW)
    later = message_of(replace(event, cursor=Cursor(block=9)), EndpointId("wh_1"), NOW + 60)
    assert made.message == later.message
    assert message_of(event, EndpointId("wh_2"), NOW).message != made.message
    other = replace(event, data={"subject": "0x01", "final": False})
    assert message_of(other, EndpointId("wh_1"), NOW).message != made.message
    assert json.loads(made.payload) == {"type": "status", "timestamp": NOW, "cursor": "0-0-5", "data": event.data}
    assert read_cursor("0-0-5") == event.cursor
    with_alerts = Cursor(entries=1, anchors=2, block=3, alerts=4)
    assert (str(with_alerts), read_cursor("1-2-3-4")) == ("1-2-3-4", with_alerts)
    assert read_cursor("1-2-3-0") is read_cursor("1-2-3-4-5") is read_cursor("1-2-3-") is None  # one text for each


def test_headers_are_those_of_standard_webhooks() -> None:
    headers = signed_headers((WEBHOOK_SIGNER,), "msg_1", b'{"a":1}', NOW)
    assert sorted(headers) == ["webhook-id", "webhook-signature", "webhook-timestamp"]
    text = public_key_text(WEBHOOK_SIGNER.public_key)
    assert text.startswith(PUBLIC_PREFIX)
    key = Ed25519PublicKey.from_public_bytes(b64decode(text.removeprefix(PUBLIC_PREFIX)))
    version, _, signature = headers["webhook-signature"].partition(",")
    assert version == "v1a"
    key.verify(b64decode(signature), b'msg_1.%d.{"a":1}' % NOW)
