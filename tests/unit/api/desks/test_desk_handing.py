"""Files handed in: one document, a bundle of lines, a change; each with what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.desks.handing import MOST_LINES, BundleTooLongError, Handed, hand_in
from api.http.errors import RequestError
from tests.support import bodies
from tests.support.ledger import HOLDER_KEY, STRANGER_KEY, footprint, footprint_body, sign
from tests.support.service import Served, served
from verifier.canonical import canonicalize
from verifier.errors import MalformedError


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path) as found:
        yield found


def handed(running: Served, data: bytes) -> tuple[Handed, ...]:
    portal = running.client.portal
    assert portal is not None
    return portal.call(hand_in, running.service, data)


def unsigned() -> bytes:
    return canonicalize({"v": 1, "kind": "footprint", "issuer": bodies.HOLDER, "body": footprint_body()})


def test_one_statement_gets_its_receipt_and_the_same_one_again(running: Served) -> None:
    (first,) = handed(running, footprint(1))
    assert (first.position, first.index, first.is_new) == (1, 0, True)
    receipt = json.loads(first.document)
    assert (receipt["id"], receipt["anchorBy"]) == (first.title, first.anchor_by)
    pretty = json.dumps(json.loads(footprint(1)), indent=2, ensure_ascii=False).encode()
    (again,) = handed(running, pretty)
    assert (again.index, again.is_new, again.document) == (0, False, first.document)


def test_a_bundle_keeps_its_order_and_a_refusal_its_place(running: Served) -> None:
    stranger = canonicalize(sign("footprint", bodies.HOLDER, footprint_body(3), STRANGER_KEY))
    found = handed(running, b"\r\n".join([footprint(1), stranger, b"", b"{broken", footprint(2)]) + b"\n")
    assert [one.position for one in found] == [1, 2, 3, 4]
    assert [bool(one.document) for one in found] == [True, False, False, True]
    assert [one.index for one in found] == [0, None, None, 1]
    assert found[1].title == "footprint"
    assert found[1].rule
    assert found[2].title == "–"


def test_a_draft_is_told_from_a_broken_statement(running: Served) -> None:
    (draft,) = handed(running, unsigned())
    assert (draft.is_unsigned, draft.document) == (True, "")
    half = json.loads(footprint(1))
    del half["signer"]
    (broken,) = handed(running, canonicalize(half))
    assert not broken.is_unsigned
    (number,) = handed(running, b'{"kind":7}')
    assert number.title == "7"


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xff", b"nonsense", b"PK\x03\x04", b'{"v":1,"v":2}'])
def test_no_document_at_all_is_refused(running: Served, data: bytes) -> None:
    with pytest.raises(MalformedError):
        handed(running, data)
    assert running.host.reader.size() == 0


def test_more_lines_than_are_taken_at_once_are_not_begun(running: Served) -> None:
    with pytest.raises(BundleTooLongError) as caught:
        handed(running, (footprint(1) + b"\n") * (MOST_LINES + 1))
    assert caught.value.most == MOST_LINES
    assert running.host.reader.size() == 0


def test_a_change_where_nobody_relays_and_a_statement_where_nobody_writes(running: Served, tmp_path: Path) -> None:
    with pytest.raises(RequestError):
        handed(running, b'{"v":1,"statusChange":{}}')
    with served(tmp_path / "reader", writes=False) as reader, pytest.raises(RequestError):
        handed(reader, footprint(1))


def test_an_honest_signer_is_needed(running: Served) -> None:
    signed = sign("footprint", bodies.HOLDER, footprint_body(4), HOLDER_KEY)
    (refused,) = handed(running, canonicalize({**signed, "signature": "0x" + "11" * 65}))
    assert refused.document == ""
    assert refused.detail
