"""The soak's short form: the demo's server under everything at once for half a minute, and what the soak calls growth."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bench.http_pages import served_copy
from bench.soak import DESCRIPTORS, MEGABYTES, Sample, Soaked, report, soak
from tests.support.served_demo import finished_demo

SECONDS = 25
LABELS = 100  # all of them are warm from the start


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.xdist_group("soak")
def test_memory_and_descriptors_do_not_grow(tmp_path: Path) -> None:
    with served_copy(finished_demo(tmp_path), max(os.sched_getaffinity(0))) as target:
        seen = soak(replace(target, labels=target.labels[:LABELS]), SECONDS)
    print(report(seen))
    assert seen.trouble() == []
    told = {(kind, status) for kind, status in seen.answers if status < 300}
    assert {kind for kind, _ in told} >= {
        "page",
        "evidence",
        "tile",
        "checkpoint",
        "verify",
        "submit",
        "scan",
        "portal",
    }
    assert seen.events > 0


def seen_with(grown: float = 0.0, descriptors: int = 0) -> Soaked:
    """Memory that rises by 50 MB in the warm-up and by `grown` afterwards."""
    seen = Soaked()
    for number in range(120):
        late = max(0.0, (number - 60) / 60)
        resident = 100 + min(50.0, number * 2.0) + grown * min(1.0, 1.2 * late)
        seen.samples.append(Sample(at=number, resident=resident, descriptors=40 + round(descriptors * late)))
    return seen


def test_what_fills_during_the_warm_up_is_no_growth() -> None:
    assert seen_with().trouble() == []


def test_what_grows_afterwards_is() -> None:
    assert "resident memory" in seen_with(grown=MEGABYTES * 1.2).trouble()[0]
    assert "descriptors" in seen_with(descriptors=2 * DESCRIPTORS).trouble()[0]
    crashed = seen_with()
    crashed.answers["page", 500] = 1
    assert crashed.trouble() == ["page: 1 answers 500"]
