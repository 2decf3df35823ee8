"""Whose key an account is, as the registry says at the node's head: for a page that asks before it has something signed.

{ address, registered, party, ofParty, purposes, inForce, desks }       ofParty: of the party asked about; desks: paths
"""

from __future__ import annotations

from typing import Final

from api.http.service import Service
from api.runtime.requests import purpose_names
from ledger.chain.registry import registry_at_head
from verifier.contracts import Purpose
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.types import Address, JsonValue
from verifier.words import KeyWord, party_tag

_DESKS: Final = (
    ("certifier", Purpose.CERTIFICATE),
    ("enterprise", Purpose.FOOTPRINT | Purpose.LABELS),
)


def key_document(service: Service, address: Address, party: str | None) -> dict[str, JsonValue]:
    """What is known of an account. Raises NoChainError, ChainUnavailableError, BlockUnknownError."""
    desk = service.registries()
    registry = registry_at_head(desk.chain, desk.deployment)
    key = registry.key(address)
    now = service.clock.now()
    owner = None if key is None else _owner(service, key)
    return {
        "address": to_checksum(address),
        "registered": key is not None,
        "party": owner,
        "ofParty": key is not None and party is not None and key.party_tag == party_tag(party_id(party)),
        "purposes": [] if key is None else list(purpose_names(key.purposes)),
        "inForce": key is not None and key.in_force_at(max(now, registry.block.time)) and not key.compromised_since,
        "desks": [] if key is None else list(_desks(key, owner)),
    }


def _owner(service: Service, key: KeyWord) -> str | None:
    """The party a key belongs to, among those whose profiles are known here: the word holds the tag alone."""
    return next((one.party for one in service.profiles.all() if party_tag(party_id(one.party)) == key.party_tag), None)


def _desks(key: KeyWord, party: str | None) -> tuple[str, ...]:
    if key.purposes & Purpose.REGULATOR:
        return ("/desk/regulator",)
    if party is None:
        return ()
    found = [f"/desk/{name}/{party}" for name, purposes in _DESKS if key.purposes & purposes]
    if not found and key.purposes & Purpose.STATUS:
        found = [f"/desk/certifier/{party}"]
    return tuple(found)
