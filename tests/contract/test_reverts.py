"""The X rows of the attack corpus, through web3: refused on chain by name and with the offending values."""

from __future__ import annotations

import random
from typing import Any

import pytest
from eth_utils import keccak

from tests.contract.chainkit import FOREVER, REGULATOR_PARTY, REGULATORS, Chain, Revert
from tests.contract.synthetic import grow, node
from verifier import contracts

pytestmark = [pytest.mark.node]

CERTIFIER = keccak(text="uscc:91310000000000001B")
HOLDER = keccak(text="uscc:91310000000000002C")
SCOPE = keccak(text="urn:category:steel")
EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
STATUS, LABELS = 32, 16


@pytest.fixture(scope="module")
def peopled(chain: Chain) -> Chain:
    """accounts: 0 regulator, 1 certifier's status key, 2 holder's status and label key, 3 sequencer, 4 nobody."""
    chain.admit(chain.accounts[1], CERTIFIER, STATUS)
    chain.admit(chain.accounts[2], HOLDER, STATUS | LABELS)
    chain.admit(chain.accounts[3], REGULATOR_PARTY, 2)
    return chain


def not_entitled(chain: Chain, account: Any, purposes: int) -> Revert:
    word = chain.trust.functions.keys(account.address).call()
    return Revert("NotEntitled", (account.address.lower(), purposes, word))


def test_c08_tree_that_changes_an_old_entry(peopled: Chain) -> None:
    sequencer = peopled.accounts[3]
    rng = random.Random(8)
    old, new, proof = grow(rng, 5, 13)
    peopled.send(peopled.log.functions.anchor(EMPTY_ROOT, 5, old, []), sequencer)
    forged = [bytes(32), *proof[1:]]
    for root, path in ((rng.randbytes(32), proof), (new, forged), (new, proof[:-1]), (new, [*proof, new]), (new, [])):
        call = peopled.log.functions.anchor(old, 13, root, path)
        assert peopled.revert_of(call, sequencer) == Revert("InconsistentTree", (5, old, 13, root))
    dropped = peopled.log.functions.anchor(old, 4, rng.randbytes(32), [])
    assert peopled.revert_of(dropped, sequencer) == Revert("TreeShrinks", (5, 4))
    reordered = peopled.log.functions.anchor(old, 5, new, [])
    assert peopled.revert_of(reordered, sequencer) == Revert("SameSizeOtherRoot", (1, 5, new))


def test_c09_growth_and_stale_state(peopled: Chain) -> None:
    sequencer = peopled.accounts[3]
    size = peopled.log.functions.head().call()[1]
    root = node(bytes(32), bytes(32))
    stale = peopled.log.functions.anchor(EMPTY_ROOT, size + 1, root, [])
    assert peopled.revert_of(stale, sequencer) == Revert("StaleRoot", (1, size, EMPTY_ROOT))
    old = grow(random.Random(8), 5, 13)[0]
    too_large = peopled.log.functions.anchor(old, size + 2**24 + 1, root, [])
    assert peopled.revert_of(too_large, sequencer) == Revert("GrowthTooLarge", (size, size + 2**24 + 1, 2**24))


def test_d12_one_root_anchored_twice(peopled: Chain) -> None:
    latest = peopled.log.functions.latest().call()
    old = grow(random.Random(8), 5, 13)[0]
    receipt = peopled.send(peopled.log.functions.anchor(EMPTY_ROOT, 5, old, []), peopled.accounts[3])
    assert not receipt["logs"]
    assert peopled.log.functions.latest().call() == latest


def test_anchor_by_anybody_else(peopled: Chain) -> None:
    for account in (peopled.accounts[0], peopled.accounts[1], peopled.accounts[4]):
        call = peopled.log.functions.anchor(EMPTY_ROOT, 6, bytes(32), [])
        assert peopled.revert_of(call, account) == not_entitled(peopled, account, 2)


def test_d07_d13_lanes_are_separate(peopled: Chain) -> None:
    subject = keccak(text="D07")
    _, certifier, holder, _, _ = peopled.accounts
    change = peopled.status.functions.changeStatus
    call = change(CERTIFIER, subject, 3, bytes(32))
    assert peopled.revert_of(call, holder) == not_entitled(peopled, holder, STATUS)
    peopled.send(change(HOLDER, subject, 3, bytes(32)), holder)
    peopled.send(change(REGULATORS, subject, 2, bytes(32)), peopled.regulator)
    lift = change(REGULATORS, subject, 1, bytes(32))
    assert peopled.revert_of(lift, certifier) == not_entitled(peopled, certifier, 1)
    peopled.send(change(CERTIFIER, subject, 3, bytes(32)), certifier)


def test_d08_withdrawn_stays_withdrawn(peopled: Chain) -> None:
    subject = keccak(text="D08")
    certifier = peopled.accounts[1]
    change = peopled.status.functions.changeStatus
    peopled.send(change(CERTIFIER, subject, 3, bytes(32)), certifier)
    again = change(CERTIFIER, subject, 1, bytes(32))
    assert peopled.revert_of(again, certifier) == Revert("LaneTerminated", (CERTIFIER, subject, 3))


def test_d12_stranger_front_runs_a_relayed_change(peopled: Chain) -> None:
    subject = keccak(text="D12")
    certifier, stranger = peopled.accounts[1], peopled.accounts[4]
    call = peopled.status_change(certifier, CERTIFIER, subject, 2, bytes(32), 0, peopled.now() + 100)
    assert len(peopled.send(call, stranger)["logs"]) == 1
    assert not peopled.send(call, certifier)["logs"]
    assert len(peopled.status.functions.history(CERTIFIER, subject).call()) == 1
    lane = contracts.lane_slot(CERTIFIER, subject)
    assert peopled.word(peopled.status, lane) >> 42 == 0


def test_d14_hot_label_key(peopled: Chain) -> None:
    label_key = peopled.web3.eth.account.create()
    peopled.rpc("anvil_setBalance", label_key.address, hex(10**18))
    peopled.admit(label_key, HOLDER, LABELS)
    status = peopled.status.functions.changeStatus(HOLDER, keccak(text="D14"), 3, bytes(32))
    assert peopled.revert_of(status, label_key) == not_entitled(peopled, label_key, STATUS)
    theft = peopled.trust.functions.endKey(peopled.accounts[2].address, 0)
    assert peopled.revert_of(theft, label_key) == not_entitled(peopled, label_key, 1 | 64)


def test_d15_nothing_starts_in_the_past(peopled: Chain) -> None:
    functions, regulator, now = peopled.trust.functions, peopled.regulator, peopled.now()
    backdated = peopled.revert_of(functions.openGrant(CERTIFIER, 8, SCOPE, now - 100, FOREVER), regulator)
    assert (backdated.name, backdated.args[0]) == ("StartInPast", now - 100)
    assert backdated.args[1] >= now
    key = peopled.accounts[1].address
    start = functions.keys(key).call() & FOREVER
    for since in (now - 200 * 86400, start - 1):
        refused = peopled.revert_of(functions.reportCompromise(key, since), regulator)
        assert (refused.name, refused.args[:2]) == ("CompromiseDateRefused", (since, max(start, now - 90 * 86400)))


def test_d16_rivals_address_and_unsigned_key(peopled: Chain) -> None:
    rival = peopled.accounts[4]
    mine = peopled.registration(peopled.web3.eth.account.create(), CERTIFIER, LABELS, 0, FOREVER)
    signature = mine.args[-1]
    functions = peopled.trust.functions
    stolen = functions.registerKey(rival.address, CERTIFIER, LABELS, 0, FOREVER, signature)
    refused = peopled.revert_of(stolen, peopled.regulator)
    assert (refused.name, refused.args[0]) == ("WrongRegistrationSigner", rival.address.lower())
    unsigned = functions.registerKey(rival.address, CERTIFIER, LABELS, 0, FOREVER, b"")
    no_consent = Revert("NoConsent", (rival.address.lower(), CERTIFIER, bytes(32)))
    assert peopled.revert_of(unsigned, peopled.regulator) == no_consent


def test_b14_nobody_registers_a_regulator_or_accredits_itself(peopled: Chain) -> None:
    stranger, certifier = peopled.accounts[4], peopled.accounts[1]
    registration = peopled.registration(stranger, REGULATOR_PARTY, 1, 0, FOREVER)
    assert peopled.revert_of(registration, stranger) == not_entitled(peopled, stranger, 1)
    grant = peopled.trust.functions.openGrant(CERTIFIER, 8, SCOPE, 0, FOREVER)
    assert peopled.revert_of(grant, certifier) == not_entitled(peopled, certifier, 1)
