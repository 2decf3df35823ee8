"""GS1-Conformant Resolver: the links of a product or label as an RFC 9264 linkset, and which of them a client is sent to.

Accept: application/linkset+json, application/json, or ?linkType=all | linkset    the linkset
?linkType=gs1:pip …                                                               307 to that link, 404 without one
otherwise                                                                         the page itself (gs1:defaultLink)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request

from api.pages.gs1 import Asked

MEDIA: Final = "application/linkset+json"
VOCABULARY: Final = "https://ref.gs1.org/voc/"
PROFILE: Final = "https://www.gs1.org/voc/"
_PREFIXES: Final = ("gs1:", VOCABULARY, "https://gs1.org/voc/", PROFILE)
_ALL: Final = frozenset({"all", "linkset"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: type within the GS1 vocabulary, path on this host, media type, title in Chinese and English."""

    kind: str
    path: str
    media: str
    zh: str
    en: str


def links_of(asked: Asked, certificate: str | None) -> tuple[Link, ...]:
    """What there is about a product or a label. `certificate`: statement id in hex of the newest one, where there is one."""
    found = [
        Link(
            kind="pip", path=f"/products/{asked.product}", media="text/html", zh="产品碳足迹", en="Product's footprints"
        ),
    ]
    if certificate is not None:
        found += [
            Link(kind="certificationInfo", path=f"/certificates/{certificate}", media="text/html", zh="碳足迹证书", en="Certificate"),
            Link(kind="sustainabilityInfo", path=f"/certificates/{certificate}", media="text/html", zh="碳足迹与等级", en="Footprint and grade"),
            Link(kind="verificationService", path=f"/v1/evidence/{certificate}", media="application/json", zh="证据文件", en="Evidence"),
        ]  # fmt: skip
    return tuple(found)


def wants_linkset(request: Request) -> bool:
    """Whether a machine asks for the list of links rather than a person for the page."""
    if request.query_params.get("linkType", "") in _ALL:
        return True
    return _weight(request, (MEDIA, "application/json")) > _weight(request, ("text/html", "application/xhtml+xml"))


def link_type(request: Request) -> str | None:
    """The single link type that is asked for, without its prefix; None when none is."""
    asked = request.query_params.get("linkType")
    if asked is None or asked in _ALL or asked == "gs1:defaultLink":
        return None
    for prefix in _PREFIXES:
        if asked.startswith(prefix):
            return asked.removeprefix(prefix)
    return asked


def linkset(origin: str, path: str, query: str, links: tuple[Link, ...]) -> dict[str, object]:
    """The RFC 9264 document."""
    anchor = origin + path
    targets: dict[str, object] = {
        VOCABULARY + "defaultLink": [{"href": anchor + query, "type": "text/html", "title": "碳迹 Tanji"}]
    }
    for link in links:
        entry = {
            "href": origin + link.path,
            "type": link.media,
            "title": link.en,
            "title*": [{"value": link.zh, "language": "zh"}, {"value": link.en, "language": "en"}],
        }
        targets.setdefault(VOCABULARY + link.kind, []).append(entry)  # type: ignore[attr-defined]
    return {"linkset": [{"anchor": anchor, **targets}]}


def link_header(path: str, links: tuple[Link, ...]) -> str:
    """The same as a Link header (RFC 8288), and where the linkset is. Paths hold no characters that would end it."""
    parts = [f'<{path}?linkType=linkset>; rel="linkset"; type="{MEDIA}"']
    parts += [f'<{link.path}>; rel="{VOCABULARY}{link.kind}"; type="{link.media}"' for link in links]
    return ", ".join(parts)


def resolver_description(origin: str) -> dict[str, object]:
    """`/.well-known/gs1resolver` (GS1-Conformant Resolver standard, Resolver Description File)."""
    return {
        "name": "碳迹 Tanji",
        "resolverRoot": origin,
        "supportedPrimaryKeys": ["01", "8013"],
        "linkTypeDefaultCanBeLinkset": False,
        "supportedLinkType": [
            {"namespace": VOCABULARY, "prefix": "gs1:", "profile": PROFILE + "?show=linktypes"},
        ],
    }


def _weight(request: Request, types: tuple[str, ...]) -> float:
    """The best weight any of these types is given by name; wildcards say nothing about which."""
    best = 0.0
    for part in request.headers.get("accept", "").split(",")[:24]:
        media, *parameters = (piece.strip() for piece in part.split(";"))
        if media.lower() not in types:
            continue
        weight = next((piece[2:] for piece in parameters if piece.lower().startswith("q=")), "1")
        if weight.replace(".", "", 1).isdecimal() and weight.isascii() and len(weight) <= 5:
            best = max(best, min(1.0, float(weight)))
    return best
