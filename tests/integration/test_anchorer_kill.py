"""kill -9 at every point of the anchorer's journal, then restart: every entry anchored once, nothing signed twice in vain."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.client import connect
from ledger.chain.localnode import running_node
from ledger.domain.anchoring import AnchorOutcome
from ledger.services.anchorer import Anchorer, AnchorParts, AnchorPolicy
from ledger.store.anchor_journal import SqlAnchorJournal
from tests.support.anchoring import (
    ALWAYS,
    AnvilStage,
    Bench,
    ManualClock,
    Promises,
    ReferenceLog,
    anchored,
    fresh_journal,
    next_nonce,
)
from tests.support.chain import World, deployed_world, require_node, test_key
from verifier.deployment import Deployment

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-anchorer-kill")]

POINTS = ("anchor.looked", "anchor.signed", "anchor.journaled", "anchor.sent", "anchor.booked")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_node()
    with running_node() as node:
        yield deployed_world(node)


class KillAt:
    """Kills its process at one point, as a power cut would."""

    def __init__(self, point: str) -> None:
        self._point = point

    def reach(self, point: str) -> None:
        if point == self._point:
            os.kill(os.getpid(), signal.SIGKILL)


def anchor_until_idle(url: str, deployment: Deployment, journal: str, size: int, point: str, patience: int) -> None:
    anchorer = Anchorer(
        AnchorParts(
            chain=connect(url),
            deployment=deployment,
            signer=test_key("sequencer"),
            log=ReferenceLog(size),
            promises=Promises(),
            journal=SqlAnchorJournal.open(journal),
            clock=ManualClock(),
            policy=AnchorPolicy(rhythm=ALWAYS),
            crash=KillAt(point),
        )
    )
    anchorer.step()
    for _ in range(patience):
        if anchorer.step().outcome is AnchorOutcome.IDLE:
            return
        time.sleep(0.05)


def run_process(world: World, journal: str, size: int, point: str, patience: int = 100) -> int | None:
    """Step until idle in a process of its own, forked because importing everything again takes seconds; its exit code."""
    arguments = (world.url, world.deployment, journal, size, point, patience)
    process = multiprocessing.get_context("fork").Process(target=anchor_until_idle, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


@pytest.mark.parametrize("mining", ["at-once", "later"])
@pytest.mark.parametrize("point", POINTS)
def test_kill_9_at_a_journal_point_then_restart(world: World, tmp_path: Path, point: str, mining: str) -> None:
    snapshot = world.chain.call("evm_snapshot")
    world.chain.call("evm_setAutomine", mining == "at-once")
    try:
        stage = AnvilStage(world)
        stage.automines = mining == "at-once"
        first_nonce = next_nonce(stage)
        journal = fresh_journal(tmp_path)
        code = run_process(world, journal, 40, point, patience=100 if mining == "at-once" else 1)
        stage.settle()
        reached = mining == "at-once" or point != "anchor.booked"  # nothing to book before it is mined
        assert code == (-signal.SIGKILL if reached else 0)
        bench = Bench(stage=stage, log=ReferenceLog(40), url=journal)
        for _ in range(3):
            bench.step()
            stage.mine()
        bench.step()
        latest = anchored(stage)
        assert (latest.seq, latest.size) == (1, 40)
        assert next_nonce(stage) == first_nonce + 1, "one transaction, whatever happened in between"
        assert bench.rows() == 1
        bench.check_book()
    finally:
        world.chain.call("anvil_dropAllTransactions")
        world.chain.call("evm_revert", snapshot)


def test_kill_9_again_and_again_while_the_log_grows(world: World, tmp_path: Path) -> None:
    snapshot = world.chain.call("evm_snapshot")
    world.chain.call("evm_setAutomine", True)
    try:
        stage = AnvilStage(world)
        journal = fresh_journal(tmp_path)
        for round_number, point in enumerate(POINTS):
            run_process(world, journal, 10 + 7 * round_number, point)
            stage.settle()
        bench = Bench(stage=stage, log=ReferenceLog(60), url=journal)
        for _ in range(3):
            bench.step()
        assert anchored(stage).size == 60
        bench.check_book()
    finally:
        world.chain.call("evm_revert", snapshot)
