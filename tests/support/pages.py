"""Pages rendered from the genuine label's world, and read back as a browser would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from starlette.requests import Request

from api.http.verdicts import Judged, Sight
from api.pages import words
from api.pages.facts import Shown, show
from api.pages.rendering import Pages
from tests.support.world import Case
from verifier.evidence import parse_evidence
from verifier.labelling import verify_label_evidence
from verifier.state import open_view

PAGES = Pages()
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "circle", "polygon"}


def shown_of(case: Case) -> Shown:
    """What the page of a case's label shows."""
    evidence = parse_evidence(case.data())
    view = open_view(case.snapshot, case.trusted, case.deployment)
    verdict = verify_label_evidence(
        view, evidence, policy=case.policy, now=case.now, early_warnings=case.warnings, signals=()
    )
    return show(Judged(verdict=verdict, sight=Sight(trust=case.trusted, snapshot=case.snapshot, view=view)), evidence)


def request(path: str = "/", query: str = "", headers: Mapping[str, str] | None = None) -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "client": ("198.51.100.7", 1),
            "server": ("id.tanji.example", 443),
            "scheme": "https",
        }
    )


def label_page(shown: Shown, query: str = "", headers: Mapping[str, str] | None = None):  # type: ignore[no-untyped-def]
    outcome = str(shown.verdict.outcome)
    return PAGES.respond(
        request("/01/1/21/2", query, headers),
        "label.html",
        styling=PAGES.inlined,
        shown=shown,
        words=words.VERDICTS[outcome],
        lead=words.LABEL_LEADS[outcome],
        advice=words.ADVICE.get(outcome, ()),
        reasons=words.REPORT_REASONS,
        evidence_link="/v1/x",
    )


@dataclass
class Read:
    """A document as parsed: tags with attributes, the text outside of style, and whether tags close in order."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: str = ""
    balanced: bool = True

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.read.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.read.balanced = False

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.read.text += data


def read(html: bytes | str) -> Read:
    reader = _Reader()
    reader.feed(html if isinstance(html, str) else html.decode("utf-8"))
    reader.close()
    reader.read.balanced = reader.read.balanced and not reader.open
    return reader.read
