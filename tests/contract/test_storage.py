"""After a scripted history every word is where and what docs/spec/05 says, by proof, on anvil and on Hardhat's node."""

from __future__ import annotations

import random
from typing import Any

import pytest
import rlp
from eth_utils import keccak
from trie import HexaryTrie

from tests.contract.chainkit import FOREVER, REGULATOR_PARTY, Chain, artifact
from tests.contract.synthetic import grow
from tests.reference import storage_layout as layout
from verifier import contracts

pytestmark = [pytest.mark.node]

CERTIFIER = keccak(text="uscc:91310000000000001B")
ENTERPRISE = keccak(text="uscc:91310000000000002C")
SCOPE = keccak(text="urn:category:steel")
SUBJECT = keccak(text="certificate")
NEXT = keccak(text="next")
LOG_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


class History:
    """Sends each change to the chain and, knowing only its block's time, writes down what the words must be."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.trust, self.status, self.log = layout.Storage(), layout.Storage(), layout.Storage()
        self.keys: dict[str, layout.KeyRecord] = {}

    def send(self, call: Any, account: Any) -> int:
        receipt = self.chain.send(call, account)
        self.chain.pass_time(10)
        return int(self.chain.web3.eth.get_block(receipt["blockNumber"])["timestamp"])

    def write_key(self, address: str) -> None:
        self.trust.put(layout.mapping_slot("address", address, layout.TRUST["keys"]), self.keys[address].word())

    def register(self, account: Any, party: bytes, purposes: int, owner: bytes, ordinal: int) -> None:
        time = self.send(self.chain.registration(account, party, purposes, 0, FOREVER), self.chain.regulator)
        self.keys[account.address] = layout.KeyRecord(party, purposes, time, FOREVER, ordinal)
        self.write_key(account.address)
        if ordinal:
            self.trust.put(layout.status_key_slot(owner, ordinal), bytes(12) + bytes.fromhex(account.address[2:]))
            count = layout.mapping_slot("bytes32", owner, layout.TRUST["statusKeyCounts"])
            self.trust.put(count, layout.word_of(ordinal))


def play_parties_and_keys(history: History) -> None:
    chain = history.chain
    functions, regulator = chain.trust.functions, chain.regulator
    _, writer, second, sequencer, labels = chain.accounts
    start = int(chain.web3.eth.get_block(chain.deployed[chain.trust.address])["timestamp"])
    history.keys[regulator.address] = layout.KeyRecord(REGULATOR_PARTY, 1, start, FOREVER, 1)
    history.write_key(regulator.address)
    address_word = bytes(12) + bytes.fromhex(regulator.address[2:])
    history.trust.put(layout.status_key_slot(layout.REGULATORS, 1), address_word)
    history.trust.put(
        layout.mapping_slot("bytes32", layout.REGULATORS, layout.TRUST["statusKeyCounts"]), layout.word_of(1)
    )
    for party in (CERTIFIER, ENTERPRISE):
        history.send(functions.registerParty(party, keccak(party)), regulator)
    history.send(functions.changeProfile(ENTERPRISE, NEXT), regulator)
    history.send(functions.recordPartySuccessor(ENTERPRISE, CERTIFIER), regulator)
    for party, profile in (
        (REGULATOR_PARTY, keccak(text="profile")),
        (CERTIFIER, keccak(CERTIFIER)),
        (ENTERPRISE, NEXT),
    ):
        history.trust.put(layout.mapping_slot("bytes32", party, layout.TRUST["parties"]), profile)
    successor = layout.mapping_slot("bytes32", ENTERPRISE, layout.TRUST["partySuccessors"])
    history.trust.put(successor, CERTIFIER)
    history.register(writer, CERTIFIER, 32 | 8, CERTIFIER, 1)
    history.register(second, CERTIFIER, 32, CERTIFIER, 2)
    history.register(sequencer, REGULATOR_PARTY, 2, b"", 0)
    history.register(labels, ENTERPRISE, 16 | 4 | 64, b"", 0)
    until = history.send(functions.endKey(labels.address, 0), labels)
    history.keys[labels.address].end = until
    history.write_key(labels.address)
    history.send(functions.consent(CERTIFIER), labels)
    history.trust.put(layout.mapping_slot("address", labels.address, layout.TRUST["consents"]), CERTIFIER)


def play_grants(history: History) -> None:
    functions, regulator = history.chain.trust.functions, history.chain.regulator
    intervals: list[tuple[int, int]] = []
    for _ in range(2):
        begun = history.send(functions.openGrant(CERTIFIER, 8, SCOPE, 0, FOREVER), regulator)
        intervals.append((begun, history.send(functions.endGrant(CERTIFIER, 8, SCOPE, 0), regulator)))
    soon = history.chain.now() + 1000
    history.send(functions.openGrant(CERTIFIER, 8, SCOPE, soon, soon + 1000), regulator)
    history.send(functions.extendGrant(CERTIFIER, 8, SCOPE, soon + 2000), regulator)
    history.trust.put(layout.grant_slot(CERTIFIER, 8, SCOPE), layout.grant_word([*intervals, (soon, soon + 2000)]))
    begun = history.send(functions.openGrant(ENTERPRISE, 4, bytes(32), 0, FOREVER), regulator)
    history.trust.put(layout.grant_slot(ENTERPRISE, 4, bytes(32)), layout.grant_word([(begun, FOREVER)]))
    begun = history.send(functions.registerLogKey(LOG_KEY, 0, FOREVER), regulator)
    ended = history.send(functions.endLogKey(LOG_KEY, 0), regulator)
    history.trust.put(
        layout.mapping_slot("bytes32", LOG_KEY, layout.TRUST["logKeys"]),
        layout.bits((0, 176), (ended, 40), (begun, 40)),
    )


def play_status(history: History) -> None:
    chain = history.chain
    _, writer, second, _, _ = chain.accounts
    transitions = []
    for position, (account, ordinal, status) in enumerate(
        ((writer, 1, 2), (second, 2, 1), (writer, 1, 2), (second, 2, 1), (writer, 1, 2), (writer, 1, 6))
    ):
        successor = NEXT if status == 6 else bytes(32)
        call = chain.status.functions.changeStatus(CERTIFIER, SUBJECT, status, successor)
        if position == 3:
            call = chain.status_change(account, CERTIFIER, SUBJECT, status, successor, position, chain.now() + 1000)
            account = chain.regulator  # noqa: PLW2901 - somebody else relays it
        transitions.append((status, ordinal, history.send(call, account)))
    history.status.put(layout.lane_slot(CERTIFIER, SUBJECT), layout.lane_word(transitions))
    history.status.put(layout.lane_slot(CERTIFIER, SUBJECT, "successors"), NEXT)
    time = history.send(
        chain.status.functions.changeStatus(layout.REGULATORS, CERTIFIER, 2, bytes(32)), chain.regulator
    )
    history.status.put(layout.lane_slot(layout.REGULATORS, CERTIFIER), layout.lane_word([(2, 1, time)]))
    # A theft, dated back within the key's time, leaves the lane as it is and marks the key.
    since = history.keys[second.address].start + 1
    history.send(chain.trust.functions.reportCompromise(second.address, since), chain.regulator)
    history.keys[second.address].compromised_since = since
    history.write_key(second.address)


def play_log(history: History) -> None:
    chain = history.chain
    sequencer = chain.accounts[3]
    old, new, proof = grow(random.Random(1), 1000, 1033)
    first = history.send(chain.log.functions.anchor(EMPTY_ROOT, 1000, old, []), sequencer)
    second = history.send(chain.log.functions.anchor(old, 1033, new, proof), sequencer)
    history.log.put(layout.mapping_slot("uint256", 1, 0), layout.anchor_word(1000, old, first))
    history.log.put(layout.mapping_slot("uint256", 2, 0), layout.anchor_word(1033, new, second))
    history.log.put(1, layout.latest_word(2, 1033, second))
    read_and_compare(chain, chain.log, history.log)
    history.send(chain.log.functions.retire(chain.trust.address), chain.regulator)
    history.log.put(1, layout.latest_word(2, 1033, second, retired=True))
    history.log.put(2, bytes(12) + bytes.fromhex(chain.trust.address[2:]))


def read_and_compare(chain: Chain, contract: Any, expected: layout.Storage) -> None:
    """Every expected word, and the absence of some others, through eth_getProof and py-trie under the block's root."""
    absent = [keccak(slot) for slot in expected.words] + [bytes(32)]
    slots = [*expected.words, *absent]
    answer = chain.rpc("eth_getProof", contract.address, ["0x" + slot.hex() for slot in slots], "latest")
    root = bytes.fromhex(answer["storageHash"][2:])
    for slot, proof in zip(slots, answer["storageProof"], strict=True):
        nodes = [rlp.decode(bytes.fromhex(node[2:])) for node in proof["proof"]]
        value = HexaryTrie.get_from_proof(root, keccak(slot), nodes)
        proven = rlp.decode(value).rjust(32, b"\0") if value else bytes(32)
        assert proven == expected.words.get(slot, bytes(32)), slot.hex()
        assert int(proof["value"], 16).to_bytes(32, "big") == proven


def test_every_word_on_anvil(chain: Chain) -> None:
    history = History(chain)
    play_parties_and_keys(history)
    play_grants(history)
    play_status(history)
    play_log(history)
    read_and_compare(chain, chain.trust, history.trust)
    read_and_compare(chain, chain.status, history.status)
    read_and_compare(chain, chain.log, history.log)
    assert len(history.trust.words) == 18  # all eight variables of TrustRegistry took part


def test_every_word_on_hardhat(hardhat_chain: Chain) -> None:
    test_every_word_on_anvil(hardhat_chain)


def test_compiler_reports_the_slots_of_the_spec() -> None:
    tables = {"TrustRegistry": layout.TRUST, "StatusRegistry": layout.STATUS, "AnchorLog": layout.ANCHOR_LOG}
    for name, table in tables.items():
        reported = {item["label"]: item["slot"] for item in artifact(name)["storageLayout"]}
        reported.pop("_nameFallback", None)
        reported.pop("_versionFallback", None)
        assert reported == table
        assert all(item["offset"] == 0 for item in artifact(name)["storageLayout"])


def test_the_verifiers_slots_are_the_references() -> None:
    party, address = CERTIFIER, bytes(range(20))
    checksummed = "0x" + address.hex()
    pairs = [
        (contracts.party_slot(party), layout.mapping_slot("bytes32", party, 2)),
        (contracts.key_slot(address), layout.mapping_slot("address", checksummed, 3)),
        (contracts.grant_slot(party, 8, SCOPE), layout.grant_slot(party, 8, SCOPE)),
        (contracts.log_key_slot(LOG_KEY), layout.mapping_slot("bytes32", LOG_KEY, 5)),
        (contracts.party_successor_slot(party), layout.mapping_slot("bytes32", party, 6)),
        (contracts.status_key_slot(party, 7), layout.status_key_slot(party, 7)),
        (contracts.status_key_count_slot(party), layout.mapping_slot("bytes32", party, 8)),
        (contracts.consent_slot(address), layout.mapping_slot("address", checksummed, 9)),
        (contracts.lane_slot(party, SUBJECT), layout.lane_slot(party, SUBJECT)),
        (contracts.successor_slot(party, SUBJECT), layout.lane_slot(party, SUBJECT, "successors")),
        (contracts.anchor_slot(9), layout.mapping_slot("uint256", 9, 0)),
    ]
    for ours, reference in pairs:
        assert ours == reference
