"""The local node: starts on a port of its own, says why when it does not, and is gone when it is stopped."""

from __future__ import annotations

import pytest

from ledger.chain.client import connect
from ledger.chain.localnode import DEV_CHAIN_ID, DEV_KEYS, anvil_command, running_node, start_node
from ledger.domain.chain_errors import ChainUnavailableError, LocalNodeError
from ledger.keys.memory import MemorySigner
from tests.support.chain import require_node


def test_a_program_that_is_missing_or_ends_is_a_typed_error_with_its_output() -> None:
    with pytest.raises(LocalNodeError, match="make setup"):
        start_node(("/nowhere/anvil",))
    with pytest.raises(LocalNodeError, match="told you so"):
        start_node(("sh", "-c", "echo told you so; exit 1"))


@pytest.mark.node
def test_two_nodes_run_side_by_side_and_are_gone_afterwards() -> None:
    require_node()
    with running_node() as first, running_node(anvil_command("--accounts", "2")) as second:
        assert first.url != second.url
        chain = connect(first.url)
        assert chain.chain_id() == DEV_CHAIN_ID
        rich = MemorySigner.from_bytes(DEV_KEYS[1])
        assert chain.balance(rich.address) > 10**18
    assert first.process.poll() is not None
    with pytest.raises(ChainUnavailableError):
        chain.chain_id()
    first.stop()
