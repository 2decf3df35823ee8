"""A naive second reading of docs/spec/01: JSON character by character, straight from RFC 8259 and RFC 8785.

Shares no code with the verifier. Unassigned code points are asked of the running Python, so that rule is exact only
where `UNICODE_IS_14` holds (CPython 3.11).
"""

from __future__ import annotations

import unicodedata
from typing import Any

UNICODE_IS_14 = unicodedata.unidata_version == "14.0.0"
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
BIDI = {0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}


class RefusedError(Exception):
    """The text is not of the profile."""


def canonical(data: bytes | str) -> bytes:
    if isinstance(data, str):
        try:
            data = data.encode("utf-8")
        except UnicodeEncodeError:
            raise RefusedError from None
    if len(data) > 1_048_576:
        raise RefusedError
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise RefusedError from None
    reader = _Reader(text)
    value = reader.value(0)
    reader.space()
    if reader.at != len(text):
        raise RefusedError
    return write(value).encode("utf-8")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        if self.at >= len(self.text):
            raise RefusedError
        return self.text[self.at]

    def take(self, expected: str) -> None:
        if not self.text.startswith(expected, self.at):
            raise RefusedError
        self.at += len(expected)

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t\n\r":
            self.at += 1

    def value(self, depth: int) -> Any:
        self.space()
        first = self.peek()
        if first in "{[" and depth == 32:
            raise RefusedError
        if first == "{":
            return self.object(depth)
        if first == "[":
            return self.array(depth)
        if first == '"':
            return self.string()
        for word, meaning in (("null", None), ("true", True), ("false", False)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return meaning
        return self.number()

    def number(self) -> int:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] in "+-0123456789.eE":
            self.at += 1
        token = self.text[start : self.at]
        digits = token.removeprefix("-")
        if not digits or any(c not in "0123456789" for c in digits) or token == "-0":
            raise RefusedError
        if digits[0] == "0" and digits != "0":
            raise RefusedError
        if len(digits) > 16 or int(digits) > 2**53 - 1:
            raise RefusedError
        return int(token)

    def string(self) -> str:
        self.take('"')
        units: list[str] = []
        while self.peek() != '"':
            c = self.peek()
            self.at += 1
            if c < " ":
                raise RefusedError
            if c == "\\":
                c = self.escape()
            units.append(c)
        self.at += 1
        # A high and a low escape make one character (RFC 8259, 7).
        text = "".join(units).encode("utf-16-be", "surrogatepass").decode("utf-16-be", "surrogatepass")
        for c in text:
            check_character(c)
        if unicodedata.normalize("NFC", text) != text:
            raise RefusedError
        return text

    def escape(self) -> str:
        c = self.peek()
        self.at += 1
        if c != "u":
            if c not in ESCAPES:
                raise RefusedError
            return ESCAPES[c]
        digits = self.text[self.at : self.at + 4]
        if len(digits) != 4 or any(d not in "0123456789abcdefABCDEF" for d in digits):
            raise RefusedError
        self.at += 4
        return chr(int(digits, 16))

    def array(self, depth: int) -> list[Any]:
        self.take("[")
        self.space()
        members: list[Any] = []
        if self.peek() == "]":
            self.at += 1
            return members
        while True:
            members.append(self.value(depth + 1))
            self.space()
            if self.peek() == "]":
                self.at += 1
                return members
            self.take(",")

    def object(self, depth: int) -> dict[str, Any]:
        self.take("{")
        self.space()
        members: dict[str, Any] = {}
        if self.peek() == "}":
            self.at += 1
            return members
        while True:
            self.space()
            key = self.string()
            if key in members or any(not " " <= c <= "~" for c in key):
                raise RefusedError
            self.space()
            self.take(":")
            members[key] = self.value(depth + 1)
            self.space()
            if self.peek() == "}":
                self.at += 1
                return members
            self.take(",")


def check_character(c: str) -> None:
    point = ord(c)
    category = unicodedata.category(c)
    if category in ("Cc", "Cs", "Co", "Cn") and c not in "\t\n":
        raise RefusedError
    if point in BIDI:
        raise RefusedError


def write(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(SHORT.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in value) + '"'
    if isinstance(value, list):
        return "[" + ",".join(write(member) for member in value) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(write(key) + ":" + write(value[key]) for key in keys) + "}"
