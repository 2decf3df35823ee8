"""The GS1 application identifiers as data: format, content rules, associations, and their part in a Digital Link."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path

_COMPONENT = re.compile(
    r"(?P<optional>\[)?(?P<charset>[NXYZ])(?P<variable>\.\.)?(?P<length>\d+)\]?(?P<rules>(?:,\w+)*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of an element's value: `N14,csum` is 14 digits that pass the check-digit rule."""

    charset: str
    longest: int
    variable: bool
    optional: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An application identifier. `key_qualifiers` holds the ordered qualifier sequences of a primary key, None for any other."""

    ai: str
    components: tuple[Component, ...]
    predefined_length: bool
    data_attribute: bool
    key_qualifiers: tuple[tuple[str, ...], ...] | None
    requires: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Everything the parser looks up."""

    identifiers: dict[str, Identifier]
    countries: frozenset[str]
    country_letters: frozenset[str]
    currencies: frozenset[str]


def _components(text: str) -> tuple[Component, ...]:
    return tuple(
        Component(
            charset=match["charset"],
            longest=int(match["length"]),
            variable=match["variable"] is not None,
            optional=match["optional"] is not None,
            rules=tuple(rule for rule in match["rules"].split(",") if rule),
        )
        for match in map(_COMPONENT.fullmatch, text.split())
        if match is not None
    )


def _expand(pattern: str) -> list[str]:
    first, dash, last = pattern.partition("-")
    return [str(number).zfill(len(first)) for number in range(int(first), int(last) + 1)] if dash else [first]


@functools.cache
def table() -> Table:
    """Load the table once, when first asked for (no work at import)."""
    raw = json.loads(Path(__file__).with_name("application-identifiers.json").read_text(encoding="utf-8"))
    identifiers: dict[str, Identifier] = {}
    for pattern, entry in raw["identifiers"].items():
        for ai in _expand(pattern):
            identifiers[ai] = Identifier(
                ai=ai,
                components=_components(entry["format"]),
                predefined_length=entry.get("predefined", False),
                data_attribute=entry.get("attribute", False),
                key_qualifiers=tuple(map(tuple, entry["key"])) if "key" in entry else None,
                requires=tuple(tuple(map(tuple, groups)) for groups in entry.get("requires", ())),
                excludes=tuple(entry.get("excludes", ())),
            )
    return Table(
        identifiers=identifiers,
        countries=frozenset(raw["iso3166numeric"].split()),
        country_letters=frozenset(raw["iso3166alpha2"].split()),
        currencies=frozenset(raw["iso4217numeric"].split()),
    )


def pattern_covers(pattern: str, ai: str) -> bool:
    """Whether an association pattern (`01`, `392n`, `35nn`) names this identifier."""
    return len(pattern) == len(ai) and all(p in ("n", digit) for p, digit in zip(pattern, ai, strict=True))
