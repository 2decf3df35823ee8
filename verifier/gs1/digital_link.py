"""GS1 Digital Link URIs: parse any of them on any domain, build the canonical one.

https://{domain}[/stem]/{primary key AI}/{value}[/{qualifier AI}/{value}…][?{attribute AI}={value}&…][#fragment]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from verifier.errors import VerifierError
from verifier.gs1.rules import CHARSETS, RULES
from verifier.gs1.table import Identifier, pattern_covers, table

LONGEST_URI = 2_000
_URI = re.compile(
    r"(?:https?|HTTPS?)://(?P<domain>[A-Za-z0-9.\-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?)(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_URI_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_AI = re.compile(r"[0-9]{2,4}")
_RESERVED = re.compile(r"[^A-Za-z0-9._~-]")


class GS1Error(VerifierError):
    """A text is not a GS1 Digital Link, or an element breaks its rule. `rule` is stable; `place` is the AI or URI part."""

    code = "gs1"

    def __init__(self, rule: str, place: str) -> None:
        super().__init__(f"GS1 Digital Link: {rule} ({place})")
        self.rule = rule
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalLink:
    """A parsed link: the primary key's AI, all elements by AI in the order of the URI, and the query's other parameters (decoded)."""

    domain: str
    stem: str
    primary_key: str
    elements: Mapping[str, str]
    parameters: tuple[tuple[str, str], ...]


def pad_gtin(text: str) -> str:
    """The 14 digits of a GTIN-8, GTIN-12, GTIN-13 or GTIN-14 (GS1 General Specifications 3.3.2: leading zeros).

    Raises:
        GS1Error: another length, other characters than digits, or a wrong check digit.
    """
    if len(text) not in (8, 12, 13, 14) or not (text.isascii() and text.isdigit()):
        raise GS1Error("length", "01")
    padded = text.zfill(14)
    check_element("01", padded)
    return padded


def check_element(ai: str, value: str) -> None:
    """Check one element's value against its format and content rules.

    Raises:
        GS1Error: unknown AI, wrong length, character or content.
    """
    identifier = table().identifiers.get(ai)
    if identifier is None:
        raise GS1Error("unknown-ai", ai)
    rest = value
    for component in identifier.components:
        if component.optional and not rest:
            break
        part, rest = rest[: component.longest], rest[component.longest :]
        short = not part if component.variable else len(part) != component.longest
        if short or CHARSETS[component.charset].fullmatch(part) is None:
            raise GS1Error("format", ai)
        for rule in component.rules:
            check = RULES.get(rule)
            if check is not None and not check(part):
                raise GS1Error(rule, ai)
    if rest:
        raise GS1Error("length", ai)


def _check_associations(elements: Mapping[str, str]) -> None:
    for ai in elements:
        identifier = table().identifiers[ai]
        for pattern in identifier.excludes:
            if any(other != ai and pattern_covers(pattern, other) for other in elements):
                raise GS1Error("excluded-pair", ai)
        for groups in identifier.requires:
            if not any(all(any(pattern_covers(p, other) for other in elements) for p in group) for group in groups):
                raise GS1Error("missing-pair", ai)


def _decode(text: str, place: str) -> str:
    if "%" in _ESCAPE.sub("", text):
        raise GS1Error("percent-encoding", place)
    raw = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if not raw.isprintable() or not raw.isascii():
        raise GS1Error("character", place)
    return raw


def _split_path(path: str) -> tuple[str, Identifier, list[tuple[str, str]]]:
    """The stem, the primary key and the (AI, raw value) pairs: the right-most pair that starts with a key and is followed only by its qualifiers."""
    segments = path.split("/")[1:]
    if len(segments) > 1 and segments[-1] == "":
        raise GS1Error("empty-value", "path")
    for start in range(len(segments) - 2, -1, -2):
        identifier = table().identifiers.get(segments[start])
        if identifier is not None and identifier.key_qualifiers is not None:
            pairs = list(zip(segments[start::2], segments[start + 1 :: 2], strict=True))
            qualifiers = [ai for ai, _ in pairs[1:]]
            if not any(_in_order(qualifiers, allowed) for allowed in identifier.key_qualifiers):
                raise GS1Error("qualifier-order", "path")
            return "/".join(segments[:start]), identifier, pairs
    raise GS1Error("no-primary-key", "path")


def _in_order(given: list[str], allowed: tuple[str, ...]) -> bool:
    places = [allowed.index(ai) if ai in allowed else -1 for ai in given]
    return -1 not in places and all(a < b for a, b in pairwise(places))


def _split_query(query: str, elements: dict[str, str], key: Identifier) -> tuple[tuple[str, str], ...]:
    """Put the query's GS1 attributes into `elements`; return the other parameters, which are not GS1's to judge."""
    others: list[tuple[str, str]] = []
    qualifiers = {ai for sequence in key.key_qualifiers or () for ai in sequence}
    for item in re.split("[&;]", query):
        name, equals, raw = item.partition("=")
        if not _AI.fullmatch(name):
            if equals:
                others.append((_loose(name), _loose(raw)))
            continue
        if not equals:
            continue
        identifier = table().identifiers.get(name)
        if identifier is None or not identifier.data_attribute or name in qualifiers:
            raise GS1Error("not-an-attribute", name)
        if name in elements:
            raise GS1Error("repeated", name)
        elements[name] = _decode(raw.replace("+", " "), name)
    return tuple(others)


def _escape(text: str) -> str:
    """RFC 3986: everything but unreserved characters, byte by byte."""
    return _RESERVED.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), text)


def _loose(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def parse_digital_link(uri: str) -> DigitalLink:
    """Parse an uncompressed GS1 Digital Link URI and check every element.

    Raises:
        GS1Error: the text is not one, or an element breaks its rule.
    """
    if len(uri) > LONGEST_URI:
        raise GS1Error("too-long", "uri")
    match = _URI.fullmatch(uri)
    if match is None or _URI_CHARACTERS.fullmatch(uri) is None:
        raise GS1Error("not-a-uri", "uri")
    stem, key, pairs = _split_path(match["path"])
    elements: dict[str, str] = {}
    for ai, raw in pairs:
        elements[ai] = _decode(raw, ai)
    parameters = _split_query(match["query"] or "", elements, key)
    for ai, value in elements.items():
        check_element(ai, value)
    _check_associations(elements)
    return DigitalLink(domain=match["domain"], stem=stem, primary_key=key.ai, elements=elements, parameters=parameters)


def build_digital_link(base: str, elements: Mapping[str, str], parameters: Mapping[str, str] | None = None) -> str:
    """The canonical URI of the elements under `base` (`https://host[/stem]`): key, qualifiers in order, then attributes as given, then other parameters.

    Raises:
        GS1Error: no primary key, an element that breaks its rule, or a set that does not go together.
    """
    for ai, value in elements.items():
        check_element(ai, value)
    _check_associations(elements)
    key = next((table().identifiers[ai] for ai in elements if table().identifiers[ai].key_qualifiers is not None), None)
    if key is None:
        raise GS1Error("no-primary-key", "elements")
    order = max(key.key_qualifiers or ((),), key=lambda sequence: sum(ai in elements for ai in sequence))
    path = [key.ai, *(ai for ai in order if ai in elements)]
    # Elements of predefined length come first, as in an element string (GS1 Digital Link 1.4, 5.7).
    attributes = sorted(
        (ai for ai in elements if ai not in path), key=lambda ai: not table().identifiers[ai].predefined_length
    )
    for ai in attributes:
        if not table().identifiers[ai].data_attribute:
            raise GS1Error("not-an-attribute", ai)
    query = [f"{ai}={_escape(elements[ai])}" for ai in attributes]
    query += [f"{_escape(name)}={_escape(value)}" for name, value in (parameters or {}).items()]
    body = "".join(f"/{ai}/{_escape(elements[ai])}" for ai in path)
    return base.rstrip("/") + body + ("?" + "&".join(query) if query else "")
