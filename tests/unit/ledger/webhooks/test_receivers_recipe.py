"""The recipe that docs/api.md gives to receivers, run as it stands there."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.keys.memory import MemoryLogSigner
from ledger.webhooks.signing import public_key_text, signed_headers
from tests.support.ledger import NOW
from tests.support.webhooks import WEBHOOK_SIGNER

BODY = b'{"type":"status"}'
PINNED = [public_key_text(WEBHOOK_SIGNER.public_key)]
NEWER = MemoryLogSigner.from_seed(b"\x0a" * 32)


@pytest.fixture(scope="module")
def is_genuine() -> Callable[..., bool]:
    text = (Path(__file__).resolve().parents[4] / "docs/api.md").read_text(encoding="utf-8")
    [block] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(block, names)
    return names["is_genuine"]  # type: ignore[no-any-return]


@pytest.fixture
def headers() -> dict[str, str]:
    return signed_headers((WEBHOOK_SIGNER,), "msg_1", BODY, NOW)


def test_what_the_service_sends_is_genuine(is_genuine: Callable[..., bool], headers: dict[str, str]) -> None:
    assert is_genuine(headers, BODY, PINNED, NOW)
    assert is_genuine(headers, BODY, [public_key_text(NEWER.public_key), *PINNED], NOW - 300)
    both = signed_headers((NEWER, WEBHOOK_SIGNER), "msg_1", BODY, NOW)
    assert is_genuine(both, BODY, PINNED, NOW + 300)
    assert is_genuine(both, BODY, [public_key_text(NEWER.public_key)], NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_2"},
        {"webhook-timestamp": str(NOW + 1)},
        {"webhook-timestamp": f"+{NOW}"},
        {"webhook-timestamp": "٣"},
        {"webhook-timestamp": "9" * 5_000},
        {"webhook-timestamp": ""},
        {"webhook-signature": ""},
        {"webhook-signature": "v1a,"},
        {"webhook-signature": "v1a,!!"},
        {"webhook-signature": "v1," + b64encode(bytes(64)).decode()},
        {"webhook-signature": "v1a," + b64encode(bytes(64)).decode()},
    ],
)
def test_anything_else_is_not(is_genuine: Callable[..., bool], headers: dict[str, str], change: dict[str, str]) -> None:
    assert not is_genuine(headers | change, BODY, PINNED, NOW)


def test_nor_another_body_key_or_time(is_genuine: Callable[..., bool], headers: dict[str, str]) -> None:
    assert not is_genuine(headers, BODY + b" ", PINNED, NOW)
    assert not is_genuine(headers, BODY, [public_key_text(NEWER.public_key)], NOW)
    assert not is_genuine(headers, BODY, [], NOW)
    assert not is_genuine(headers, BODY, PINNED, NOW + 301)
    assert not is_genuine(headers, BODY, PINNED, NOW - 301)
    assert not is_genuine({}, BODY, PINNED, NOW)
