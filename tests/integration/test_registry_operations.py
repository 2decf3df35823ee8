"""Deployment, registry and status operations on a real node, read back as words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.chain.client import connect
from ledger.chain.deploy import check_deployment, write_deployment
from ledger.chain.localnode import running_node
from ledger.chain.registry import registry_at_head
from ledger.domain.chain_errors import CallRevertedError, WrongChainError, WrongCodeError
from ledger.services.registry import KeyRegistration, sign_registration
from ledger.services.status import StatusChange, sign_status_change
from tests.support.bodies import CATEGORY, CERTIFIER, HOLDER
from tests.support.chain import PROFILES, World, deployed_world, require_node, test_key
from verifier.contracts import REGULATORS, Purpose, Status, scope_of
from verifier.deployment import parse_deployment
from verifier.identifiers import party_id
from verifier.words import party_tag

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-registry")]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    require_node()
    with running_node() as node:
        yield deployed_world(node)


def test_the_deployment_document_reads_back_and_matches_the_chain(world: World, tmp_path) -> None:
    path = tmp_path / "deployment.json"
    write_deployment(path, world.deployment)
    assert parse_deployment(path.read_bytes()) == world.deployment
    assert check_deployment(world.chain, world.deployment).number > 0


def test_another_chain_or_other_code_is_found_out(world: World) -> None:
    import dataclasses

    other_chain = dataclasses.replace(world.deployment, chain_id=1)
    with pytest.raises(WrongChainError) as wrong:
        check_deployment(world.chain, other_chain)
    assert (wrong.value.expected, wrong.value.found) == (1, 31337)
    other_code = dataclasses.replace(world.deployment, status_registry_code_hash=bytes(32))
    with pytest.raises(WrongCodeError, match="StatusRegistry"):
        check_deployment(world.chain, other_code)


def test_parties_keys_and_grants_are_words_on_the_chain(world: World) -> None:
    registry = registry_at_head(world.chain, world.deployment)
    assert registry.profile_hash(party_id(CERTIFIER)) == PROFILES[CERTIFIER].digest()
    key = registry.key(world.keys["certifier"].address)
    assert key is not None
    assert (key.purposes, key.party_tag) == (Purpose.CERTIFICATE, party_tag(party_id(CERTIFIER)))
    assert len(registry.grant(party_id(CERTIFIER), Purpose.CERTIFICATE, scope_of(CATEGORY))) == 1
    assert registry.grant(party_id(CERTIFIER), Purpose.CERTIFICATE, scope_of("urn:other")) == ()
    assert registry.log_key(world.log_key.public_key) is not None
    assert registry.key(test_key("stranger").address) is None


def test_a_registration_signed_by_another_key_is_refused_by_name(world: World) -> None:
    asked = KeyRegistration(key=test_key("victim").address, party=HOLDER, purposes=int(Purpose.FOOTPRINT))
    with pytest.raises(CallRevertedError) as refused:
        world.trust().register_key(sign_registration(asked, test_key("thief"), world.deployment))
    assert refused.value.name == "WrongRegistrationSigner"
    assert refused.value.arguments[0] == "0x" + test_key("victim").address.hex()


def test_only_the_regulator_writes_the_trust_registry(world: World) -> None:
    with pytest.raises(CallRevertedError) as refused:
        world.trust("certifier").open_grant(CERTIFIER, Purpose.CERTIFICATE, "urn:everything")
    assert refused.value.name == "NotEntitled"


def test_grants_end_and_open_again_and_profiles_change(world: World) -> None:
    trust = world.trust()
    trust.open_grant(HOLDER, Purpose.CERTIFICATE, "urn:passing")
    world.mine(2)
    trust.end_grant(HOLDER, Purpose.CERTIFICATE, "urn:passing")
    world.mine(2)
    trust.open_grant(HOLDER, Purpose.CERTIFICATE, "urn:passing")
    registry = registry_at_head(world.chain, world.deployment)
    newest, older = registry.grant(party_id(HOLDER), Purpose.CERTIFICATE, scope_of("urn:passing"))
    assert older.ends_at <= newest.starts_at


def test_a_stolen_key_is_reported_and_an_admin_key_ends_its_partys_keys(world: World) -> None:
    trust = world.trust()
    stolen = test_key("stolen")
    asked = KeyRegistration(key=stolen.address, party=CERTIFIER, purposes=int(Purpose.CERTIFICATE))
    trust.register_key(sign_registration(asked, stolen, world.deployment))
    since = world.now()
    trust.report_compromise(stolen.address, since)
    world.trust("certifier-admin").end_key(stolen.address)
    key = registry_at_head(world.chain, world.deployment).key(stolen.address)
    assert key is not None
    assert key.compromised_since == since
    assert key.ends_at <= world.now()


def test_status_is_written_directly_or_relayed_by_a_stranger_and_terminal_is_terminal(world: World) -> None:
    subject = b"\x11" * 32
    owner = party_id(CERTIFIER)
    world.status("certifier-status").change(StatusChange(owner=owner, subject=subject, status=Status.SUSPENDED))
    signed = sign_status_change(
        StatusChange(owner=owner, subject=subject, status=Status.WITHDRAWN),
        world.keys["certifier-status"],
        world.deployment,
        nonce=1,
        deadline=world.now() + 600,
    )
    world.status("holder").relay(signed)
    world.status("sequencer").relay(signed)  # front-run or sent twice: success, no effect (D12)
    lane = registry_at_head(world.chain, world.deployment).lane(owner, subject)
    assert [step.status for step in lane] == [Status.WITHDRAWN, Status.SUSPENDED]
    with pytest.raises(CallRevertedError) as refused:
        world.status("certifier-status").change(StatusChange(owner=owner, subject=subject, status=Status.ACTIVE))
    assert refused.value.name == "LaneTerminated"


def test_the_regulators_write_their_own_lane(world: World) -> None:
    subject = b"\x12" * 32
    world.status("regulator").change(StatusChange(owner=REGULATORS, subject=subject, status=Status.SUSPENDED))
    registry = registry_at_head(world.chain, world.deployment)
    lane = registry.lane(REGULATORS, subject)
    assert registry.status_key(REGULATORS, lane[0].ordinal) == world.keys["regulator"].address
    with pytest.raises(CallRevertedError):
        world.status("certifier-status").change(StatusChange(owner=REGULATORS, subject=subject, status=Status.ACTIVE))


def test_a_node_that_is_not_there_is_unavailable_not_wrong() -> None:
    from ledger.domain.chain_errors import ChainUnavailableError

    with pytest.raises(ChainUnavailableError):
        connect("http://127.0.0.1:9").chain_id()
