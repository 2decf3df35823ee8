"""Verifier keys and notes: what the vectors do not cover. Low-order keys, other people's lines, sizes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.vectors_log import BODY, KEY, ORIGIN, ROOT, SECRET, line, signed
from verifier.ed25519 import LOW_ORDER_Y
from verifier.errors import MalformedError, NoteError
from verifier.note import format_verifier_key, open_checkpoint, parse_checkpoint, parse_note, parse_verifier_key


@pytest.mark.parametrize("y", sorted(LOW_ORDER_Y))
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_log_keys_of_low_order_are_refused(y: int, sign: int) -> None:
    with pytest.raises(MalformedError, match="low-order-key"):
        parse_verifier_key(format_verifier_key(ORIGIN, (y + sign).to_bytes(32, "little")))


def test_ordinary_keys_are_taken() -> None:
    public = SECRET.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert format_verifier_key(ORIGIN, public) == KEY
    key = parse_verifier_key(KEY)
    assert (key.name, key.public_key) == (ORIGIN, public)


@pytest.mark.parametrize(
    "text",
    [None, "", "a+b", "+00000000+AA==", "a b+00000000+AA==", "a+0000000+AA==", "a+00000000+A", KEY + "\n", " " + KEY],
)
def test_what_is_no_verifier_key(text: object) -> None:
    with pytest.raises(MalformedError):
        parse_verifier_key(text)


def test_the_text_may_hold_empty_lines_and_the_last_one_separates() -> None:
    body = "first\n\nsecond\n"
    assert parse_note(signed(body)).text == body


def test_other_signatures_may_be_of_any_length() -> None:
    note = BODY + "\n\u2014 witness AAAAAAAA\n" + line(ORIGIN, SECRET, BODY)
    assert open_checkpoint(note, parse_verifier_key(KEY)).root == ROOT


def test_a_key_that_did_not_sign() -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    with pytest.raises(NoteError, match="unsigned"):
        open_checkpoint(signed(BODY), parse_verifier_key(format_verifier_key(ORIGIN, other)))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_one_changed_character_never_opens_to_something_else(data: st.DataObject) -> None:
    note = signed(BODY)
    at = data.draw(st.integers(0, len(note) - 1))
    changed = note[:at] + data.draw(st.characters(codec=None)) + note[at + 1 :]
    try:
        opened = open_checkpoint(changed, parse_verifier_key(KEY))
    except (MalformedError, NoteError):
        return
    assert (opened.origin, opened.size, opened.root) == (ORIGIN, 21, ROOT)
    assert changed == note


@given(st.text(max_size=60) | st.lists(st.sampled_from(["a", "0", "21", "A" * 43 + "=", "", "\n"])).map("\n".join))
def test_a_checkpoint_of_any_text_is_read_or_refused(text: str) -> None:
    try:
        checkpoint = parse_checkpoint(text)
    except MalformedError:
        return
    assert text.startswith(f"{checkpoint.origin}\n{checkpoint.size}\n")
