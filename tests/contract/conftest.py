"""A local node for each module of contract tests, with the contracts deployed anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.chain.localnode import anvil_command, hardhat_command, running_node
from tests.contract.chainkit import Chain


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with running_node(anvil_command()) as node:
        yield Chain(node)


@pytest.fixture(scope="module")
def hardhat_chain() -> Iterator[Chain]:
    with running_node(hardhat_command()) as node:
        yield Chain(node)
