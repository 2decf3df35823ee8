"""A label's text: the three forms, and single mutations of a genuine item label."""

from __future__ import annotations

import pytest
from coincurve import PrivateKey

from verifier.crockford import decode, encode, from_typing
from verifier.eip712 import domain_separator
from verifier.encoding import to_base64url
from verifier.errors import MalformedError
from verifier.label import Granularity, label_digest, parse_label
from verifier.signature import ORDER, recover
from verifier.types import Address

KEY = PrivateKey(b"\x07" * 32)
ADDRESS = Address(bytes(20))
SEPARATOR = domain_separator(31337, ADDRESS)
PREFIX = bytes(range(16))
GTIN = "09520000000011"
SERIAL = encode(41, 6) + encode(123456789, 12)


def gtin(body: str) -> str:
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(body))
    return body + str(-total % 10)


def compact(product: str, serial: str) -> bytes:
    raw = KEY.sign_recoverable(
        label_digest(SEPARATOR, product=product, serial=serial, certificate_prefix=PREFIX), hasher=None
    )
    return raw[:32] + (int.from_bytes(raw[32:64], "big") | raw[64] << 255).to_bytes(32, "big")


def query(product: str, serial: str) -> str:
    return f"?c={to_base64url(PREFIX)}&s={to_base64url(compact(product, serial))}"


PRODUCT = gtin(GTIN[:13])
ITEM = f"https://tanji.example/01/{PRODUCT}/21/{SERIAL}{query(PRODUCT, SERIAL)}"


def test_an_item_label_recovers_to_its_key() -> None:
    label = parse_label(ITEM)
    assert (label.granularity, label.index, label.certificate_prefix) == (Granularity.ITEM, 41, PREFIX)
    digest = label_digest(SEPARATOR, product=label.product, serial=label.signed_serial, certificate_prefix=PREFIX)
    assert recover(digest, label.signature) == recover(digest, parse_label(ITEM.replace("tanji", "other")).signature)


def test_batch_and_model_labels_sign_other_words() -> None:
    batch = parse_label(f"https://a.example/stem/01/{PRODUCT}/10/LOT%2F7{query(PRODUCT, '10:LOT/7')}")
    assert (batch.granularity, batch.batch, batch.signed_serial, batch.index) == (
        Granularity.BATCH,
        "LOT/7",
        "10:LOT/7",
        None,
    )
    model = parse_label(f"https://a.example/01/{PRODUCT}{query(PRODUCT, '')}")
    assert (model.granularity, model.signed_serial) == (Granularity.MODEL, "")
    gmn = parse_label(f"https://a.example/8013/1987654Ad4X4bL5ttr2310c2K{query('8013:1987654Ad4X4bL5ttr2310c2K', '')}")
    assert (gmn.granularity, gmn.product, gmn.gtin) == (Granularity.MODEL, "8013:1987654Ad4X4bL5ttr2310c2K", None)


def test_other_query_parameters_are_ignored() -> None:
    assert parse_label(ITEM + "&verdict=authentic") == parse_label(ITEM)


def high_s() -> str:
    """The least high s; any above 2^255 cannot be written in 255 bits."""
    return to_base64url(compact(PRODUCT, SERIAL)[:32] + (ORDER // 2 + 1).to_bytes(32, "big"))


S = ITEM.rpartition("&s=")[2]
MUTATIONS = {
    "serial in lower case": (ITEM.replace(SERIAL, SERIAL.lower()), "serial"),
    "serial one short": (ITEM.replace(SERIAL, SERIAL[:-1]), "serial"),
    "serial with letter U": (ITEM.replace(SERIAL, SERIAL[:-1] + "U"), "serial"),
    "gtin check digit": (ITEM.replace(PRODUCT, PRODUCT[:13] + str((int(PRODUCT[13]) + 1) % 10)), "gs1.csum"),
    "c with spare bits": (
        ITEM.replace("&s=", "&s=").replace(to_base64url(PREFIX), to_base64url(PREFIX)[:-1] + "x"),
        "base64url",
    ),
    "c missing": (ITEM.replace("c=", "d="), "parameter"),
    "c twice": (ITEM + f"&c={to_base64url(PREFIX)}", "parameter"),
    "s of 65 bytes": (ITEM.replace(S, to_base64url(bytes(65))), "parameter"),
    "s with spare bits": (ITEM[:-1] + "BCDEFGHIJ"["AQgw".find(ITEM[-1])], "base64url"),
    "s high": (ITEM.replace(S, high_s()), "signature-s"),
    "r zero": (ITEM.replace(S, to_base64url(bytes(63) + b"\x01")), "signature-r"),
    "http": (ITEM.replace("https", "http"), "label-form"),
    "batch and serial": (ITEM.replace("/21/", "/10/A/21/"), "label-form"),
    "no GS1 link": ("https://tanji.example/verify?c=x", "gs1.no-primary-key"),
    "empty": ("", "gs1.not-a-uri"),
    "very long": (ITEM + "&x=" + "y" * 1000, "size"),
}


@pytest.mark.parametrize(("text", "rule"), MUTATIONS.values(), ids=MUTATIONS.keys())
def test_a_single_mutation_is_malformed(text: str, rule: str) -> None:
    with pytest.raises(MalformedError) as caught:
        parse_label(text)
    assert caught.value.rule == rule


def test_what_a_person_types_is_forgiven_and_what_is_scanned_is_not() -> None:
    assert from_typing("oil0-abcd efgh") == "0110ABCDEFGH"
    with pytest.raises(MalformedError):
        decode("o", "/serial")
