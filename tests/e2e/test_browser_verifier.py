"""The file that pages ship, in a real browser: Python's outcome and checks on the whole attack corpus, our vectors, its size and time."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import mutations
from tests.support.attack_rows import answer, question, row
from tests.support.attacks import ATTACKS
from tests.support.chromium import browser, chromium_path, served
from tests.support.labels import changed_labels, genuine_label
from tests.support.pages import PAGES, label_page, shown_of
from tests.support.script_hashes import SHIPPED
from tests.support.unicode_table_js import render as unicode_table
from tests.support.world import Case
from verifier.checks.label import CopySignal
from verifier.contracts import Status
from verifier.errors import MalformedError
from verifier.evidence import parse_evidence
from verifier.label import parse_label
from verifier.saved import SavedVerdict, parse_saved, replay, serialize_saved
from verifier.types import StatementId

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "api" / "pages_js"
STATIC = ROOT / "api" / "pages" / "static"
CONFORMANCE = ROOT / "tests" / "conformance"
MOST_GZIPPED = 45_000
CHUNK = 16
STATEMENTS = ("footprint", "certificate", "labels", "rule", "hearsay")
DERIVED = ("summary", "bodyHash", "digest", "id", "leafHash")
# Integers beyond 2^53 - 1 are the adapter's alone: no document of the protocol holds one (part 1), and no number here could.
BEYOND = {"merkle.inclusion/accept/leaf-0-of-2-to-63.json", "statement.digest/accept/latest-time.json"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page under the pages' own policy that has imported the shipped file as `verifier`."""
    files = {
        "/": ("text/html", b"<!doctype html><title>t</title><script type=module src=/start.js></script>"),
        "/start.js": ("text/javascript", b"import * as verifier from '/verify.js'; window.verifier = verifier;"),
        "/verify.js": ("text/javascript", (STATIC / "verify.js").read_bytes()),
    }
    with served(files) as origin:
        opened = chromium.new_page()
        opened.goto(origin)
        opened.wait_for_function("() => window.verifier !== undefined")
        yield opened


def ask(page: Page, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The shipped file's answers to operations."""
    given: list[dict[str, Any]] = []
    for start in range(0, len(requests), CHUNK):
        given += page.evaluate("(all) => all.map(verifier.answer)", requests[start : start + CHUNK])
    return given


def told(given: dict[str, Any]) -> dict[str, Any]:
    if given["ok"]:
        return dict(given["value"])
    return {"outcome": "malformed", "checks": []} if given["code"] == "malformed" else given


def test_every_row_of_the_corpus_has_pythons_outcome_checks_and_reasons(page: Page) -> None:
    rows = [row(attack) for attack in ATTACKS]
    answers = ask(page, [{"op": "verdict", "question": each["question"]} for each in rows])
    differing = {
        each["id"]: (told(given), each["answer"])
        for each, given in zip(rows, answers, strict=True)
        if told(given) != each["answer"]
    }
    assert len(answers) == len(ATTACKS)
    assert not differing


def test_changes_that_nobody_thought_of_have_pythons_answers_too(page: Page) -> None:
    rows = list(mutations.rows(seed=20260401, count=64))
    answers = ask(page, [{"op": "verdict", "question": each["question"]} for each in rows])
    for each, given in zip(rows, answers, strict=True):
        assert told(given) == each["answer"], each["id"]
    assert len({each["answer"]["outcome"] for each in rows}) == 4


def test_label_texts_in_every_spelling(page: Page) -> None:
    genuine = genuine_label().document["label"]["text"]
    head, query = genuine.split("?")
    item = head.removeprefix("https://id.tanji.example/01/06901234567892/21/")
    forms = [
        genuine, genuine.replace("/21/", "/10/"), genuine.replace(f"/21/{item}", ""), genuine + "#part", genuine + "&17=271231", genuine + ";x=1",
        genuine.replace("/01/", "/shop/01/"), genuine.replace("tanji.example", "tanji.example:8443"), genuine.replace("https", "HTTPS"),
        f"https://[::1]/01/06901234567892/10/LOT%2F7?{query}", f"https://x.example/01/06901234567892/10/LOT%23?{query}", f"https://x.example/01?{query}",
        f"https://x.example/8013/1987654Ad4X4bL5ttr2310c2K?{query}", f"https://x.example/8013/1987654Ad4X4bL5ttr2310c2L?{query}",
        genuine.replace("c=", "%63="), genuine.replace("c=", "C="), genuine + "&c=", genuine + "%", genuine + "é", "https://x.example/", "",
    ]  # fmt: skip
    answers = ask(page, [{"op": "label", "text": text} for text in forms])
    assert [each.get("value") for each in answers] == [label_of(text) for text in forms]
    assert sum(each["ok"] for each in answers) >= 8


def label_of(text: str) -> dict[str, Any] | None:
    try:
        label = parse_label(text)
    except MalformedError:
        return None
    return {
        "granularity": label.granularity.value,
        "product": label.product,
        "serial": label.signed_serial,
        "index": label.index,
    }


def test_the_genuine_label_is_authentic_and_one_bit_of_its_evidence_is_enough_to_change_that(page: Page) -> None:
    case = genuine_label()
    data = case.data()
    asked = question(case, data)
    spoilt = bytearray(data)
    place = data.index(b'"signature":"0x') + 20
    spoilt[place] ^= 1
    genuine, changed = ask(
        page, [{"op": "verdict", "question": asked | {"evidence": "0x" + each.hex()}} for each in (data, bytes(spoilt))]
    )
    assert told(genuine)["outcome"] == "authentic"
    assert told(changed) == answer(case, bytes(spoilt))
    assert told(changed)["outcome"] in ("rejected", "malformed")


def test_the_shipped_vectors(page: Page) -> None:
    known = set(page.evaluate("verifier.operations"))
    vectors = {
        path.relative_to(CONFORMANCE / "vectors").as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((CONFORMANCE / "vectors").rglob("*.json"))
    }
    asked = {name: each for name, each in vectors.items() if each["request"]["op"] in known and name not in BEYOND}
    answers = ask(page, [each["request"] for each in asked.values()])
    assert {each["request"]["op"] for each in asked.values()} >= {
        "canonical", "merkle.leaf", "merkle.inclusion", "signature.recover", "statement.digest", "statement.id", "header.hash",
        "storage.prove", "gtin.check",
    }  # fmt: skip
    for (name, vector), given in zip(asked.items(), answers, strict=True):
        # part 1's rules have names of the protocol; the others' are Python's own
        members = ("ok", "value", "rule") if vector["request"]["op"] == "canonical" else ("ok", "value")
        expected = {member: vector["answer"].get(member) for member in members}
        assert {member: given.get(member) for member in members} == expected, name
        assert given.get("code") != "internal", name


def test_bodies_statements_sums_and_sealed_values(page: Page) -> None:
    bodies = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((CONFORMANCE / "bodies").rglob("*.json"))]
    answers = ask(page, [{"op": "body", "kind": each["kind"], "body": each["body"]} for each in bodies])
    for body, given in zip(bodies, answers, strict=True):
        assert given["ok"] is ("reject" not in body), (body["description"], given)
    folder = CONFORMANCE / "statements"
    loaded = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    for kind in STATEMENTS:
        (given,) = ask(page, [{"op": "statement", **loaded[kind]}])
        assert given == {"ok": True, "value": {name: loaded[kind][name] for name in DERIVED} | {"signed": True}}
    sums = loaded["sums"]["sums"]
    assert [each["value"] for each in ask(page, [{"op": "sum", **each} for each in sums])] == [
        each["agrees"] for each in sums
    ]
    sealed = loaded["sealed"]
    for case in sealed["cases"]:
        request = {
            "op": "disclose",
            "issuer": sealed["issuer"],
            "body": sealed["body"],
            "disclosures": case["disclosures"],
        }
        (given,) = ask(page, [request])
        assert given["ok"] is ("reject" not in case), case["name"]
        assert not given["ok"] or given["value"]["undisclosed"] == case["undisclosed"]


def saved(case: Case) -> bytes:
    """The case as /recheck answers it."""
    verdict = case.verdict()
    return serialize_saved(
        SavedVerdict(
            deployment=case.deployment, policy=case.policy.name, now=case.now, at=None, text=case.document["label"]["text"],
            trust=case.trusted, evidence=parse_evidence(case.data()), snapshot=case.snapshot, verdict=verdict.to_json(),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "authentic"),
        ({"signals": (CopySignal(reason="scan-burst", fields={"scans": 9}),)}, "suspect"),
        ({"rivals": (StatementId(b"\1" * 32),)}, "rejected"),
        ({"others": ((0, 18),)}, "rejected"),
        ({"others": ((0, 17),)}, "authentic"),
        ({"text": None, "policy": "regulator"}, "authentic"),
    ],
)
def test_saved_verdicts_are_reached_again(page: Page, changes: dict[str, Any], outcome: str) -> None:
    inputs = replace(parse_saved(saved(genuine_label())), **changes)
    whole = replace(inputs, verdict=replay(inputs).to_json())
    again = page.evaluate("(text) => verifier.replay(text)", serialize_saved(whole).decode())
    assert whole.verdict["outcome"] == outcome
    assert (again["same"], again["said"], again["differing"]) == (True, outcome, [])


def shown(chromium: Browser, case: Case, recheck: bytes) -> tuple[str, str]:
    """State and text of the element that says what the browser found, on the label's real page."""
    html = bytes(label_page(shown_of(case)).body)
    scripts = PAGES.scripts
    files = {
        "/01/x": ("text/html; charset=utf-8", html),
        scripts.verifier.path: ("text/javascript", scripts.verifier.data),
        scripts.boot.path: ("text/javascript", scripts.boot.data),
    }
    with served(_Anything(files, recheck)) as origin:
        opened = chromium.new_page()
        opened.goto(f"{origin}/01/x")
        found = opened.wait_for_selector("#own-check[data-state]", timeout=20_000)
        assert found is not None
        return str(found.get_attribute("data-state")), found.inner_text()


class _Anything(dict[str, tuple[str, bytes]]):
    """Files, and one answer to every /recheck."""

    def __init__(self, files: dict[str, tuple[str, bytes]], recheck: bytes) -> None:
        super().__init__(files)
        self.recheck = recheck

    def get(self, path: str, default: Any = None) -> Any:  # type: ignore[override]
        return ("application/json", self.recheck) if path.startswith("/recheck?") else super().get(path, default)


def test_the_page_says_that_the_browser_agrees(chromium: Browser) -> None:
    case = genuine_label()
    state, text = shown(chromium, case, saved(case))
    assert state == "agrees"
    assert "26" in text


def test_a_server_that_calls_a_withdrawn_label_authentic_is_caught(chromium: Browser) -> None:
    withdrawn = changed_labels(
        after=lambda story: story.world.change_status(
            "certifier-status", story.id("certificate"), Status.WITHDRAWN, story.seen_at - 3600
        )
    )
    state, text = shown(chromium, genuine_label(), saved(withdrawn))
    assert state == "differs"
    assert "rejected" in text


def test_a_browser_that_cannot_check_says_so(chromium: Browser) -> None:
    state, _ = shown(chromium, genuine_label(), b"{}")
    assert state == "failed"


def test_size_as_it_travels() -> None:
    sizes = [len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in ("verify.js", "verify-boot.js")]
    assert sum(sizes) <= MOST_GZIPPED


@pytest.mark.skipif(not (SOURCE / "node_modules").is_dir(), reason="npm packages of api/pages_js are not installed")
def test_the_shipped_files_are_those_that_the_source_gives(tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node is not None
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=SOURCE, check=True)
    made = {path.name for path in tmp_path.iterdir()}
    assert made >= set(SHIPPED)
    for name in made:
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), "run `make scripts`"


@pytest.mark.skipif(not (SOURCE / "node_modules").is_dir(), reason="npm packages of api/pages_js are not installed")
def test_the_source_keeps_its_types() -> None:
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, "node_modules/typescript/bin/tsc", "-p", "."], cwd=SOURCE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_table_of_code_points_is_pythons() -> None:
    assert (SOURCE / "src" / "unicode14.js").read_text(encoding="utf-8") == unicode_table()


def test_published_hashes_are_those_of_the_files() -> None:
    published = (ROOT / "docs" / "browser-verifier.md").read_text(encoding="utf-8")
    for name in SHIPPED:
        assert f"sha256 {PAGES.assets[name].digest}  {name}\n" in published
