"""The remembered key directory: how often it asks, and what it says while the chain is away."""

from __future__ import annotations

import pytest

from ledger.chain.directory import CachedKeyDirectory, DirectoryPolicy, DirectoryStaleError
from tests.support.anchoring import Faulty, ManualClock, SimulatedStage
from tests.support.chain import test_key
from verifier.contracts import Purpose

POLICY = DirectoryPolicy(fresh=5, unknown=1, usable=120, size=2)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stage() -> SimulatedStage:
    return SimulatedStage()


@pytest.fixture
def node(stage: SimulatedStage) -> Faulty:
    return Faulty(stage.chain)


@pytest.fixture
def directory(stage: SimulatedStage, node: Faulty, clock: ManualClock) -> CachedKeyDirectory:
    return CachedKeyDirectory(node, stage.deployment, clock, POLICY)  # type: ignore[arg-type]


SEQUENCER = test_key("sequencer").address
STRANGER = test_key("stranger").address


def test_a_registered_key_is_found_and_remembered(
    directory: CachedKeyDirectory, node: Faulty, clock: ManualClock
) -> None:
    record = directory.lookup(SEQUENCER)
    assert record is not None
    assert record.purposes == Purpose.SEQUENCER
    asked = node.calls
    clock.ticks += 5
    assert directory.lookup(SEQUENCER) == record
    assert node.calls == asked
    clock.ticks += 0.1
    directory.lookup(SEQUENCER)
    assert node.calls > asked


def test_an_unknown_key_is_asked_for_again_sooner(
    directory: CachedKeyDirectory, node: Faulty, clock: ManualClock
) -> None:
    assert directory.lookup(STRANGER) is None
    asked = node.calls
    clock.ticks += 1.1
    assert directory.lookup(STRANGER) is None
    assert node.calls > asked


def test_while_the_chain_is_away_what_is_known_serves_for_a_while(
    directory: CachedKeyDirectory, node: Faulty, clock: ManualClock
) -> None:
    record = directory.lookup(SEQUENCER)
    node.gone = True
    clock.ticks += 120
    assert directory.lookup(SEQUENCER) == record
    clock.ticks += 1
    with pytest.raises(DirectoryStaleError):
        directory.lookup(SEQUENCER)
    with pytest.raises(DirectoryStaleError):
        directory.lookup(STRANGER)


def test_a_node_that_hangs_is_waited_for_once_not_by_every_submission(
    directory: CachedKeyDirectory, node: Faulty, clock: ManualClock
) -> None:
    node.gone = True
    for name in ("sequencer", "a", "b"):
        with pytest.raises(DirectoryStaleError):
            directory.lookup(test_key(name).address)
    assert node.calls == 1
    node.gone = False
    clock.ticks += 2
    assert directory.lookup(SEQUENCER) is not None


def test_a_wall_clock_that_jumps_changes_nothing(
    directory: CachedKeyDirectory, node: Faulty, clock: ManualClock
) -> None:
    directory.lookup(SEQUENCER)
    asked = node.calls
    clock.wall -= 86_400
    directory.lookup(SEQUENCER)
    assert node.calls == asked


def test_memory_is_bounded(directory: CachedKeyDirectory, node: Faulty) -> None:
    for name in ("sequencer", "a", "b"):
        directory.lookup(test_key(name).address)
    asked = node.calls
    directory.lookup(SEQUENCER)
    assert node.calls > asked
