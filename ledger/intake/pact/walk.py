"""Compares a value with the field table, and says where and how it differs."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.intake.pact.fields import AnyObject, Field, ListOf, Presence, Record, SetOf, Shape
from ledger.intake.pact.findings import Finding, error, pointer_token, warning
from ledger.intake.pact.scalars import Rule

_SHOWN = 60


def walk(value: object, shape: Shape, place: str) -> list[Finding]:
    """Findings of `value` against `shape`; `place` is the RFC 6901 pointer of `value`."""
    found: list[Finding] = []
    _walk(value, shape, place, found)
    return found


def _walk(value: object, shape: Shape, place: str, found: list[Finding]) -> None:
    if isinstance(shape, Rule):
        if not shape.holds(value):
            found.append(_broken(value, shape, place))
    elif isinstance(shape, Record):
        _walk_record(value, shape, place, found)
    elif isinstance(shape, AnyObject):
        if not isinstance(value, dict):
            found.append(error(place, "object", f"{_shown(value)} is not an object"))
    else:
        _walk_list(value, shape, place, found)


def _walk_list(value: object, shape: ListOf | SetOf, place: str, found: list[Finding]) -> None:
    if not isinstance(value, list):
        found.append(error(place, "array", f"{_shown(value)} is not an array"))
        return
    at_least = shape.at_least if isinstance(shape, ListOf) else 1
    if len(value) < at_least:
        found.append(error(place, "array.length", f"needs at least {at_least} item"))
    seen: set[str] = set()
    for index, item in enumerate(value):
        # Items of a set are texts; anything else breaks its own rule. A hash set: a hostile list may be a megabyte long.
        if isinstance(shape, SetOf) and isinstance(item, str):
            if item in seen:
                found.append(error(f"{place}/{index}", "array.repeated", f"{_shown(item)} is named twice"))
            seen.add(item)
        _walk(item, shape.item, f"{place}/{index}", found)


def _walk_record(value: object, shape: Record, place: str, found: list[Finding]) -> None:
    if not isinstance(value, dict):
        found.append(error(place, "object", f"{_shown(value)} is not an object"))
        return
    known = 0
    for field in shape.fields:
        if field.name not in value:
            if field.presence is not Presence.OPTIONAL:
                found.append(_absent(field, f"{place}/{field.name}"))
            continue
        known += 1
        member, inner = value[field.name], field.shape
        # Most members are scalars that hold: the pointer is only built for the others.
        if not isinstance(inner, Rule):
            _walk(member, inner, f"{place}/{field.name}", found)
        elif not inner.holds(member):
            found.append(_broken(member, inner, f"{place}/{field.name}"))
    if known < len(value):
        found.extend(_unknown(value, shape, place))


def _unknown(value: dict[str, object], shape: Record, place: str) -> Iterator[Finding]:
    names = {field.name for field in shape.fields}
    for name in value:
        if name not in names:
            where = f"{place}/{pointer_token(name)}"
            yield warning(where, "member.unknown", "not a member of PACT v3: it is signed, and means nothing")


def _absent(field: Field, where: str) -> Finding:
    if field.presence is Presence.REQUIRED:
        return error(where, "member.missing", "PACT v3 requires it")
    return warning(where, "member.shall", "the PACT methodology says it shall be reported")


def _broken(value: object, rule: Rule, place: str) -> Finding:
    return error(place, rule.name, f"{_shown(value)} is not {rule.expected}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
