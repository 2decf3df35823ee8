"""A request's path as a GS1 Digital Link: which product, which label, and the label's text without what is not part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from verifier.errors import MalformedError
from verifier.gs1 import DigitalLink, GS1Error, parse_digital_link
from verifier.gs1.digital_link import pad_gtin
from verifier.label import LONGEST_LABEL, Label, parse_label

_HOST: Final = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::[0-9]{1,5})?")
_NOWHERE: Final = "resolver.invalid"  # a label's host is nobody's proof of anything (docs/spec/08)
_OURS: Final = ("c", "s")


class IdentifierError(Exception):
    """The path is no GS1 Digital Link, or one of its values breaks its rule."""

    def __init__(self, rule: str, place: str) -> None:
        super().__init__(f"{rule} ({place})")
        self.rule = rule
        self.place = place


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """product: the GTIN's 14 digits, or `8013:` and the GMN. path: canonical. label: its text, None where no signature was given; read: the
    label in it.
    """

    product: str
    path: str
    elements: tuple[tuple[str, str], ...]
    label: str | None
    has_label_form: bool
    read: Label | None = None


def asked(request: Request) -> Asked:
    """Read the request's own address. Raises IdentifierError for a bad identifier."""
    raw = request.scope.get("raw_path") or request.url.path.encode("ascii", "replace")
    path = bytes(raw).partition(b"?")[0].decode("ascii", "replace")
    base = f"https://{_host(request)}{path}"
    given = {name: request.query_params.getlist(name) for name in _OURS}
    text = f"{base}?" + "&".join(f"{name}={value}" for name in _OURS for value in given[name])
    label = _read(text) if any(given.values()) else None
    if label is not None and label.gtin is not None and path == f"/01/{label.gtin}/21/{label.serial}":
        # the usual label, whose reading has looked at all that a link is looked at for
        elements = ("01", label.gtin), ("21", label.serial or "")
        return Asked(product=label.gtin, path=path, elements=elements, label=text, has_label_form=True, read=label)
    link = _link(base)
    product, elements_of = _product(link), tuple(link.elements.items())
    if not any(given.values()):
        return Asked(product=product, path=path, elements=elements_of, label=None, has_label_form=True)
    return Asked(
        product=product,
        path=path,
        elements=elements_of,
        label=text,
        has_label_form=label is not None,
        read=label,
    )


def _link(uri: str) -> DigitalLink:
    try:
        return parse_digital_link(uri)
    except GS1Error as error:
        raise IdentifierError(error.rule, error.place) from error


def _product(link: DigitalLink) -> str:
    if link.primary_key == "01":
        try:
            return pad_gtin(link.elements["01"])
        except GS1Error as error:
            raise IdentifierError(error.rule, error.place) from error
    if link.primary_key == "8013":
        return f"8013:{link.elements['8013']}"
    raise IdentifierError("primary-key", link.primary_key)


def _read(text: str) -> Label | None:
    if len(text) > LONGEST_LABEL:
        return None
    try:
        return parse_label(text)
    except MalformedError:
        return None


def _host(request: Request) -> str:
    host = request.headers.get("host", "")
    return host if _HOST.fullmatch(host) else _NOWHERE
