"""Which block to believe: N of M endpoints of different operators must name the same hash (design 3.5, D04, D18).

1. Every endpoint says its chain id and its newest final block (`finalized`; without the tag: `latest` minus the depth).
2. The height is the N-th highest of those, so neither one laggard holds it back nor one liar pushes it forward: at least one
   of any N endpoints that say "final" this far must lie for the height to be wrong, and N must still agree there.
3. Every endpoint names the hash at that height. Exactly one hash must have N voices. Fewer: the next lower height is tried.
   Two hashes with N voices each: nothing is believed.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from verifier.rpc.client import Call, RpcClient
from verifier.rpc.errors import EndpointAnswerError, EndpointError, EndpointRefusalError, QuorumError
from verifier.types import BlockHash

T = TypeVar("T")
_BLOCK = "eth_getBlockByNumber"
_MAX_NUMBER = 1 << 63


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What one endpoint said. `finalized` is the height it calls final, `block_hash` its hash at the height asked for."""

    operator: str
    finalized: int | None = None
    height: int | None = None
    block_hash: BlockHash | None = None
    problem: str | None = None

    def __str__(self) -> str:
        """One line for a report."""
        if self.block_hash is not None:
            return f"{self.operator}: block {self.height} is 0x{self.block_hash.hex()}"
        final = "" if self.finalized is None else f"final up to {self.finalized}; "
        return f"{self.operator}: {final}{self.problem or 'no block at the height asked for'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedBlock:
    """A block that `quorum` operators named; `sayings` includes who dissented or failed."""

    number: int
    block_hash: BlockHash
    agreeing: tuple[str, ...]
    sayings: tuple[Saying, ...]


def agree_on_block(
    clients: Sequence[RpcClient], *, chain_id: int, quorum: int, depth: int, seconds: float = 30.0
) -> AgreedBlock:
    """Ask every endpoint at once and return the newest final block that `quorum` of them agree on.

    Raises:
        QuorumError: too few answered, or they disagree; holds who said what.
    """
    heads = _ask_all(clients, lambda client: _final_height(client, chain_id=chain_id, depth=depth), seconds)
    sayings = tuple(
        Saying(operator=client.operator, finalized=head)
        if isinstance(head, int)
        else Saying(operator=client.operator, problem=head.detail)
        for client, head in zip(clients, heads, strict=True)
    )
    speaking = [client for client, saying in zip(clients, sayings, strict=True) if saying.finalized is not None]
    heights = sorted((s.finalized for s in sayings if s.finalized is not None), reverse=True)
    if len(speaking) < quorum:
        raise QuorumError(quorum=quorum, detail=f"only {len(speaking)} of {len(clients)} answered", sayings=sayings)
    tried = sayings
    for height in dict.fromkeys(heights[quorum - 1 :]):
        said = _hashes_at(speaking, height, seconds)
        tried = tuple(_at_height(saying, height, said.get(saying.operator)) for saying in sayings)
        agreed = _one_with_quorum(tried, height, quorum)
        if agreed is not None:
            return agreed
    raise QuorumError(quorum=quorum, detail=f"no agreement at height {heights[quorum - 1]} or below", sayings=tried)


def agree_on_height(
    clients: Sequence[RpcClient], *, chain_id: int, quorum: int, depth: int, number: int, seconds: float = 30.0
) -> AgreedBlock:
    """The block at this height, where `quorum` endpoints call it final and name one hash: for a pack made earlier.

    Raises:
        QuorumError: too few answered or have got so far, or they disagree; holds who said what.
    """
    heads = _ask_all(clients, lambda client: _final_height(client, chain_id=chain_id, depth=depth), seconds)
    sayings = tuple(
        Saying(operator=client.operator, finalized=head)
        if isinstance(head, int)
        else Saying(operator=client.operator, problem=head.detail)
        for client, head in zip(clients, heads, strict=True)
    )
    there = [
        client
        for client, saying in zip(clients, sayings, strict=True)
        if saying.finalized is not None and saying.finalized >= number
    ]
    said = _hashes_at(there, number, seconds)
    told = tuple(_at_height(saying, number, said.get(saying.operator)) for saying in sayings)
    agreed = _one_with_quorum(told, number, quorum)
    if agreed is None:
        raise QuorumError(quorum=quorum, detail=f"no agreement at height {number}", sayings=told)
    return agreed


def _one_with_quorum(sayings: tuple[Saying, ...], height: int, quorum: int) -> AgreedBlock | None:
    voices: dict[BlockHash, list[str]] = {}
    for saying in sayings:
        if saying.block_hash is not None:
            voices.setdefault(saying.block_hash, []).append(saying.operator)
    with_quorum = [(block_hash, names) for block_hash, names in voices.items() if len(names) >= quorum]
    if len(with_quorum) > 1:
        raise QuorumError(quorum=quorum, detail=f"they disagree at height {height}", sayings=sayings)
    if not with_quorum:
        return None
    [(block_hash, names)] = with_quorum
    return AgreedBlock(number=height, block_hash=block_hash, agreeing=tuple(names), sayings=sayings)


def _at_height(saying: Saying, height: int, answer: BlockHash | EndpointError | None) -> Saying:
    if answer is None:
        return saying
    if isinstance(answer, EndpointError):
        return replace(saying, height=height, problem=answer.detail)
    return replace(saying, height=height, block_hash=answer)


def _hashes_at(clients: Sequence[RpcClient], height: int, seconds: float) -> dict[str, BlockHash | EndpointError]:
    answers = _ask_all(clients, lambda client: _block_hash(client, height), seconds)
    return {client.operator: answer for client, answer in zip(clients, answers, strict=True)}


def _final_height(client: RpcClient, *, chain_id: int, depth: int) -> int:
    said_chain, final = client.batch([Call(method="eth_chainId"), Call(method=_BLOCK, params=("finalized", False))])
    if isinstance(said_chain, EndpointRefusalError):
        raise said_chain
    if quantity(said_chain) != chain_id:
        raise EndpointAnswerError(
            endpoint=client.operator, method="eth_chainId", detail=f"another chain ({said_chain!r:.40}), not {chain_id}"
        )
    if isinstance(final, dict):
        return _number_of(client, final)
    # No such tag (EndpointRefusalError) or no final block yet (null): go by depth below the newest block.
    latest = client.call(_BLOCK, "latest", False)
    if not isinstance(latest, dict):
        raise EndpointAnswerError(endpoint=client.operator, method=_BLOCK, detail="no latest block")
    number = _number_of(client, latest) - depth
    if number < 0:
        raise EndpointAnswerError(
            endpoint=client.operator,
            method=_BLOCK,
            detail=f"the chain is not yet {depth} blocks deep and has no final block",
        )
    return number


def _block_hash(client: RpcClient, height: int) -> BlockHash:
    block = client.call(_BLOCK, hex(height), False)
    if not isinstance(block, dict) or _number_of(client, block) != height:
        raise EndpointAnswerError(endpoint=client.operator, method=_BLOCK, detail=f"no block {height}")
    digits = block.get("hash")
    if not isinstance(digits, str) or len(digits) != 66 or digits[:2] != "0x":
        raise EndpointAnswerError(endpoint=client.operator, method=_BLOCK, detail="a block without a hash")
    try:
        return BlockHash(bytes.fromhex(digits[2:]))
    except ValueError as error:
        raise EndpointAnswerError(endpoint=client.operator, method=_BLOCK, detail="a hash that is not hex") from error


def _number_of(client: RpcClient, block: dict[str, object]) -> int:
    number = quantity(block.get("number"))
    if number is None or number >= _MAX_NUMBER:
        raise EndpointAnswerError(endpoint=client.operator, method=_BLOCK, detail="a block without a number")
    return number


def quantity(value: object) -> int | None:
    """Read a JSON-RPC quantity (`0x` and hex digits, at most 32 bytes); None when it is not one."""
    if not isinstance(value, str) or not 3 <= len(value) <= 66 or value[:2] != "0x":
        return None
    digits = value[2:]
    return int(digits, 16) if all(char in "0123456789abcdefABCDEF" for char in digits) else None


def _ask_all(
    clients: Sequence[RpcClient], question: Callable[[RpcClient], T], seconds: float
) -> list[T | EndpointError]:
    """Ask every endpoint in its own thread; who has not answered by the deadline is left behind.

    Daemon threads rather than an executor: an executor would wait for the slow ones when the program ends.
    """
    answers: queue.SimpleQueue[tuple[int, T | EndpointError]] = queue.SimpleQueue()

    def ask(place: int, client: RpcClient) -> None:
        try:
            answers.put((place, question(client)))
        except EndpointError as error:
            answers.put((place, error))

    for place, client in enumerate(clients):
        threading.Thread(target=ask, args=(place, client), daemon=True).start()
    late = "no answer in time"
    results: list[T | EndpointError] = [
        EndpointError(endpoint=client.operator, method=_BLOCK, detail=late) for client in clients
    ]
    deadline = time.monotonic() + seconds
    for _ in clients:
        try:
            place, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        results[place] = answer
    return results
