"""AnchorLog and the words of TrustRegistry, executed on a dictionary: docs/spec/05 once more, in Python.

The simulator runs this where a node runs bytecode; one behaviour suite holds both to the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger.chain.abi import decode_arguments, selector, types_of
from ledger.chain.anchor_log import ANCHOR_CALL, ANCHORED_TOPIC, MAX_GROWTH
from ledger.domain.chain import Call, LogRecord
from ledger.domain.chain_errors import AbiError, CallRevertedError
from verifier import contracts, words
from verifier.errors import VerifierError
from verifier.hashing import keccak256
from verifier.merkle import EMPTY_ROOT, check_consistency
from verifier.types import Address, NodeHash

ZERO_WORD = bytes(32)

Storage = dict[tuple[Address, bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedAddresses:
    """Where the simulated contracts live."""

    anchor_log: Address
    trust_registry: Address
    status_registry: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockContext:
    """The block a call runs in."""

    number: int
    time: int


def revert(name: str, *arguments: object) -> CallRevertedError:
    """The error a contract's `revert Name(arguments)` becomes."""
    return CallRevertedError(data=keccak256(name.encode())[:4], name=name, arguments=arguments, detail="")


def execute(storage: Storage, call: Call, where: SimulatedAddresses, block: BlockContext) -> LogRecord | None:
    """Run a call, changing `storage`; the event it emits, if any. Raises CallRevertedError with storage unchanged."""
    if call.to != where.anchor_log:
        return None  # an ordinary account: a transfer of nothing
    if call.data[:4] != selector(ANCHOR_CALL):
        raise revert("", call.data[:4])
    _require_sequencer(storage, call.sender, where, block)
    return _anchor(storage, where.anchor_log, block, _step_of(call.data[4:]))


def _step_of(data: bytes) -> tuple[NodeHash, int, NodeHash, tuple[bytes, ...]]:
    match decode_arguments(types_of(ANCHOR_CALL), data, "anchor"):
        case (bytes() as old_root, int() as new_size, bytes() as new_root, tuple() as proof):
            return NodeHash(old_root), new_size, NodeHash(new_root), proof
        case _:
            raise AbiError("anchor: other types than its own")


def _require_sequencer(storage: Storage, sender: Address, where: SimulatedAddresses, block: BlockContext) -> None:
    word = storage.get((where.trust_registry, contracts.key_slot(sender)), ZERO_WORD)
    key = words.decode_key_word(word)
    entitled = (
        key is not None
        and key.purposes & contracts.Purpose.SEQUENCER
        and key.in_force_at(block.time)
        and key.compromised_since == 0
    )
    if not entitled:
        raise revert("NotEntitled", sender, int(contracts.Purpose.SEQUENCER), int.from_bytes(word, "big"))


def _anchor(
    storage: Storage, log: Address, block: BlockContext, step: tuple[NodeHash, int, NodeHash, tuple[bytes, ...]]
) -> LogRecord | None:
    old_root, new_size, new_root, proof = step
    latest_slot = contracts.plain_slot(contracts.AnchorSlot.LATEST)
    latest = words.decode_latest(storage.get((log, latest_slot), ZERO_WORD))
    word = storage.get((log, contracts.anchor_slot(latest.seq)), ZERO_WORD)

    def is_anchored(root: NodeHash) -> bool:
        return contracts.anchor_digest(latest.size, root, latest.time) == word if latest.seq else root == EMPTY_ROOT

    if new_size == latest.size:
        if is_anchored(new_root):
            return None  # same size and root again: success, no effect
        raise revert("SameSizeOtherRoot", latest.seq, latest.size, new_root)
    successor = storage.get((log, contracts.plain_slot(contracts.AnchorSlot.SUCCESSOR)), ZERO_WORD)
    if any(successor):
        raise revert("LogRetired", successor[12:])
    if new_size < latest.size:
        raise revert("TreeShrinks", latest.size, new_size)
    if not is_anchored(old_root):
        raise revert("StaleRoot", latest.seq, latest.size, old_root)
    if new_size - latest.size > MAX_GROWTH:
        raise revert("GrowthTooLarge", latest.size, new_size, MAX_GROWTH)
    _require_consistency(latest.size, new_size, old_root, new_root, proof)
    return _write(storage, log, block, (latest.seq + 1, new_size, new_root))


def _require_consistency(old: int, new: int, old_root: NodeHash, new_root: NodeHash, proof: tuple[bytes, ...]) -> None:
    if old == 0 and not proof:
        return  # any tree extends the empty one
    try:
        check_consistency(old, new, old_root, new_root, [NodeHash(item) for item in proof])
    except VerifierError as error:
        raise revert("InconsistentTree", old, old_root, new, new_root) from error


def _write(storage: Storage, log: Address, block: BlockContext, anchor: tuple[int, int, NodeHash]) -> LogRecord:
    seq, size, root = anchor
    storage[log, contracts.anchor_slot(seq)] = contracts.anchor_digest(size, root, block.time)
    latest = words.encode_latest(words.Latest(seq=seq, size=size, time=block.time))
    storage[log, contracts.plain_slot(contracts.AnchorSlot.LATEST)] = latest
    topics = (ANCHORED_TOPIC, seq.to_bytes(32, "big"))
    data = size.to_bytes(32, "big") + root + block.time.to_bytes(32, "big")
    return LogRecord(block_number=block.number, topics=topics, data=data)
