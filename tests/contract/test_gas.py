"""Gas on a real node: what an anchor and a status change cost, everything included. `python -m tests.contract.test_gas`."""

from __future__ import annotations

import random
import statistics
import sys

import pytest
from eth_utils import keccak

from ledger.chain.localnode import anvil_command, running_node
from tests.contract.chainkit import REGULATOR_PARTY, REGULATORS, Chain
from tests.contract.synthetic import grow
from verifier import contracts

pytestmark = [pytest.mark.node]

ROUNDS = 25
GROWTH = 4096
SIZES = {"1 k": 10**3, "1 M": 10**6, "100 M": 10**8, "1 B": 10**9}
CERTIFIER = keccak(text="uscc:91310000000000001B")


def anchor_gas(chain: Chain, near: int, rng: random.Random) -> list[int]:
    """Gas of anchors from random sizes within a tenth of `near`, each grown by a random 1 … 4,096 entries (at most 10 %).

    The log is put at that size by writing its two words: growth of one anchor is bounded, 1 B entries would take 60.
    """
    used = []
    for _ in range(ROUNDS):
        first = rng.randint(near * 9 // 10, near * 11 // 10)
        second = first + rng.randint(1, min(GROWTH, near // 10))
        old, new, proof = grow(rng, first, second)
        seq, time = rng.randint(1, 100_000), chain.now()
        chain.set_word(chain.log, contracts.anchor_slot(seq), contracts.anchor_digest(first, old, time))
        chain.set_word(chain.log, contracts.anchor_slot(seq + 1), bytes(32))
        latest = seq | first << 64 | time << 128
        chain.set_word(chain.log, contracts.plain_slot(1), latest.to_bytes(32, "big"))
        used.append(chain.send(chain.log.functions.anchor(old, second, new, proof), chain.accounts[3])["gasUsed"])
    return used


def status_gas(chain: Chain) -> dict[str, list[int]]:
    """Gas of six transitions in a fresh lane: by the certifier, the regulator, and relayed."""
    certifier, deadline = chain.accounts[1], chain.now() + 10**6
    subject = [keccak(text=f"subject {number}") for number in range(3)]
    change = chain.status.functions.changeStatus
    used: dict[str, list[int]] = {"certifier": [], "regulator": [], "relayed": []}
    for position, status in enumerate((2, 1, 2, 1, 2, 3)):
        calls = {
            "certifier": (change(CERTIFIER, subject[0], status, bytes(32)), certifier),
            "regulator": (change(REGULATORS, subject[1], status, bytes(32)), chain.regulator),
            "relayed": (
                chain.status_change(certifier, CERTIFIER, subject[2], status, bytes(32), position, deadline),
                chain.accounts[4],
            ),
        }
        for name, (call, account) in calls.items():
            used[name].append(chain.send(call, account)["gasUsed"])
    return used


@pytest.fixture(scope="module")
def peopled(chain: Chain) -> Chain:
    return people(chain)


def people(chain: Chain) -> Chain:
    chain.admit(chain.accounts[1], CERTIFIER, 32)
    chain.admit(chain.accounts[3], REGULATOR_PARTY, 2)
    return chain


def test_anchor_near_a_million_entries(peopled: Chain) -> None:
    assert statistics.median(anchor_gas(peopled, 10**6, random.Random(2026))) <= 78_000


def test_status_changes(peopled: Chain) -> None:
    for used in status_gas(peopled).values():
        assert used[0] <= 62_000
        assert max(used[1:]) <= 45_000


def report() -> None:
    """Print the table of contracts/README.md."""
    with running_node(anvil_command()) as local:
        chain = people(Chain(local))
        rng = random.Random(2026)
        for name, near in SIZES.items():
            used = anchor_gas(chain, near, rng)
            sys.stdout.write(f"anchor {name:>6}: median {statistics.median(used):,} ({min(used):,}-{max(used):,})\n")
        for name, used in status_gas(chain).items():
            sys.stdout.write(f"status {name}: first {used[0]:,}, then {min(used[1:]):,}-{max(used[1:]):,}\n")


if __name__ == "__main__":
    report()
