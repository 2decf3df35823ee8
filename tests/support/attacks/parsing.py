"""A: parsing and stripping."""

from __future__ import annotations

import base64
import gzip
import unicodedata

from tests.support.attacks.corpus import add, attack, changed_story, put
from tests.support.bodies import at
from tests.support.world import Case, Story, genuine, signed

_SIGNATURE = "/certificate/statement/signature"


@attack("A01", "rejected", "certificate.signature", "not-signed")
def certificate_signature_empty() -> Case:
    return put(genuine(), _SIGNATURE, "0x")


@attack("A01", "rejected", "footprint.signature", "not-signed")
def footprint_signature_empty() -> Case:
    return put(genuine(), "/footprint/statement/signature", "0x")


@attack("A01", "malformed")
def proof_not_a_string() -> Case:
    return put(genuine(), "/certificate/proof", [])


@attack("A01", "rejected", "certificate.logged", "proof-form")
def proof_empty() -> Case:
    return put(genuine(), "/certificate/proof", "")


@attack("A02", "malformed")
def signature_removed() -> Case:
    case = genuine()
    del case.document["certificate"]["statement"]["signature"]
    return case


for _pointer, _value in (
    ("/certificate/statement/v", 2),
    ("/certificate/statement/v", True),
    ("/certificate/statement/extra", 1),
    ("/v", 2),
    ("/trusted", True),
    ("/certificate/root", "0x" + "00" * 32),
    ("/certificate/disclosures", []),
    ("/certificate/statement/body/extra", 1),
):
    _name = _pointer.strip("/").replace("/", "-") + f"-{_value}".lower()[:8]
    _is_body = "body" in _pointer
    add(
        "A03",
        _name,
        "rejected" if _is_body else "malformed",
        "certificate.signature" if _is_body else "",
        "body-form" if _is_body else "",
        lambda pointer=_pointer, value=_value: put(genuine(), pointer, value),  # type: ignore[misc]
    )


@attack("A04", "rejected", "certificate.signature", "kind")
def unknown_kind_as_certificate() -> Case:
    def sign(story: Story, name: str):  # type: ignore[no-untyped-def]
        return signed("certificate2", story.issuers[name], story.bodies[name], "certifier", story.issued_at[name])

    return changed_story(lambda story: story.sign.update({"certificate": sign}))


@attack("A04", "rejected", "certificate.signature", "kind")
def footprint_as_certificate() -> Case:
    case = genuine()
    case.document["certificate"] = {k: v for k, v in case.document["footprint"].items() if k != "disclosures"}
    return case


def _raw(before: str, after: str) -> tuple[Case, bytes]:
    case = genuine()
    data = case.data()
    if before.encode() not in data:
        raise ValueError(f"{before} is not in the evidence")
    return case, data.replace(before.encode(), after.encode("utf-8", "surrogatepass"), 1)


for _row, _name, _before, _after in (
    ("A05", "duplicate_pcf", '"pcf":"310.5"', '"pcf":"310.5","pcf":"9.9"'),
    ("A05", "duplicate_same_value", '"pcf":"310.5"', '"pcf":"310.5","pcf":"310.5"'),
    ("A06", "beyond_2_53", '"quota":10000', '"quota":9007199254740993'),
    ("A06", "float", '"quota":10000', '"quota":10000.0'),
    ("A06", "exponent", '"quota":10000', '"quota":1e4'),
    ("A06", "nan", '"quota":10000', '"quota":NaN'),
    ("A06", "infinity", '"quota":10000', '"quota":Infinity'),
    ("A06", "1e400", '"quota":10000', '"quota":1e400'),
    ("A06", "minus_zero", '"quota":10000', '"quota":-0'),
    ("A07", "lone_surrogate_escape", "示例冰箱", "\\ud800"),
    ("A07", "lone_surrogate_bytes", "示例冰箱", "\ud800"),
    ("A07", "nfd", "示例冰箱", unicodedata.normalize("NFD", "Kühlschrank")),
    ("A07", "bidi_override", "示例冰箱", "冰箱\u202e"),
    ("A10", "whitespace_in_hex", '"signature":"0x', '"signature":"0x '),
    ("A10", "upper_case_hex_prefix", '"signature":"0x', '"signature":"0X'),
    ("A10", "plus_in_size", '"size":', '"size":+'),
    ("A10", "leading_zero_in_size", '"size":', '"size":0'),
    ("A10", "size_as_text", '"index":', '"index":"1","index2":'),
):
    add(_row, _name, "malformed", "", "", lambda before=_before, after=_after: _raw(before, after))  # type: ignore[misc]


@attack("A08", "malformed")
def byte_order_mark() -> tuple[Case, bytes]:
    case = genuine()
    return case, b"\xef\xbb\xbf" + case.data()


@attack("A08", "malformed")
def utf_16() -> tuple[Case, bytes]:
    case = genuine()
    return case, case.data().decode().encode("utf-16")


@attack("A08", "malformed")
def trailing_bytes() -> tuple[Case, bytes]:
    case = genuine()
    return case, case.data() + b"{}"


@attack("A09", "malformed")
def nested_100_000_deep() -> tuple[Case, bytes]:
    return genuine(), b"[" * 100_000 + b"]" * 100_000


@attack("A09", "malformed")
def too_large() -> tuple[Case, bytes]:
    case = genuine()
    return case, case.data() + b" " * (9 * 1024 * 1024)


@attack("A09", "malformed")
def gzip_bomb() -> tuple[Case, bytes]:
    return genuine(), gzip.compress(bytes(1024 * 1024))


@attack("A10", "malformed")
def base64_tail_bits() -> Case:
    case = genuine()
    raw = base64.urlsafe_b64decode(at(case.document, "/certificate/proof") + "==")[:32]
    text = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    twin = text[:-1] + chr(ord(text[-1]) + 1)
    return put(case, "/certificate/proof", twin)


@attack("A10", "malformed")
def odd_length_hex() -> Case:
    case = genuine()
    return put(case, _SIGNATURE, at(case.document, _SIGNATURE)[:-1])


@attack("A11", "rejected", "certificate.issuer", "unknown-key")
def lookalike_issuer_with_its_own_key() -> Case:
    def change(story: Story) -> None:
        story.issuers["certificate"] = "uscc:91110000MA0C0EXAMZ"
        story.signers["certificate"] = "mallory"

    return changed_story(change)


@attack("A11", "malformed")
def issuer_with_a_cyrillic_letter() -> Case:
    return put(genuine(), "/certificate/statement/issuer", "uscc:91110000M\u04100C0EXAM2")


@attack("A12", "authentic")
def script_in_a_product_name_is_text() -> Case:
    def change(story: Story) -> None:
        story.bodies["certificate"]["products"][0]["name"] = "<script>alert('authentic')</script>"

    return changed_story(change)
