"""One run of the demo from beginning to end."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from api.demo import cast
from api.demo.desks import write_desk_keys
from api.demo.doubtful import Materials
from api.demo.forgeries.edits import BASE
from api.demo.narrator import Narrator
from api.demo.output import CHAIN_FILE, Output
from api.demo.pack import Pack, agree, evidence_of, take_pack
from api.demo.products import DemoSet, load_demo_set
from api.demo.readme import readme
from api.demo.report import Genuine, Results, doubts_table, figures_table, forgeries_table, picture, summary
from api.demo.stage import Stage, local_chain, set_stage
from api.demo.story import BARRED, LIFTED, SUSPENDED, WITHDRAWN, Tale, Teller, title
from api.demo.turning import Forged, Turning
from api.demo.verdicts import (
    Bench,
    Judged,
    hash_matches,
    judge_doubts,
    judge_forgery,
    judge_promise_file,
    judge_spoilt,
    open_bench,
    promise_broken,
    run_verifier,
    shown_command,
    watch,
)
from ledger.keys.keystore import LIGHT_COST, write_keystore
from ledger.keys.logkey import write_log_key
from verifier.bulletin import parse_bulletin, serialize_bulletin
from verifier.canonical import canonicalize
from verifier.deployment import serialize_deployment
from verifier.encoding import to_hex
from verifier.evidence import Evidence, parse_evidence, serialize_evidence
from verifier.promise import BrokenPromise, serialize_broken_promise
from verifier.receipt import receipt_document
from verifier.snapshot import parse_snapshot, serialize_snapshot
from verifier.verdict import Verdict

FALLEN: Final = frozenset((SUSPENDED, WITHDRAWN, LIFTED, BARRED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the run came to: the results, and what differs from what was told (nothing, if all is well)."""

    results: Results
    differences: tuple[str, ...]


def run_demo(output: Output, narrator: Narrator) -> Finished:
    """Play the story on a fresh local node, judge its files, and write the reports.

    Raises NodeMissingError, LocalNodeError, UnexpectedError, and what the ledger raises.
    """
    data, today = load_demo_set(), int(time.time())
    narrator.opening("一枚标签的真与假", "what is genuine, what is forged, and who can tell")
    with local_chain(today, output.path(CHAIN_FILE)) as (node, chain, clock):
        stage = set_stage(node, chain, clock, today)
        played = _play(stage, output, data, narrator)
    # The node is gone: from here on there are only files.
    results = _judge(output, data, played, narrator)
    return _close(output, results, narrator)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Played:
    """What the story left: names of files, and the tale for the reports."""

    tale: Tale
    genuine: Sequence[tuple[str, str]]  # file, source row
    forged: Sequence[tuple[str, Forged]]
    withdrawn: str


def _play(stage: Stage, output: Output, data: DemoSet, narrator: Narrator) -> _Played:
    tale = Tale()
    Teller(stage=stage, output=output, data=data, narrator=narrator, tale=tale).tell()
    turning = Turning(stage=stage, output=output, narrator=narrator, tale=tale)
    turning.tell()
    narrator.chapter("收拾证据", "evidence, a snapshot, a bulletin")
    rows = [row for row in tale.certified if row not in FALLEN]
    evidences = evidence_of(stage, output, [tale.certified[row].id for row in rows])
    agreed = agree(stage)
    asked: list[Evidence] = [*evidences, *(parse_evidence(one.data) for one in turning.forged)]
    pack = take_pack(stage, output, data, asked, number=agreed.number, block_hash=agreed.block_hash)
    genuine = [
        _write_genuine(output, place, row, one, tale)
        for place, (row, one) in enumerate(zip(rows, evidences, strict=True), 1)
    ]
    forged = [_write_forged(output, place, one) for place, one in enumerate(turning.forged, 1)]
    _write_pack(stage, output, tale, pack, turning.broken)
    size = output.path("snapshot.json").stat().st_size
    narrator.say(
        f"区块 {agreed.number}（已终局）；快照 {len(pack.snapshot.nodes)} 个状态节点，{size / 1000:,.0f} kB；公告由监管部门签名",
        f"block {agreed.number}, final; a snapshot of {len(pack.snapshot.nodes)} trie nodes; a bulletin signed by the regulator",
    )
    withdrawn = next(name for name, one in forged if one.forgery.slug == "withdrawn")
    return _Played(tale=tale, genuine=genuine, forged=forged, withdrawn=withdrawn)


def _write_genuine(output: Output, place: int, row: str, evidence: Evidence, tale: Tale) -> tuple[str, str]:
    name = f"evidence/{place:02d}-{_slug(tale.certified[row].product.row.title)}.json"
    output.write(name, serialize_evidence(evidence))
    return name, row


def _write_forged(output: Output, place: int, forged: Forged) -> tuple[str, Forged]:
    name = f"forgeries/{place:02d}-{forged.forgery.row.lower()}-{forged.forgery.slug}.json"
    output.write(name, forged.data)
    return name, forged


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")


def _write_pack(stage: Stage, output: Output, tale: Tale, pack: Pack, broken: BrokenPromise | None) -> None:
    output.write("deployment.json", serialize_deployment(stage.deployment))
    output.write("snapshot.json", serialize_snapshot(pack.snapshot))
    output.write("bulletin.json", serialize_bulletin(pack.bulletin))
    output.write("block-hash.txt", to_hex(pack.bulletin.hash) + "\n")
    if tale.before_withdrawal is not None:
        output.write("doubtful/snapshot-before-withdrawal.json", serialize_snapshot(tale.before_withdrawal.snapshot))
        output.write("doubtful/bulletin-before-withdrawal.json", serialize_bulletin(tale.before_withdrawal.bulletin))
    if broken is not None:
        output.write("broken-promise.json", serialize_broken_promise(broken))
    receipts = b"".join(canonicalize(receipt_document(receipt)) + b"\n" for receipt in tale.receipts)
    output.write("receipts.ndjson", receipts)
    for name in cast.KEPT:
        write_keystore(output.path(f"keys/{name}.json"), cast.key(name), cast.PASSPHRASE, cost=LIGHT_COST)
    write_desk_keys(output, load_demo_set())
    write_log_key(output.path("keys/log.pem"), cast.log_key(), cast.PASSPHRASE)


def _judge(output: Output, data: DemoSet, played: _Played, narrator: Narrator) -> Results:
    narrator.chapter("核对：只看文件", "verification, from the files alone")
    narrator.say(
        "节点已关闭；只读部署文件、快照、公告和证据文件",
        "the node is stopped; only deployment, snapshot, bulletin and evidence files are read",
    )
    bench, tale = open_bench(output), played.tale
    along = narrator.along
    genuine = [
        _genuine(bench, name, row, tale) for name, row in along(played.genuine, "真品", "genuine", len(played.genuine))
    ]
    forged: list[Judged] = [
        judge_forgery(bench, one.forgery, name)
        for name, one in along(played.forged, "伪造", "forgeries", len(played.forged))
    ]
    materials = _materials(output, bench, played)
    found = watch(bench)
    codes = ", ".join(sorted({finding.code.value for finding in found.findings}))
    narrator.say(
        f"任何人重算公开的日志：{found.entries} 条中有 {len(found.findings)} 处不该在那里",
        f"anyone who recomputes the public log finds {len(found.findings)} things wrong in {found.entries} entries ({codes})",
    )
    return Results(
        footprints=len(tale.stated),
        certificates=len(tale.certified),
        refused=[
            (title(one.product), f"{one.reasons[0].zh} {one.reasons[0].en}: {one.reasons[0].detail}")
            for one in tale.refused
        ],
        anchors=tale.anchors,
        genuine=genuine,
        forged=forged,
        doubted=list(judge_doubts(materials)),
        spoilt=list(judge_spoilt(output, materials.evidence)),
        monitor_findings=len(found.findings),
        promise_broken=promise_broken(judge_promise_file(bench)),
        enterprises=len(data.enterprises),
    )


def _genuine(bench: Bench, name: str, row: str, tale: Tale) -> Genuine:
    verdict: Verdict = bench.judge(name)
    grade = tale.certified[row].certificate.body.get("grade")
    notes = dict.fromkeys(check.reason for check in verdict.checks if check.outcome == "passed" and check.reason)
    return Genuine(
        name=name,
        product=title(tale.certified[row].product),
        grade=str(grade["value"]) if isinstance(grade, dict) else "",
        verdict=verdict,
        note=", ".join(notes),
    )


def _materials(output: Output, bench: Bench, played: _Played) -> Materials:
    base = next(name for name, row in played.genuine if row == BASE)
    return Materials(
        evidence=output.path(base).read_bytes(),
        withdrawn=output.path(played.withdrawn).read_bytes(),
        deployment=bench.deployment,
        snapshot=bench.snapshot,
        bulletin=parse_bulletin(output.path("bulletin.json").read_bytes()),
        old_snapshot=parse_snapshot(output.path("doubtful/snapshot-before-withdrawal.json").read_bytes()),
        old_bulletin=parse_bulletin(output.path("doubtful/bulletin-before-withdrawal.json").read_bytes()),
        now=int(time.time()),
    )


def _close(output: Output, results: Results, narrator: Narrator) -> Finished:
    narrator.show(forgeries_table(results.forged))
    narrator.show(doubts_table((*results.doubted, *results.spoilt)))
    narrator.show(figures_table(results))
    differences = results.differences()
    good, bad = results.genuine[0].name, results.forged[0].name
    narrator.chapter("您也可以自己核对", "check it yourself")
    for name, expected in ((good, 0), (bad, 1)):
        ran = run_verifier(output, name)
        narrator.plain(f"   $ {ran.shown}")
        narrator.plain(f"     → {ran.code}")
        if ran.code != expected:
            differences.append(f"tanji-verify {name}: exit code {ran.code}, {expected} expected")
    if not hash_matches(output, open_bench(output).snapshot):
        differences.append("block-hash.txt is not the snapshot's block")
    output.write("summary.md", summary(results))
    output.write("demo.svg", picture(results))
    output.write("README.txt", readme(shown_command(output, good), shown_command(output, bad)))
    return Finished(results=results, differences=tuple(differences))
