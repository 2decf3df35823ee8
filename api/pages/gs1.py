"""A request's path as a GS1 Digital Link: which product, which label, and the label's text without what is not part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from verifier.errors import MalformedError
from verifier.gs1 import DigitalLink, GS1Error, parse_digital_link
from verifier.gs1.digital_link import pad_gtin
from verifier.label import LONGEST_LABEL, parse_label

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
    """product: the GTIN's 14 digits, or `8013:` and the GMN. path: canonical. label: its text, None where no signature was given."""

    product: str
    path: str
    elements: tuple[tuple[str, str], ...]
    label: str | None
    has_label_form: bool


def asked(request: Request) -> Asked:
    """Read the request's own address. Raises IdentifierError for a bad identifier."""
    raw = request.scope.get("raw_path") or request.url.path.encode("ascii", "replace")
    path = bytes(raw).partition(b"?")[0].decode("ascii", "replace")
    link = _link(f"https://{_host(request)}{path}")
    product = _product(link)
    given = {name: request.query_params.getlist(name) for name in _OURS}
    if not any(given.values()):
        return Asked(product=product, path=path, elements=tuple(link.elements.items()), label=None, has_label_form=True)
    text = f"https://{_host(request)}{path}?" + "&".join(f"{name}={value}" for name in _OURS for value in given[name])
    return Asked(
        product=product, path=path, elements=tuple(link.elements.items()), label=text, has_label_form=_reads(text)
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


def _reads(text: str) -> bool:
    if len(text) > LONGEST_LABEL:
        return False
    try:
        parse_label(text)
    except MalformedError:
        return False
    return True


def _host(request: Request) -> str:
    host = request.headers.get("host", "")
    return host if _HOST.fullmatch(host) else _NOWHERE
