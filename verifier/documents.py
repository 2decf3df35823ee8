"""Byte caps of the documents of docs/spec/06, and the version every one of them begins with."""

from typing import Final

from verifier.bodies.fields import read_integer

SMALL_DOCUMENT_BYTES: Final = 64 * 1024
EVIDENCE_BYTES: Final = 8 * 1024 * 1024
SNAPSHOT_BYTES: Final = 64 * 1024 * 1024
MAX_INTEGER: Final = 2**53 - 1
MAX_TIME: Final = 2**40 - 1


def read_version(value: object, place: str) -> None:
    """The document version, which is 1. Raises MalformedError."""
    read_integer(value, place, least=1, most=1)


def read_size(value: object, place: str, least: int = 0) -> int:
    """A count, index or number of a block: an integer from `least` to 2^53 - 1. Raises MalformedError."""
    return read_integer(value, place, least=least, most=MAX_INTEGER)


def read_time(value: object, place: str) -> int:
    """Unix seconds below 2^40, as words of storage hold them. Raises MalformedError."""
    return read_integer(value, place, least=0, most=MAX_TIME)
