"""The rules on a small market: the asks of docs/copies.md with margin; the statistics; the same seed, the same market."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.market.__main__ import asks
from bench.market.judge import STEPS, Tally, wilson
from bench.market.run import Market, run_market
from ledger.scans.thresholds import LIMITS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow
def test_the_asks_are_met_on_twenty_thousand_items() -> None:
    results = run_market(Market(items=20_000, clones=100, seed=11), workers=1)
    seen = results.document()
    rows = {row["scans"]: row for row in seen["clones"]["byScans"]}
    assert rows[20]["ever"]["of"] >= 90
    assert rows[20]["ever"]["share"] >= 0.95
    assert rows[20]["by"]["share"] >= 0.85
    assert seen["genuine"]["found"]["share"] <= 0.001
    assert results.flooded > 150
    by_hour = {row["hour"]: row for row in seen["flood"]["hours"]}
    assert by_hour[6]["suspect"]["share"] > 0.95, "the flood must be one that the rules see, or its end shows nothing"
    assert by_hour[80]["suspect"]["hits"] == 0
    assert by_hour[12]["suspectWithPin"]["hits"] == 0
    assert all(ask["reached"] for ask in asks(seen))


def test_the_same_seed_gives_the_same_market() -> None:
    market = Market(items=300, clones=5, seed=3)
    first, again = (run_market(market, workers=1).document() for _ in range(2))
    assert first == again
    assert first != run_market(Market(items=300, clones=5, seed=4), workers=1).document()


def test_wilsons_interval() -> None:
    """Against published values (Newcombe 1998, table I, method 3)."""
    for hits, total, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_tallies_of_parts_add_up() -> None:
    whole = run_market(Market(items=400, clones=10, seed=5), workers=1).clones
    parts = Tally()
    parts.join(whole)
    parts.join(whole)
    assert parts.items == 2 * whole.items
    assert all(parts.had[step] == 2 * whole.had[step] for step in STEPS)


def test_the_recorded_results_are_of_these_thresholds_and_meet_the_asks() -> None:
    """Run `python -m bench.market` again when this fails."""
    from dataclasses import asdict

    recorded = json.loads((ROOT / "bench/market.json").read_text(encoding="utf-8"))
    assert recorded["thresholds"] == asdict(LIMITS)
    assert recorded["market"]["items"] >= 1_000_000
    assert all(ask["reached"] for ask in recorded["asks"])
