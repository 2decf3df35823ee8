"""Whatever JSON a node answers, the client gives a value of the right form or one of the ledger's own errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.client import NodeChain
from ledger.domain.chain import BlockTag, Call
from ledger.domain.chain_errors import ChainError
from verifier.rpc.client import Call as RpcCall
from verifier.rpc.errors import EndpointRefusalError
from verifier.types import Address, BlockHash, Digest

hexes = st.one_of(
    st.binary(max_size=40).map(lambda data: "0x" + data.hex()), st.integers(0, 2**70).map(hex), st.text(max_size=8)
)
NAMES = [
    "number",
    "hash",
    "parentHash",
    "timestamp",
    "status",
    "blockNumber",
    "blockHash",
    "gasUsed",
    "contractAddress",
    "topics",
    "data",
    "baseFeePerGas",
]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**60) | hexes,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=12),
    max_leaves=16,
)


class Answering:
    """An endpoint that gives one answer, or refuses with one piece of data."""

    operator = "test"

    def __init__(self, answer: object, *, refuses: bool) -> None:
        self._answer = answer
        self._refuses = refuses

    def call(self, method: str, *params: object) -> object:
        if self._refuses:
            raise EndpointRefusalError(endpoint="test", method=method, number=3, message="no", data=self._answer)
        return self._answer

    def batch(self, calls: Sequence[RpcCall]) -> list[object | EndpointRefusalError]:
        return [self.call(call.method, *call.params) for call in calls]


ACCOUNT, BLOCK, HASH = Address(b"\1" * 20), BlockHash(b"\2" * 32), Digest(b"\3" * 32)
QUESTIONS: dict[str, tuple[Callable[[NodeChain], object], Callable[[object], bool]]] = {
    "chain_id": (lambda c: c.chain_id(), lambda v: isinstance(v, int)),
    "head": (lambda c: c.head(BlockTag.LATEST), lambda v: v is None or len(v.hash) == 32),  # type: ignore[attr-defined]
    "block": (lambda c: c.block(7), lambda v: v is None or v.number == 7),  # type: ignore[attr-defined]
    "storage": (lambda c: c.storage(ACCOUNT, bytes(32), BLOCK), lambda v: len(v) == 32),  # type: ignore[arg-type]
    "code_hash": (lambda c: c.code_hash(ACCOUNT, BLOCK), lambda v: len(v) == 32),  # type: ignore[arg-type]
    "logs": (lambda c: c.logs(ACCOUNT, bytes(32), 0, 9), lambda v: isinstance(v, list)),
    "nonce": (lambda c: c.nonce(ACCOUNT, BLOCK), lambda v: isinstance(v, int)),
    "receipt": (lambda c: c.receipt(HASH), lambda v: v is None or len(v.block_hash) == 32),  # type: ignore[attr-defined]
    "fee_market": (lambda c: c.fee_market(), lambda v: v.base_fee >= 0),  # type: ignore[attr-defined]
    "balance": (lambda c: c.balance(ACCOUNT), lambda v: isinstance(v, int)),
    "estimate_gas": (lambda c: c.estimate_gas(Call(sender=ACCOUNT, to=None, data=b"")), lambda v: isinstance(v, int)),
    "broadcast": (lambda c: c.broadcast(b"\2nonsense"), lambda v: v is None),
}


@pytest.mark.parametrize("question", QUESTIONS)
@given(answer=json_values, refuses=st.booleans())
def test_any_answer_gives_a_value_of_the_right_form_or_a_typed_error(
    question: str, answer: object, refuses: bool
) -> None:
    ask, has_form = QUESTIONS[question]
    try:
        value = ask(NodeChain(Answering(answer, refuses=refuses)))
    except ChainError:
        return
    assert has_form(value)
