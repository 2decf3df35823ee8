"""Stages for the anchorer's tests: the simulator and real nodes behind one set of levers, a reference log, faults by wrapping."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Protocol

from ledger.chain.simulator import DEFAULT_ADDRESSES, SimulatedChain, SimulatorSettings
from ledger.chain.transactions import Envelope, sign_transaction
from ledger.domain.anchoring import AnchorReport
from ledger.domain.chain import BlockTag, Call, Fees, Receipt
from ledger.domain.chain_errors import ChainUnavailableError
from ledger.keys.memory import MemorySigner
from ledger.ports.chain import AnchorChain
from ledger.services.anchor_planner import AnchorRhythm
from ledger.services.anchorer import Anchorer, AnchorParts, AnchorPolicy
from ledger.store.anchor_journal import SqlAnchorJournal
from tests.reference import merkle
from tests.support.chain import World, test_key
from tests.support.lying_rpc import wait_until
from verifier import contracts, words
from verifier.contracts import FOREVER, Purpose
from verifier.deployment import Deployment
from verifier.types import Address, BlockHash, Digest

GWEI = 10**9
ALWAYS = AnchorRhythm(interval=0, margin=0)


class ReferenceLog:
    """A log of made-up leaves with roots and proofs straight from RFC 9162's definitions."""

    def __init__(self, size: int = 0, *, salt: bytes = b"") -> None:
        self._salt = salt
        self._leaves: list[bytes] = []
        self.grow(size)

    @property
    def size(self) -> int:
        return len(self._leaves)

    def grow(self, count: int) -> None:
        first = len(self._leaves)
        self._leaves += [merkle.leaf(self._salt + number.to_bytes(8, "big")) for number in range(first, first + count)]

    def root(self, size: int) -> bytes:
        assert 1 <= size <= self.size
        return merkle.root(self._leaves[:size])

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        assert 0 <= size1 <= size2 <= self.size
        return [] if size1 in (0, size2) else merkle.consistency(size1, self._leaves[:size2])


@dataclass(slots=True)
class Promises:
    """anchorBy of each index."""

    anchor_by: dict[int, int] = field(default_factory=dict)

    def earliest_anchor_by(self, size: int) -> int | None:
        return min((deadline for index, deadline in self.anchor_by.items() if index >= size), default=None)


@dataclass(slots=True)
class ManualClock:
    """A clock a test sets."""

    wall: int = 1_800_000_000
    ticks: float = 0.0

    def now(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def pass_seconds(self, seconds: int) -> None:
        self.wall += seconds
        self.ticks += seconds


class Stage(Protocol):
    """A chain with a deployment, and levers."""

    chain: AnchorChain
    deployment: Deployment
    signer: MemorySigner

    def hold_mining(self) -> None: ...
    def mine(self, blocks: int = 1) -> None: ...
    def reorganise(self, depth: int, *, forget: bool) -> None:
        """Replace the newest blocks; their transactions go back to the pool, or with `forget` nowhere."""

    def forget_pool(self) -> None: ...
    def set_base_fee(self, base_fee: int) -> None: ...
    def settle(self) -> None:
        """Return once what is sent is mined, unless mining is held."""


def anchored(stage: Stage) -> words.Latest:
    head = stage.chain.head(BlockTag.LATEST)
    assert head is not None
    slot = contracts.plain_slot(contracts.AnchorSlot.LATEST)
    return words.decode_latest(stage.chain.storage(stage.deployment.anchor_log, slot, head.hash))


def next_nonce(stage: Stage) -> int:
    head = stage.chain.head(BlockTag.LATEST)
    assert head is not None
    return stage.chain.nonce(stage.signer.address, head.hash)


def send_foreign(stage: Stage, fees: Fees, *, nonce: int | None = None) -> Digest:
    """Somebody with our key sends nothing to itself."""
    call = Call(sender=stage.signer.address, to=stage.signer.address, data=b"")
    used = next_nonce(stage) if nonce is None else nonce
    envelope = Envelope(chain_id=stage.deployment.chain_id, nonce=used, gas_limit=50_000, fees=fees)
    transaction = sign_transaction(call, envelope, stage.signer)
    stage.chain.broadcast(transaction.raw)
    stage.settle()
    return transaction.hash


class SimulatedStage:
    """The simulator."""

    def __init__(self, settings: SimulatorSettings | None = None) -> None:
        where = DEFAULT_ADDRESSES
        self.chain = SimulatedChain(settings or SimulatorSettings(finality_depth=32))
        self.signer = test_key("sequencer")
        genesis = self.chain.mine()
        key = words.KeyWord(
            starts_at=genesis.time,
            ends_at=FOREVER,
            compromised_since=0,
            status_ordinal=0,
            purposes=int(Purpose.SEQUENCER),
            party_tag=b"\7" * 15,
        )
        for name in ("sequencer", "next-sequencer"):
            slot = contracts.key_slot(test_key(name).address)
            self.chain.write_word(where.trust_registry, slot, words.encode_key_word(key))
        code = {name: self.chain.code_hash(getattr(where, name), genesis.hash) for name in where.__slots__}
        self.deployment = Deployment(
            name="simulated",
            chain_id=self.chain.chain_id(),
            anchor_log=where.anchor_log,
            trust_registry=where.trust_registry,
            status_registry=where.status_registry,
            anchor_log_code_hash=code["anchor_log"],
            trust_registry_code_hash=code["trust_registry"],
            status_registry_code_hash=code["status_registry"],
            bulletin_key=Address(b"\x0b" * 20),
        )
        self.chain.mine()

    def hold_mining(self) -> None:
        self.chain.settings.automine = False

    def mine(self, blocks: int = 1) -> None:
        self.chain.mine(blocks)

    def reorganise(self, depth: int, *, forget: bool) -> None:
        self.chain.reorganise(depth, keep=lambda _: not forget)

    def forget_pool(self) -> None:
        self.chain.forget_pool()

    def set_base_fee(self, base_fee: int) -> None:
        self.chain.settings.base_fee = base_fee

    def settle(self) -> None:
        """Mined as it was sent."""


class AnvilStage:
    """Anvil, with `--slots-in-an-epoch 16`: 32 blocks to finality."""

    def __init__(self, world: World) -> None:
        self.chain = world.chain
        self.deployment = world.deployment
        self.signer = world.keys["sequencer"]
        self.automines = True

    def hold_mining(self) -> None:
        self.automines = False
        self.chain.call("evm_setAutomine", False)

    def settle(self) -> None:
        """Anvil answers first and mines a moment later."""
        if self.automines:
            wait_until(lambda: next_nonce(self) == self.chain.pending_nonce(self.signer.address), 20)

    def mine(self, blocks: int = 1) -> None:
        self.chain.call("anvil_mine", hex(blocks), "0x1")

    def reorganise(self, depth: int, *, forget: bool) -> None:
        head = self.chain.head(BlockTag.LATEST)
        assert head is not None
        raws = [] if forget else self._raws(head.number - depth + 1, head.number)
        self.hold_mining()
        self.chain.call("anvil_reorg", depth, [])
        self.chain.call("anvil_dropAllTransactions")
        for raw in raws:  # anvil drops them; a real node's pool takes them back
            self.chain.call("eth_sendRawTransaction", raw)

    def _raws(self, first: int, last: int) -> list[str]:
        raws: list[str] = []
        for number in range(first, last + 1):
            block: Any = self.chain.call("eth_getBlockByNumber", hex(number), False)
            raws += [str(self.chain.call("eth_getRawTransactionByHash", item)) for item in block["transactions"]]
        return raws

    def forget_pool(self) -> None:
        self.chain.call("anvil_dropAllTransactions")

    def set_base_fee(self, base_fee: int) -> None:
        self.chain.call("anvil_setNextBlockBaseFeePerGas", hex(base_fee))


class HardhatStage(AnvilStage):
    """Hardhat: no reorganisation command of its own; it reverts to a snapshot and mines on."""

    def forget_pool(self) -> None:
        pending: Any = self.chain.call("eth_getBlockByNumber", "pending", False)
        for item in pending["transactions"]:
            self.chain.call("hardhat_dropTransaction", item)

    def mine(self, blocks: int = 1) -> None:
        self.chain.call("hardhat_mine", hex(blocks), "0x1")

    def set_base_fee(self, base_fee: int) -> None:
        self.chain.call("hardhat_setNextBlockBaseFeePerGas", hex(base_fee))


# ---------------------------------------------------------------- the anchorer on a stage


@cache
def _template() -> Path:
    from ledger.store.engines import parse_url, writing_engine
    from ledger.store.schema import migrate

    path = Path(mkdtemp(prefix="tanji-journal-")) / "journal.sqlite"
    engine = writing_engine(parse_url(f"sqlite:///{path}"))
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    return path


def fresh_journal(folder: Path) -> str:
    """URL of an empty journal database."""
    path = folder / "journal.sqlite"
    shutil.copy(_template(), path)
    return f"sqlite:///{path}"


@dataclass(slots=True, kw_only=True)
class Bench:
    """An anchorer on a stage with a journal; `restart` is what a crash and a new process do to it."""

    stage: Stage
    log: ReferenceLog
    url: str
    policy: AnchorPolicy = field(default_factory=lambda: AnchorPolicy(rhythm=ALWAYS))
    clock: ManualClock = field(default_factory=ManualClock)
    promises: Promises = field(default_factory=Promises)
    chain: AnchorChain | None = None
    role: str = "sequencer"
    journal: SqlAnchorJournal = field(init=False)
    anchorer: Anchorer = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, **changes: Any) -> None:
        for name, value in changes.items():
            setattr(self, name, value)
        self.journal = SqlAnchorJournal.open(self.url)
        self.anchorer = Anchorer(self.parts())

    def parts(self) -> AnchorParts:
        return AnchorParts(
            chain=self.chain or self.stage.chain,
            deployment=self.stage.deployment,
            signer=test_key(self.role),
            log=self.log,
            promises=self.promises,
            journal=self.journal,
            clock=self.clock,
            policy=self.policy,
        )

    def step(self) -> AnchorReport:
        try:
            return self.anchorer.step()
        finally:
            self.stage.settle()

    def rows(self) -> int:
        return len(self.journal.transactions(test_key(self.role).address, 0))

    def check_book(self) -> None:
        """The journal holds exactly the chain's anchors, each with its right preimage."""
        head = self.stage.chain.head(BlockTag.LATEST)
        assert head is not None
        found = self.journal.anchors()
        assert [anchor.seq for anchor in found] == list(range(1, anchored(self.stage).seq + 1))
        for anchor in found:
            word = self.stage.chain.storage(
                self.stage.deployment.anchor_log, contracts.anchor_slot(anchor.seq), head.hash
            )
            assert contracts.anchor_digest(anchor.size, anchor.root, anchor.time) == word
            assert anchor.root == self.log.root(anchor.size)


# ---------------------------------------------------------------- nodes that fail


class Faulty:
    """A chain with some methods replaced: `Faulty(chain, chain_id=lambda: 1)`. `gone=True` makes it unreachable."""

    def __init__(self, chain: AnchorChain, **replaced: Callable[..., Any]) -> None:
        self._chain = chain
        self.replaced = replaced
        self.gone = False
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls += 1
            if self.gone:
                raise ChainUnavailableError("test node", "gone")
            return self.replaced.get(name, getattr(self._chain, name))(*arguments)

        return call


def receipts_in_another_block(chain: AnchorChain) -> Callable[[Digest], Receipt | None]:
    """Receipts that name a block hash no header has."""

    def receipt(transaction: Digest) -> Receipt | None:
        found = chain.receipt(transaction)
        return None if found is None else dataclasses.replace(found, block_hash=BlockHash(b"\xee" * 32))

    return receipt
