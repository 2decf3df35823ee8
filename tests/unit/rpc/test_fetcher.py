"""Words and proofs in bulk: complete, minimal, and an endpoint that lies is passed over or named."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.support.lying_rpc import flip_hex
from tests.support.rpc_simulator import SimulatedChain, SimulatedEndpoint
from verifier.errors import TrieError, TrieGapError
from verifier.hashing import keccak256
from verifier.questions import Word
from verifier.rpc.errors import EndpointAnswerError, EndpointError, EndpointRefusalError
from verifier.rpc.fetcher import StateFetcher
from verifier.trie import NodeSet
from verifier.types import Address

HERE, EMPTY, ABSENT = Address(b"\x01" * 20), Address(b"\x02" * 20), Address(b"\x03" * 20)


def slot(number: int) -> bytes:
    return number.to_bytes(32, "big")


STORAGE = {slot(number): (number + 1).to_bytes(32, "big") for number in range(300)}


@pytest.fixture(scope="module")
def chain() -> SimulatedChain:
    chain = SimulatedChain()
    filler = {bytes([9, number]) + bytes(18): (bytes(32), {}) for number in range(40)}
    chain.mine(filler | {HERE: (b"\xcc" * 32, STORAGE), EMPTY: (b"\xdd" * 32, {})})
    return chain


def fetcher(chain: SimulatedChain, *endpoints: SimulatedEndpoint) -> StateFetcher:
    return StateFetcher(endpoints, number=0, state_root=bytes(chain.blocks[0].state.root_hash))


def word(number: int, account: Address = HERE) -> Word:
    return Word(account=account, slot=slot(number))


def test_words_present_and_absent(chain: SimulatedChain) -> None:
    state = fetcher(chain, SimulatedEndpoint("a", chain))
    state.load([word(number) for number in range(250, 350)])
    assert [int.from_bytes(state.word(word(number)), "big") for number in range(250, 350)] == [
        *range(251, 301),
        *[0] * 50,
    ]


def test_what_the_nodes_already_answer_is_not_asked_again(chain: SimulatedChain) -> None:
    endpoint = SimulatedEndpoint("a", chain)
    state = fetcher(chain, endpoint)
    state.load([word(number) for number in range(300)])
    asked = sum(len(params[1]) for method, params in endpoint.asked)  # type: ignore[arg-type]
    assert asked <= 300
    before = len(endpoint.asked)
    state.load([word(number) for number in range(10_000, 12_000)])
    absent_asked = sum(len(params[1]) for method, params in endpoint.asked[before:])  # type: ignore[arg-type]
    assert absent_asked == 0, "all 300 leaves and every branch are known: absence is already shown"
    assert state.word(word(11_000)) == bytes(32)


def test_nodes_are_distinct_and_all_are_needed(chain: SimulatedChain) -> None:
    wanted = [word(number) for number in (3, 4, 1000, 2000)]
    state = fetcher(chain, SimulatedEndpoint("a", chain))
    state.load(wanted)
    assert len(set(state.nodes)) == len(state.nodes)
    for left_out in state.nodes:
        rest = StateFetcher((), number=0, state_root=bytes(chain.blocks[0].state.root_hash))
        rest._nodes = NodeSet(node for node in state.nodes if node != left_out)
        with pytest.raises(TrieGapError):
            [rest.word(asked) for asked in wanted]


@pytest.mark.parametrize("most", [32, 50, 100])
def test_an_endpoint_that_bears_few_slots_is_asked_for_fewer(chain: SimulatedChain, most: int) -> None:
    def limited(method: str, params: tuple[Any, ...], honest: object) -> object:
        if len(params[1]) > most:
            raise EndpointRefusalError(endpoint="small", method=method, number=-32005, message="too many slots")
        return honest

    endpoint = SimulatedEndpoint("small", chain, lie=limited)
    state = fetcher(chain, endpoint)
    state.load([word(number) for number in range(300)])
    assert state.word(word(299)) == slot(300)
    assert len(endpoint.asked) < 40


def test_an_account_without_storage_answers_zero(chain: SimulatedChain) -> None:
    state = fetcher(chain, SimulatedEndpoint("a", chain))
    state.load([word(1, EMPTY)])
    assert state.word(word(1, EMPTY)) == bytes(32)


def test_an_account_that_does_not_exist_is_an_error(chain: SimulatedChain) -> None:
    with pytest.raises(TrieError) as caught:
        fetcher(chain, SimulatedEndpoint("a", chain)).load([word(1, ABSENT)])
    assert caught.value.rule == "account-absent"


def test_a_word_never_loaded_is_a_gap(chain: SimulatedChain) -> None:
    with pytest.raises(TrieGapError):
        fetcher(chain, SimulatedEndpoint("a", chain)).word(word(1))


def storage_nodes(proof: dict[str, Any]) -> list[str]:
    return proof["storageProof"][0]["proof"]  # type: ignore[no-any-return]


def drop_last(proof: dict[str, Any]) -> None:
    del storage_nodes(proof)[-1]


def drop_account(proof: dict[str, Any]) -> None:
    proof["accountProof"] = proof["accountProof"][:-1]


def flip_leaf(proof: dict[str, Any]) -> None:
    storage_nodes(proof)[-1] = flip_hex(storage_nodes(proof)[-1])


def reverse(proof: dict[str, Any]) -> None:
    storage_nodes(proof).reverse()


def junk_after(proof: dict[str, Any]) -> None:
    storage_nodes(proof).append("0x" + "c0" * 40)


def another_slots(proof: dict[str, Any]) -> None:
    proof["storageProof"][0], proof["storageProof"][1] = proof["storageProof"][1], proof["storageProof"][0]
    proof["storageProof"][1] = proof["storageProof"][0]


def too_few(proof: dict[str, Any]) -> None:
    proof["storageProof"].pop()


def no_list(proof: dict[str, Any]) -> None:
    proof["storageProof"] = {"0": 1}


def no_path(proof: dict[str, Any]) -> None:
    proof["storageProof"][0] = None


def node_number(proof: dict[str, Any]) -> None:
    storage_nodes(proof)[0] = 7  # type: ignore[call-overload]


def node_not_hex(proof: dict[str, Any]) -> None:
    storage_nodes(proof)[0] = "0xzz"


def endless(proof: dict[str, Any]) -> None:
    proof["accountProof"] = proof["accountProof"] * 40


def huge_node(proof: dict[str, Any]) -> None:
    storage_nodes(proof)[0] = "0x" + "00" * 100_000


def empty(proof: dict[str, Any]) -> None:
    proof["storageProof"] = [{"proof": []} for _ in proof["storageProof"]]


LIES = [drop_last, drop_account, flip_leaf, reverse, junk_after, another_slots, too_few, no_list, no_path, node_number,
        node_not_hex, endless, huge_node, empty]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_lie_is_named_and_the_next_endpoint_asked(chain: SimulatedChain, lie: Any) -> None:
    def lies(method: str, params: tuple[object, ...], honest: object) -> object:
        lie(honest)
        return honest

    liar, good = SimulatedEndpoint("liar", chain, lie=lies), SimulatedEndpoint("good", chain)
    with pytest.raises(EndpointAnswerError) as caught:
        fetcher(chain, liar).load([word(1), word(2)])
    assert caught.value.endpoint == "liar"
    state = fetcher(chain, liar, good)
    state.load([word(1), word(2)])
    assert state.word(word(1)) == slot(2)
    root = bytes(chain.blocks[0].state.root_hash)
    roots = {root, bytes(chain.blocks[0].storages[HERE].root_hash)}
    hashes = [keccak256(node) for node in state.nodes]
    assert all(one in roots or any(one in other for other in state.nodes) for one in hashes), "junk was kept"


@pytest.mark.parametrize("answer", [None, 7, "x", [], {}, {"accountProof": None}, {"accountProof": "0x"}], ids=repr)
def test_garbage(chain: SimulatedChain, answer: object) -> None:
    with pytest.raises(EndpointError):
        fetcher(chain, SimulatedEndpoint("liar", chain, lie=lambda m, p, h: answer)).load([word(1)])


def test_random_words_equal_the_storage(chain: SimulatedChain) -> None:
    chooser = random.Random(7)
    wanted = [word(chooser.randrange(600)) for _ in range(400)]
    state = fetcher(chain, SimulatedEndpoint("a", chain))
    state.load(wanted)
    assert all(state.word(asked) == STORAGE.get(asked.slot, bytes(32)) for asked in wanted)
