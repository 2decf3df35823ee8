"""Vectors of the operations on text: canonical form, identifiers."""

from __future__ import annotations

import json

from tests.reference.canonical import canonical as reference
from tests.support.vector_cases import Operation, Request

canonical = Operation("canonical")
BASE = b'{"b":[1,-2,9007199254740991],"a":"\\u78b3\\u8ff9","c":{"x":null,"y":true}}'.decode("unicode_escape")


def accepts(name: str, description: str, text: str) -> None:
    canonical.accept(name, description, {"json": text}, "0x" + reference(text).hex())


accepts("keys-sorted", "Keys come out sorted, text as it is.", BASE)
accepts("spacing", "Every kind of JSON white space around every token.", ' \t\n\r{ "b" :\t1 ,\n"a" : [ ] } ')
accepts("escapes", "Escapes that RFC 8785 writes otherwise.", '"\\u0041\\/\\u000a\\t\\"\\\\\\u78b3\\ud83c\\udf31"')
accepts("integer-limits", "Both ends of the integers.", "[9007199254740991,-9007199254740991,0]")
accepts("depth-32", "Nested exactly 32 deep.", "[" * 32 + "]" * 32)
accepts("scalar", "A document may be a scalar.", '"\u00b7"')
accepts("empty-key", "The empty key is made of printable ASCII only.", '{"":1}')
accepts("plane-2-ideograph", "A character beyond the BMP.", '"\U00020000"')
accepts("combining-mark-in-nfc", "A mark that composes with nothing before it.", '"q\u0323\u0307"')


def put(request: Request, old: str, new: str) -> None:
    assert request["json"].count(old) == 1
    request["json"] = request["json"].replace(old, new)


@canonical.reject("malformed", "duplicate-key")
def duplicate_key(request: Request) -> None:
    """A key twice in one object."""
    put(request, '"x":null', '"x":null,"x":2')


@canonical.reject("malformed", "duplicate-key")
def duplicate_key_spelt_with_an_escape(request: Request) -> None:
    """The second spelling of the key is an escape."""
    put(request, '"x":null', '"x":null,"\\u0078":2')


@canonical.reject("malformed", "key")
def key_not_ascii(request: Request) -> None:
    """A key with a letter outside ASCII."""
    put(request, '"x"', '"\u00e9"')


@canonical.reject("malformed", "key")
def key_with_a_newline(request: Request) -> None:
    """A key with a control character, escaped."""
    put(request, '"x"', '"x\\n"')


@canonical.reject("malformed", "number")
def number_with_a_point(request: Request) -> None:
    """1.0 is the same number, and another token."""
    put(request, "[1,", "[1.0,")


@canonical.reject("malformed", "number")
def number_with_an_exponent(request: Request) -> None:
    """1e0."""
    put(request, "[1,", "[1e0,")


@canonical.reject("malformed", "number")
def number_minus_zero(request: Request) -> None:
    """-0."""
    put(request, "[1,", "[-0,")


@canonical.reject("malformed", "syntax")
def number_with_a_leading_zero(request: Request) -> None:
    """01."""
    put(request, "[1,", "[01,")


@canonical.reject("malformed", "syntax")
def number_with_a_plus(request: Request) -> None:
    """+1."""
    put(request, "[1,", "[+1,")


@canonical.reject("malformed", "syntax")
def number_full_width(request: Request) -> None:
    """A full-width digit one."""
    put(request, "[1,", "[\uff11,")


@canonical.reject("malformed", "number-range")
def number_2_to_53(request: Request) -> None:
    """2^53, which a double holds and its neighbour does not."""
    put(request, "9007199254740991", "9007199254740992")


@canonical.reject("malformed", "number-range")
def number_of_a_thousand_digits(request: Request) -> None:
    """More digits than any integer type."""
    put(request, "9007199254740991", "9" * 1000)


@canonical.reject("malformed", "number")
def number_nan(request: Request) -> None:
    """NaN, which many parsers take."""
    put(request, "[1,", "[NaN,")


@canonical.reject("malformed", "number")
def number_infinity(request: Request) -> None:
    """-Infinity."""
    put(request, "-2", "-Infinity")


@canonical.reject("malformed", "number")
def number_beyond_a_double(request: Request) -> None:
    """1e400, which becomes infinity."""
    put(request, "[1,", "[1e400,")


@canonical.reject("malformed", "nfc")
def text_not_in_nfc(request: Request) -> None:
    """A letter and its mark apart."""
    put(request, "\u8ff9", "e\u0301")


@canonical.reject("malformed", "unassigned")
def text_unassigned_in_unicode_14(request: Request) -> None:
    """U+1FAE8, assigned in Unicode 15.0 only."""
    put(request, "\u8ff9", "\U0001fae8")


@canonical.reject("malformed", "noncharacter")
def text_noncharacter(request: Request) -> None:
    """U+FFFE."""
    put(request, "\u8ff9", "\ufffe")


@canonical.reject("malformed", "private-use")
def text_private_use(request: Request) -> None:
    """U+E000."""
    put(request, "\u8ff9", "\ue000")


@canonical.reject("malformed", "surrogate")
def text_lone_surrogate_escape(request: Request) -> None:
    """Half of a pair, escaped."""
    put(request, "\u8ff9", "\\ud800")


@canonical.reject("malformed", "surrogate")
def text_lone_surrogate(request: Request) -> None:
    """Half of a pair in the text itself."""
    put(request, "\u8ff9", "\ud800")


@canonical.reject("malformed", "control")
def text_delete(request: Request) -> None:
    """U+007F."""
    put(request, "\u8ff9", "\x7f")


@canonical.reject("malformed", "control")
def text_carriage_return_escape(request: Request) -> None:
    """U+000D, escaped: only tab and newline are taken."""
    put(request, "\u8ff9", "\\r")


@canonical.reject("malformed", "syntax")
def text_raw_newline(request: Request) -> None:
    """A newline inside a string must be escaped."""
    put(request, "\u8ff9", "\n")


@canonical.reject("malformed", "control")
def text_next_line(request: Request) -> None:
    """U+0085."""
    put(request, "\u8ff9", "\u0085")


@canonical.reject("malformed", "bidi-control")
def text_arabic_letter_mark(request: Request) -> None:
    """U+061C."""
    put(request, "\u8ff9", "\u061c")


@canonical.reject("malformed", "bidi-control")
def text_left_to_right_mark(request: Request) -> None:
    """U+200E."""
    put(request, "\u8ff9", "\u200e")


@canonical.reject("malformed", "bidi-control")
def text_right_to_left_override(request: Request) -> None:
    """U+202E."""
    put(request, "\u8ff9", "\u202e")


@canonical.reject("malformed", "bidi-control")
def text_pop_directional_isolate(request: Request) -> None:
    """U+2069."""
    put(request, "\u8ff9", "\u2069")


@canonical.reject("malformed", "depth")
def depth_33(request: Request) -> None:
    """One level too deep."""
    put(request, "null", "[" * 31 + "]" * 31)


@canonical.reject("malformed", "byte-order-mark")
def byte_order_mark(request: Request) -> None:
    """U+FEFF before the document."""
    request["json"] = "\ufeff" + request["json"]


@canonical.reject("malformed", "syntax")
def bytes_after_the_document(request: Request) -> None:
    """A second document."""
    request["json"] += "{}"


@canonical.reject("malformed", "syntax")
def trailing_comma(request: Request) -> None:
    """A comma before the bracket."""
    put(request, "true}", "true,}")


@canonical.reject("malformed", "syntax")
def single_quotes(request: Request) -> None:
    """Apostrophes for quotes."""
    put(request, '"x"', "'x'")


@canonical.reject("malformed", "syntax")
def comment(request: Request) -> None:
    """A comment."""
    put(request, "null", "null/**/")


@canonical.reject("malformed", "syntax")
def no_break_space(request: Request) -> None:
    """White space of another kind."""
    put(request, ":null", ":\u00a0null")


@canonical.reject("malformed", "type")
def not_text(request: Request) -> None:
    """A value where its text is due."""
    request["json"] = json.loads("[1]")


@canonical.reject("malformed", "missing-member")
def no_json(request: Request) -> None:
    """The member left out."""
    del request["json"]


rfc8785 = Operation("canonical.rfc8785")


def rfc_accepts(name: str, description: str, text: str, expected: str) -> None:
    rfc8785.accept(name, description, {"json": text}, "0x" + expected.encode().hex())


# Expected bytes written by hand from RFC 8785, 3.2.2 and 3.2.3.
rfc_accepts(
    "numbers",
    "Numbers as ECMAScript writes them.",
    '{"n":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0,1e21,1e-7,123456789012345678901]}',
    '{"n":[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,1e-7,123456789012345680000]}',
)
rfc_accepts(
    "utf-16-order",
    "Keys sort by UTF-16 code units: U+1F600 before U+FB33.",
    '{"\\ufb33":1,"\\ud83d\\ude00":2,"\\r":3,"1":4,"\\u00f6":5}',
    '{"\\r":3,"1":4,"\u00f6":5,"\U0001f600":2,"\ufb33":1}',
)
rfc_accepts("any-unicode", "What the profile refuses, the RFC takes.", '"e\u0301\u202e\ue000"', '"e\u0301\u202e\ue000"')


@rfc8785.reject("malformed", "number-range")
def beyond_a_double(request: Request) -> None:
    """1E400 is no double."""
    put(request, "1E30", "1E400")


@rfc8785.reject("malformed", "number")
def not_a_number(request: Request) -> None:
    """NaN is no JSON."""
    put(request, "1E30", "NaN")


@rfc8785.reject("malformed", "duplicate-key")
def duplicate(request: Request) -> None:
    """I-JSON forbids a key twice."""
    put(request, '{"n"', '{"n":1,"n"')


@rfc8785.reject("malformed", "surrogate")
def lone_surrogate(request: Request) -> None:
    """I-JSON forbids half of a pair."""
    put(request, '"n"', '"\\udc00"')


@rfc8785.reject("malformed", "depth")
def too_deep(request: Request) -> None:
    """33 deep."""
    put(request, "4.50", "[" * 31 + "]" * 31)


gtin = Operation("gtin.check")
gtin.accept("gtin-13", "GTIN-13.", {"gtin": "4006381333931"}, True)
gtin.accept("gtin-14", "GTIN-14.", {"gtin": "09506000134352"}, True)
gtin.accept("gtin-12", "GTIN-12.", {"gtin": "614141999996"}, True)
gtin.accept("gtin-8", "GTIN-8.", {"gtin": "96385074"}, True)


@gtin.reject("malformed", "gtin-check")
def check_digit(request: Request) -> None:
    """The check digit is one more."""
    request["gtin"] = "4006381333932"


@gtin.reject("malformed", "gtin-check")
def digits_swapped(request: Request) -> None:
    """Two neighbours swapped."""
    request["gtin"] = "4006381339331"


@gtin.reject("malformed", "gtin")
def eleven_digits(request: Request) -> None:
    """A length that no GTIN has."""
    request["gtin"] = "40063813339"


@gtin.reject("malformed", "gtin")
def full_width_digit(request: Request) -> None:
    """One digit is full-width."""
    request["gtin"] = "\uff14006381333931"


@gtin.reject("malformed", "gtin")
def newline_at_the_end(request: Request) -> None:
    """A newline in place of the last digit."""
    request["gtin"] = "400638133393\n"


@gtin.reject("malformed", "gtin")
def number_for_text(request: Request) -> None:
    """A JSON integer."""
    request["gtin"] = 4006381333931


uscc = Operation("uscc.check")
uscc.accept("department-9", "A company.", {"code": "91350100M000100Y43"}, True)
uscc.accept("check-character-letter", "A code that ends in X's neighbourhood.", {"code": "91512081MA62K0260E"}, True)
uscc.accept("q", "Another.", {"code": "9131000063159284XQ"}, True)


def uscc_of(first: str) -> str:
    """A code of a given registering department, its check character from GB 32100's formula."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = first + "1350100M000100Y4"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[(31 - total % 31) % 31]


for letter in "ANY":
    uscc.accept(f"department-{letter.lower()}", f"Registering department {letter}.", {"code": uscc_of(letter)}, True)


@uscc.reject("malformed", "uscc-check")
def wrong_check_character(request: Request) -> None:
    """The check character is another."""
    request["code"] = "91350100M000100Y44"


@uscc.reject("malformed", "uscc")
def character_outside_the_alphabet(request: Request) -> None:
    """The standard's own negative example ends in Z."""
    request["code"] = "91350100M000100Y4Z"


@uscc.reject("malformed", "uscc")
def lower_case(request: Request) -> None:
    """A small letter."""
    request["code"] = "91350100m000100Y43"


@uscc.reject("malformed", "uscc")
def seventeen_characters(request: Request) -> None:
    """One too few."""
    request["code"] = "91350100M000100Y4"


@uscc.reject("malformed", "uscc")
def space_before(request: Request) -> None:
    """A space before it."""
    request["code"] = " 91350100M000100Y43"


@uscc.reject("malformed", "uscc")
def letter_in_the_region(request: Request) -> None:
    """The region is six digits."""
    request["code"] = "9135A100M000100Y43"


OPERATIONS = (canonical, rfc8785, gtin, uscc)
