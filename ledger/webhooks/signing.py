"""Standard Webhooks, asymmetric: an Ed25519 key of the service signs what every endpoint gets, so none of them shares a secret.

    webhook-id         msg_…                       the same however often the message is sent
    webhook-timestamp  unix seconds of this try
    webhook-signature  v1a,<base64 of the Ed25519 signature over  id "." timestamp "." body>, one for each key, a space between

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import orjson

from ledger.domain.webhooks import Message
from verifier.hashing import sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.domain.events import Event
    from ledger.domain.webhook_orders import Order
    from ledger.domain.webhooks import EndpointId
    from ledger.ports.signer import LogSigner, Signer

PUBLIC_PREFIX: Final = "whpk_"
_ID_BYTES: Final = 16


def sign_order(order: Order, signer: Signer, separator: bytes) -> Order:
    """An order signed by a party's key. Raises SigningError."""
    return replace(order, signature=signer.sign_digest(order.digest(separator)))


def public_key_text(key: bytes) -> str:
    """The public key (32 bytes) as receivers are given it."""
    return PUBLIC_PREFIX + b64encode(key).decode()


def signed_headers(signers: Sequence[LogSigner], message: str, payload: bytes, now: int) -> dict[str, str]:
    """The three headers of one try, signed by every key (two while one takes over from the other). Raises SigningError."""
    signed = b"%s.%d.%s" % (message.encode(), now, payload)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join("v1a," + b64encode(signer.sign(signed)).decode() for signer in signers),
    }


def message_of(event: Event, endpoint: EndpointId, now: int) -> Message:
    """An event as a message: its body { type, timestamp, cursor, data }, its id by what happened and who is told."""
    told = orjson.dumps([endpoint, str(event.kind), event.data], option=orjson.OPT_SORT_KEYS)
    body = {"type": str(event.kind), "timestamp": now, "cursor": str(event.cursor), "data": event.data}
    return Message(
        message="msg_" + sha256(told)[:_ID_BYTES].hex(),
        kind=event.kind,
        cursor=event.cursor,
        payload=orjson.dumps(body, option=orjson.OPT_SORT_KEYS),
    )
