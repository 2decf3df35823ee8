"""Vectors of GS1 Digital Links: the key, its qualifiers and the data attributes, by application identifier."""

from __future__ import annotations

from tests.support.vector_cases import Operation, Request

GTIN = "09506000134352"

gs1 = Operation("gs1.parse")
gs1.accept(
    "item",
    "GTIN, variant, lot and serial, in their one order; other parameters are not GS1's.",
    {"uri": f"https://id.example.cn/01/{GTIN}/22/2A/10/LOT-7/21/S%2F1?c=x&17=271231#top"},
    {"01": GTIN, "22": "2A", "10": "LOT-7", "21": "S/1", "17": "271231"},
)
gs1.accept(
    "stem",
    "A path before the key; any domain, any port.",
    {"uri": f"http://localhost:8080/a/01/b/01/{GTIN}"},
    {"01": GTIN},
)
gs1.accept(
    "label",
    "An item label's link.",
    {"uri": f"https://t.example.com/01/{GTIN}/21/00000HS4VX0ZQ7K2MN?c={'A' * 22}&s={'A' * 86}"},
    {"01": GTIN, "21": "00000HS4VX0ZQ7K2MN"},
)
gs1.accept(
    "model",
    "A Global Model Number.",
    {"uri": "https://id.example.cn/8013/1987654Ad4X4bL5ttr2310c2K"},
    {"8013": "1987654Ad4X4bL5ttr2310c2K"},
)


def replaced(request: Request, old: str, new: str) -> None:
    request["uri"] = str(request["uri"]).replace(old, new)


@gs1.reject("gs1", "csum")
def check_digit_changed(request: Request) -> None:
    """The GTIN's check digit is one more."""
    replaced(request, GTIN, GTIN[:-1] + "3")


@gs1.reject("gs1", "format")
def gtin_of_13_digits(request: Request) -> None:
    """The leading zero is left out."""
    replaced(request, GTIN, GTIN[1:])


@gs1.reject("gs1", "qualifier-order")
def serial_before_lot(request: Request) -> None:
    """Two qualifiers change places."""
    replaced(request, "/10/LOT-7/21/S%2F1", "/21/S%2F1/10/LOT-7")


@gs1.reject("gs1", "percent-encoding")
def half_an_escape(request: Request) -> None:
    """The serial ends within an escape."""
    replaced(request, "S%2F1", "S1%2")


@gs1.reject("gs1", "character")
def escaped_newline(request: Request) -> None:
    """A newline hides in the serial."""
    replaced(request, "S%2F1", "S%0A1")


@gs1.reject("gs1", "format")
def serial_outside_the_alphabet(request: Request) -> None:
    """A character that AI 21 does not take."""
    replaced(request, "S%2F1", "S%231")


@gs1.reject("gs1", "empty-value")
def serial_empty(request: Request) -> None:
    """The serial's value is empty."""
    replaced(request, "/21/S%2F1", "/21/")


@gs1.reject("gs1", "no-primary-key")
def no_key(request: Request) -> None:
    """The key is an identifier that is none."""
    replaced(request, "/01/", "/02/")


@gs1.reject("gs1", "yymmd0")
def thirteenth_month(request: Request) -> None:
    """The expiry date has month 13."""
    replaced(request, "17=271231", "17=271331")


@gs1.reject("gs1", "not-an-attribute")
def key_as_a_parameter(request: Request) -> None:
    """A serial in the query."""
    replaced(request, "17=271231", "21=271231")


@gs1.reject("gs1", "not-a-uri")
def other_protocol(request: Request) -> None:
    """Not a web address."""
    replaced(request, "https://", "ftp://")


@gs1.reject("gs1", "not-a-uri")
def raw_ideograph(request: Request) -> None:
    """A character that no URI holds."""
    replaced(request, "LOT-7", "批-7")


@gs1.reject("gs1", "too-long")
def beyond_2000_characters(request: Request) -> None:
    """A fragment of 2,000 characters."""
    request["uri"] = str(request["uri"]) + "x" * 2_000


@gs1.reject("malformed", "type")
def number_for_text(request: Request) -> None:
    """A JSON integer."""
    request["uri"] = 1


OPERATIONS = (gs1,)
