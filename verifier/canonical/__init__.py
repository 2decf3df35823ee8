"""Canonical JSON: RFC 8785 bytes over the strict profile of design 3.1 (docs/spec/01).

Within the profile (printable ASCII keys, integers, no floats) any sorted, compact serializer gives the RFC's bytes;
the fast one is orjson, whose key order (UTF-8) is the RFC's (UTF-16) for such keys.
"""

from typing import Final, cast

import orjson

from verifier.canonical.profile import MAX_BYTES, check_value, document_is_plain, structure_fits
from verifier.canonical.reading import decode, profile_decoder, to_document
from verifier.errors import MalformedError
from verifier.types import JsonValue

__all__ = ["MAX_BYTES", "canonicalize", "encode_parsed", "parse"]

# Sorted, and no integer beyond 2^53-1.
_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER


def parse(data: bytes | str, max_bytes: int = MAX_BYTES) -> JsonValue:
    """The value of one JSON text of the profile: UTF-8, any white space, any key order.

    Input that is canonical already (nearly all of it) is parsed and dumped again by orjson: equal bytes rule out
    duplicate keys, other number forms, odd escapes and spacing at once. Everything else goes the careful way.

    Raises MalformedError naming rule and place (see verifier.canonical.profile and reading).
    """
    document = to_document(data, max_bytes)
    try:
        value = orjson.loads(document)
        if orjson.dumps(value, option=_CANONICAL) == document and structure_fits(value) and document_is_plain(document):
            return cast("JsonValue", value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass  # the careful way below says what is wrong
    careful = decode(document, profile_decoder())
    check_value(careful)
    return cast("JsonValue", careful)


def canonicalize(value: JsonValue, max_bytes: int = MAX_BYTES) -> bytes:
    """The canonical UTF-8 bytes of a value, which must be of the profile: refused, never normalised.

    Raises MalformedError naming rule and place.
    """
    if not structure_fits(value):
        check_value(value)
    try:
        document = orjson.dumps(value, option=_CANONICAL)
    except orjson.JSONEncodeError as error:
        check_value(value)
        raise MalformedError("type", "", str(error)) from error
    if not document_is_plain(document):
        check_value(value)
    if len(document) > max_bytes:
        raise MalformedError("size", "", f"more than {max_bytes} bytes")
    return document


def encode_parsed(value: JsonValue) -> bytes:
    """The canonical bytes of what `parse` gave, or a part of it: known to be of the profile, so not checked again.

    Raises MalformedError for a value that JSON cannot write, which `parse` never gives.
    """
    try:
        return orjson.dumps(value, option=_CANONICAL)
    except orjson.JSONEncodeError as error:
        check_value(value)
        raise MalformedError("type", "", str(error)) from error
