"""The life of an entry: sequenced, integrated, anchored, final, and back when the chain takes an anchor away."""

from __future__ import annotations

from pathlib import Path

from ledger.chain.simulator import SimulatorSettings
from ledger.services.anchored import AnchorIndex
from ledger.services.finality import Finality
from ledger.services.host import LedgerHost
from ledger.services.lifecycle import EntryState, Lifecycle, Reach
from tests.support.anchoring import Bench, Faulty, ReferenceLog, SimulatedStage, fresh_journal
from tests.support.ledger import config, footprint
from verifier.receipt import Receipt

FINALITY = 3


def test_an_entry_goes_through_its_states_in_order(tmp_path: Path, database_url: str) -> None:
    host = LedgerHost.open(config(database_url, tmp_path / "log"))
    stage = SimulatedStage(SimulatorSettings(finality_depth=FINALITY))
    bench = Bench(stage=stage, log=ReferenceLog(), url=fresh_journal(tmp_path))
    node = Faulty(stage.chain)
    finality = Finality(node, stage.deployment, bench.clock, FINALITY)
    index = AnchorIndex(bench.journal, bench.clock)
    life = Lifecycle(store=host.reader, anchors=index, finality=finality)

    def states() -> list[str]:
        bench.clock.pass_seconds(3)
        reach = life.reach()
        return [reach.state(entry.index).value for entry in host.reader.entries(0, host.reader.size())]

    def take(first: int, upto: int) -> None:
        assert all(isinstance(one, Receipt) for one in host.ingest(footprint(number) for number in range(first, upto)))

    assert states() == []
    take(0, 1)
    assert states() == ["sequenced"]
    host.integrate()
    take(1, 2)
    assert states() == ["integrated", "sequenced"]
    bench.log.grow(1)
    bench.step()
    bench.step()
    assert states() == ["anchored", "sequenced"]
    host.integrate()
    assert states() == ["anchored", "integrated"]
    stage.mine(FINALITY)
    assert states() == ["final", "integrated"]
    node.gone = True
    assert states() == ["final", "integrated"]  # a minute's old answer is still told: final does not pass
    bench.clock.pass_seconds(60)
    assert states() == ["anchored", "integrated"]  # never more than what can be shown
    assert Lifecycle(store=host.reader, anchors=index).reach().final == 0
    host.close()


def test_each_state_begins_where_its_size_says() -> None:
    reach = Reach(integrated=3, anchored=2, final=1)
    assert [reach.state(index) for index in range(4)] == [
        EntryState.FINAL,
        EntryState.ANCHORED,
        EntryState.INTEGRATED,
        EntryState.SEQUENCED,
    ]
