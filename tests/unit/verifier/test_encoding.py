"""Hex, base64url and integers are read in one spelling only; identifiers with their check characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.encoding import parse_base64url, parse_hex, parse_integer, to_base64url, to_hex
from verifier.errors import MalformedError
from verifier.identifiers import check_gmn, check_gtin, check_lei, check_uscc, parse_party, party_id


@given(st.binary(max_size=40))
def test_round_trips(data: bytes) -> None:
    assert parse_hex(to_hex(data), "") == data
    assert parse_base64url(to_base64url(data), "", len(data)) == data


@given(st.text(max_size=12) | st.text("0123456789abcdefABCDEFx _=+/-\n", max_size=12))
def test_one_spelling(text: str) -> None:
    for parse, write in (
        (lambda: parse_hex(text, ""), to_hex),
        (lambda: parse_base64url(text, "", 100), to_base64url),
    ):
        try:
            data = parse()
        except MalformedError:
            continue
        assert write(data) == text


@pytest.mark.parametrize("text", ["AB", "AB==", "AA=", "A", "A A", "A\n", "-_+/", "\u0410A", None, 7])
def test_base64url_refused(text: object) -> None:
    with pytest.raises(MalformedError):
        parse_base64url(text, "", 10)


def test_caps_come_first() -> None:
    with pytest.raises(MalformedError, match="size"):
        parse_base64url("A" * 10_000_000, "", 32)
    with pytest.raises(MalformedError, match="size"):
        parse_hex("0x" + "0" * 10_000_000, "", 32)


@pytest.mark.parametrize("value", [True, 1.0, "1", None, -1, 11])
def test_integer_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        parse_integer(value, "", least=0, most=10)


@pytest.mark.parametrize("text", ["uscc:91350100M000100Y43", "lei:529900T8BM49AURSDO55", "uscc:91350211M0000XUF46"])
def test_parties(text: str) -> None:
    assert parse_party(text, "") == text
    assert len(party_id(text)) == 32


@pytest.mark.parametrize(
    "text",
    ["uscc:91350100m000100Y43", "uscc:91350100M000100Y4", "lei:529900T8BM49AURSDO5", "USCC:91350100M000100Y43",
     "uscc:91350100M000100Y43\n", "uscc:\uff1991350100M000100Y4", "", None],
)  # fmt: skip
def test_parties_refused(text: object) -> None:
    with pytest.raises(MalformedError, match="party"):
        parse_party(text, "")


@pytest.mark.parametrize("position", range(18))
def test_uscc_check_character_sees_every_place(position: int) -> None:
    code = "91350100M000100Y43"
    check_uscc(code)
    other = "2" if code[position] != "2" else "3"
    with pytest.raises(MalformedError):
        check_uscc(code[:position] + other + code[position + 1 :])


def test_lei() -> None:
    check_lei("529900T8BM49AURSDO55")
    for wrong in ("529900T8BM49AURSDO56", "529900T8BM49AURSDO5", "529900t8BM49AURSDO55"):
        with pytest.raises(MalformedError):
            check_lei(wrong)


@pytest.mark.parametrize("position", range(14))
def test_gtin_check_digit_sees_every_place(position: int) -> None:
    gtin = "09506000134352"
    check_gtin(gtin)
    with pytest.raises(MalformedError, match="gtin-check"):
        check_gtin(gtin[:position] + str((int(gtin[position]) + 1) % 10) + gtin[position + 1 :])


def test_gmn() -> None:
    check_gmn("1987654Ad4X4bL5ttr2310c2K")  # GS1 General Specifications' example
    for wrong in ("1987654Ad4X4bL5ttr2310c2L", "1987654Ad4X4bL5ttr2310d2K", "12", "1987654 d4X4bL5ttr2310c2K", None):
        with pytest.raises(MalformedError):
            check_gmn(wrong)
