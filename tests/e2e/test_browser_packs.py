"""The scanner's judge in a real browser: Python's outcome, checks and reasons for labels judged by packs (docs/spec/10)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from api.pages.assets import Assets
from tests.support.bodies import GTIN
from tests.support.chromium import browser, chromium_path, served
from tests.support.labels import COUNT, FIRST, Batch, label_story, label_text, serial_of
from tests.support.pack_rows import PackRow, packed_rows
from tests.support.packs import Packed, packed
from tests.support.world import CERTIFIED_AT, DAY, DEPLOYMENT, STEEL_GTIN, SUPPLIER, Story, sign_digest
from verifier.bulletin import Bulletin, bulletin_digest, serialize_bulletin
from verifier.contracts import Purpose
from verifier.deployment import serialize_deployment
from verifier.header import parse_header
from verifier.pack.writer import serialize_pack
from verifier.policy import INSPECTION

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHUNK = 12
JUDGE = """async (rows) => {
  const answers = [];
  for (const row of rows) {
    try {
      const pack = await J.Pack.open(new Blob([Uint8Array.from(atob(row.pack), (c) => c.charCodeAt(0))]));
      const view = new J.View(J.parseDeployment(row.deployment), pack.snapshot, row.trust);
      const inquiry = new J.Inquiry(view, pack.head.origin, row.policy, row.now, row.at, row.warnings);
      const { verdict } = await new J.PackJudge(pack, inquiry).judge(row.text);
      answers.push({ outcome: verdict.outcome, checks: verdict.checks.map((one) => [one.id, one.outcome, one.reason]) });
    } catch (error) {
      if (!(error instanceof J.Malformed)) throw error;
      answers.push({ outcome: "malformed", checks: [] });
    }
  }
  return answers;
}"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium_path() is None, reason="Chromium is not installed"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """A page that has imported the shipped worker's file as `J`."""
    files = {
        "/": ("text/html", b"<!doctype html><title>t</title><script type=module src=/start.js></script>"),
        "/start.js": ("text/javascript", b"import * as J from '/judge.js'; window.J = J;"),
        "/judge.js": ("text/javascript", Assets.load()["scan-judge.js"].data),
    }
    with browser() as started, served(files) as origin:
        opened = started.new_page()
        opened.goto(origin)
        opened.wait_for_function("() => window.J !== undefined")
        yield opened


def ask(page: Page, rows: list[PackRow]) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = []
    for start in range(0, len(rows), CHUNK):
        given += page.evaluate(JUDGE, [row.question() for row in rows[start : start + CHUNK]])
    return given


def agree(page: Page, rows: list[PackRow]) -> list[str]:
    """Each row's outcome, the same here and there."""
    answers = [row.answer() for row in rows]
    for row, given, expected in zip(rows, ask(page, rows), answers, strict=True):
        assert given == expected, row.id
    return [answer["outcome"] for answer in answers]


def row_of(pack: Packed, text: str, data: bytes | None = None, name: str = "") -> PackRow:
    case = replace(pack.case, trusted=pack.trusted, policy=INSPECTION)
    return PackRow(id=name or text, case=case, data=pack.data if data is None else data, text=text)


@cache
def one() -> Packed:
    return packed()


def test_the_whole_corpus_judged_by_packs_has_pythons_outcome_checks_and_reasons(page: Page) -> None:
    outcomes = agree(page, list(packed_rows(every=4)))
    assert len(outcomes) > 80
    assert {"authentic", "rejected", "inconclusive", "malformed"} <= set(outcomes)


def test_labels_of_a_pack_genuine_and_not(page: Page) -> None:
    p = one()
    genuine = p.text(FIRST)
    texts = [
        genuine, p.text(FIRST + COUNT - 1), p.text(FIRST, key="supplier"), p.text(FIRST + COUNT), p.text(FIRST - 1), p.text(10_000),
        p.text(FIRST, gtin=STEEL_GTIN), p.text(FIRST, path=f"/01/{GTIN}/10/LOT7"), p.text(FIRST, path=f"/01/{GTIN}"),
        p.text(FIRST, host="https://somebody-elses-shop.example:8443/a/b"), label_text(b"\x11" * 32, serial_of(FIRST)),
        genuine.replace("c=", "c=A", 1), genuine[:-1] + ("A" if genuine[-1] != "A" else "Q"), "https://example.com/", "hello",
    ]  # fmt: skip
    outcomes = agree(page, [row_of(p, text) for text in texts])
    assert outcomes.count("authentic") == 3
    assert outcomes.count("malformed") >= 3


def _batch(first: int, count: int, salt: str) -> Batch:
    batch = Batch(salt=salt, time=CERTIFIED_AT + 12 * DAY)
    batch.body |= {"first": first, "count": count, "batch": "B2"}
    return batch


def _admit(story: Story) -> None:
    story.world.register("supplier-labels", SUPPLIER, Purpose.LABELS)
    story.world.grant(SUPPLIER, Purpose.LABELS, "gs1:690123456")


def test_several_batches_overlapping_ones_and_somebody_elses(page: Page) -> None:
    following = packed(None, _batch(FIRST + COUNT, 7, "second"))
    overlapping = packed(None, _batch(FIRST + COUNT - 2, 7, "second"))
    theirs = _batch(FIRST, COUNT, "theirs")
    theirs.issuer, theirs.signer = SUPPLIER, "supplier-labels"
    foreign = packed(label_story(_admit), theirs)
    only_foreign = packed(label_story(_admit), batch=theirs)
    last = FIRST + COUNT
    rows = [
        *(row_of(following, text) for text in (following.text(FIRST), following.text(last, "second"), following.text(last + 7, "second"))),
        *(row_of(overlapping, text) for text in (overlapping.text(FIRST), overlapping.text(last - 1), overlapping.text(last, "second"))),
        *(row_of(foreign, foreign.text(index)) for index in (FIRST, last - 1)),
        *(row_of(only_foreign, text) for text in (only_foreign.text(FIRST, "theirs"), only_foreign.text(FIRST, key="holder"))),
    ]  # fmt: skip
    assert set(agree(page, rows)) == {"authentic", "rejected", "inconclusive"}


def test_damaged_packs_are_refused_alike(page: Page) -> None:
    """Headers, lengths and streams with single bytes changed, cut or appended: never another answer than Python's."""
    p, chance = one(), random.Random(20261122)
    damaged = [p.data[:-1], p.data + b"\x00", p.data[:100], b"", b"TANJIPK2" + p.data[8:]]
    for _ in range(60):
        spoilt = bytearray(p.data)
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        damaged.append(bytes(spoilt))
    outcomes = agree(page, [row_of(p, p.text(FIRST), data, f"damaged {n}") for n, data in enumerate(damaged)])
    assert outcomes.count("malformed") > 40


def test_rows_of_the_index_that_lie_are_found_out(page: Page) -> None:
    p = one()
    content = p.content
    swapped = replace(content, records=tuple(reversed(content.records)))
    rows = [
        row_of(p, p.text(FIRST), serialize_pack(replace(content, nodes=content.nodes[1:])), "a node less"),
        row_of(p, p.text(FIRST), serialize_pack(replace(content, paths=content.paths[1:])), "a path less"),
        row_of(p, p.text(FIRST), serialize_pack(replace(content, anchors=content.anchors[1:])), "an anchor less"),
        row_of(p, p.text(FIRST), serialize_pack(replace(content, nodes=tuple(reversed(content.nodes)))), "nodes fall"),
        row_of(p, p.text(FIRST), serialize_pack(replace(content, profiles=content.profiles * 2)), "profiles twice"),
        row_of(p, p.text(FIRST), serialize_pack(swapped), "records in another order"),
        row_of(p, p.text(FIRST), serialize_pack(replace(content, records=content.records[:1])), "a record alone"),
    ]
    assert set(agree(page, rows)) >= {"malformed", "inconclusive", "authentic"}


def test_a_bulletin_counts_by_the_pinned_key_alone(page: Page) -> None:
    header = parse_header(one().case.snapshot.header)
    genuine: dict[str, Any] = {
        "chain_id": DEPLOYMENT.chain_id,
        "number": header.number,
        "hash": header.hash,
        "time": header.time,
    }

    def signed(key: str, **changed: Any) -> str:
        said = {**genuine, **changed}
        digest = bulletin_digest(
            chain_id=genuine["chain_id"], number=genuine["number"], block_hash=genuine["hash"], time=genuine["time"], deployment=DEPLOYMENT
        )  # fmt: skip
        return serialize_bulletin(Bulletin(**said, signature=sign_digest(key, digest))).decode()

    texts = [
        signed("bulletin"),
        signed("holder"),
        signed("bulletin", number=header.number + 1),
        signed("bulletin", chain_id=5),
    ]
    found = page.evaluate(
        "([texts, deployment]) => texts.map((text) => J.trustBulletin(J.parseBulletin(text), J.parseDeployment(deployment)))",
        [texts, serialize_deployment(DEPLOYMENT).decode()],
    )
    assert found[0] == {"hash": "0x" + header.hash.hex(), "final": True, "number": header.number, "time": header.time}
    assert [one.get("reason") for one in found[1:]] == [
        "bulletin-signature",
        "bulletin-signature",
        "bulletin-of-another-chain",
    ]


def test_two_signed_serials_with_one_index_reject_both(page: Page) -> None:
    p = one()
    row = row_of(p, p.text(FIRST)).question()
    found = page.evaluate(
        """async ([row, index, serials]) => {
          const pack = await J.Pack.open(new Blob([Uint8Array.from(atob(row.pack), (c) => c.charCodeAt(0))]));
          const view = new J.View(J.parseDeployment(row.deployment), pack.snapshot, row.trust);
          const { verdict } = await new J.PackJudge(pack, new J.Inquiry(view, pack.head.origin, row.policy, row.now, null, [])).judge(row.text);
          const after = J.contradicted(verdict, index, serials);
          return [verdict.outcome, after.outcome, after.checks.filter((one) => one.outcome === "failed")];
        }""",
        [row, FIRST, ["A", "B"]],
    )
    assert found[:2] == ["authentic", "rejected"]
    assert json.dumps(found[2]) == json.dumps(
        [
            {
                "id": "label.quota",
                "outcome": "failed",
                "reason": "index-twice",
                "fields": {"index": FIRST, "serials": ["A", "B"]},
            }
        ]
    )
