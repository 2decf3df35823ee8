"""Compares a value with the field table, and says where and how it differs."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.intake.pact.fields import AnyObject, Field, ListOf, Presence, Record, SetOf, Shape
from ledger.intake.pact.findings import Finding, error, pointer_token, warning
from ledger.intake.pact.scalars import Rule

_SHOWN = 60


def walk(value: object, shape: Shape, place: str) -> Iterator[Finding]:
    """Findings of `value` against `shape`; `place` is the RFC 6901 pointer of `value`."""
    match shape:
        case Rule():
            if not shape.holds(value):
                yield error(place, shape.name, f"{_shown(value)} is not {shape.expected}")
        case ListOf() | SetOf():
            yield from _walk_list(value, shape, place)
        case Record():
            yield from _walk_record(value, shape, place)
        case AnyObject():
            if not isinstance(value, dict):
                yield error(place, "object", f"{_shown(value)} is not an object")


def _walk_list(value: object, shape: ListOf | SetOf, place: str) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield error(place, "array", f"{_shown(value)} is not an array")
        return
    at_least = shape.at_least if isinstance(shape, ListOf) else 1
    if len(value) < at_least:
        yield error(place, "array.length", f"needs at least {at_least} item")
    for index, item in enumerate(value):
        if isinstance(shape, SetOf) and item in value[:index]:
            yield error(f"{place}/{index}", "array.repeated", f"{_shown(item)} is named twice")
        yield from walk(item, shape.item, f"{place}/{index}")


def _walk_record(value: object, shape: Record, place: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield error(place, "object", f"{_shown(value)} is not an object")
        return
    for field in shape.fields:
        where = f"{place}/{field.name}"
        if field.name in value:
            yield from walk(value[field.name], field.shape, where)
        else:
            yield from _absent(field, where)
    known = {field.name for field in shape.fields}
    for name in value:
        if name not in known:
            where = f"{place}/{pointer_token(name)}"
            yield warning(where, "member.unknown", "not a member of PACT v3: it is signed, and means nothing")


def _absent(field: Field, where: str) -> Iterator[Finding]:
    if field.presence is Presence.REQUIRED:
        yield error(where, "member.missing", "PACT v3 requires it")
    elif field.presence is Presence.SHALL:
        yield warning(where, "member.shall", "the PACT methodology says it shall be reported")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
