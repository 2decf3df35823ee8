"""An inspection pack of 10,000 certificates: its size, how soon it opens, a day's delta, and one label by it when warm."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.harness import Effort, Result, one_core, still_heap
from bench.pack_kit import make_pack_kit
from tests.support.world import DEPLOYMENT, NOW
from verifier.pack.delta import apply_delta, make_delta, parse_delta
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.pack.writer import serialize_pack
from verifier.policy import INSPECTION
from verifier.state import open_view
from verifier.verdict import Outcome

_CERTIFICATES = 10_000


def measure(effort: Effort) -> Iterator[Result]:
    """Rows `pack-size`, `pack-open`, `pack-delta`, `label-warm`."""
    count = effort.of(_CERTIFICATES, least=1_000)
    kit = make_pack_kit(count)
    data = serialize_pack(kit.content)
    yield Result(
        row="pack-size",
        runs=(len(data) / 1e6,),
        seen={"certificates": count, "records": len(kit.content.records), "nodes": len(kit.content.nodes)},
    )
    opened, warm, cold = [], [], []
    texts = [kit.label(number % count, 3) for number in range(1, 200, 7)]
    with one_core(), still_heap():
        for _ in range(max(effort.runs, 5)):
            started = time.process_time()
            pack = Pack(data)
            view = open_view(pack.snapshot(), kit.trusted, DEPLOYMENT)
            opened.append(time.process_time() - started)
            judge = PackJudge(pack, view, policy=INSPECTION, now=NOW)
            cold.append(_each(judge, texts))
            warm.append(_each(judge, texts))
    yield Result(row="pack-open", runs=tuple(opened))
    yield Result(row="label-warm", runs=tuple(warm), seen={"cold_ms": min(cold)})
    after = make_pack_kit(count, day=1).content
    delta = make_delta(kit.content, after)
    started = time.process_time()
    if apply_delta(kit.content, parse_delta(delta)) != after:
        raise RuntimeError("the delta does not make the next day's pack")
    yield Result(row="pack-delta", runs=(len(delta) / 1e6,), seen={"apply_s": time.process_time() - started})


def _each(judge: PackJudge, texts: list[str]) -> float:
    """Milliseconds of processor time for one label."""
    started = time.process_time()
    for text in texts:
        if judge.judge(text).outcome not in (Outcome.AUTHENTIC, Outcome.REJECTED):
            raise RuntimeError("a label of the pack was not judged")
    return 1000 * (time.process_time() - started) / len(texts)
