"""Whether an event is of interest to an endpoint.

Events name subjects by hash. Whoever watches a certificate wants every change that decides on it: of its id, of its number, of
its issuer, of the footprint under it and of that one's issuer (docs/spec/07), in the issuer's lane and the regulators'. What
anybody else writes about them into a lane of his own decides nothing, and is not told. Copy alerts name items: nobody but
their issuer is told, whatever is asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from ledger.domain.events import Event, EventKind
from ledger.domain.webhooks import Endpoint
from ledger.ports.webhooks import CertificateLanes
from verifier.contracts import REGULATORS
from verifier.encoding import to_hex
from verifier.identifiers import party_id
from verifier.types import StatementId

MOST_KNOWN: Final = 65_536
_REGULATORS: Final = to_hex(REGULATORS)


class Matcher:
    """Answers for every endpoint; remembers what certificates rest on. For one thread at a time."""

    def __init__(self, lanes: CertificateLanes) -> None:
        self._lanes = lanes
        self._known: dict[StatementId, frozenset[tuple[str, str]]] = {}

    def wants(self, endpoint: Endpoint, event: Event) -> bool:
        """Whether an endpoint is told. Raises LedgerError (the log is asked about certificates)."""
        interest = endpoint.interest
        if event.kind not in interest.kinds:
            return False
        if event.kind is EventKind.COPY_ALERT:
            return event.data["issuer"] == endpoint.party
        if event.kind is EventKind.ANCHOR or not (interest.certificates or interest.parties):
            return True
        if event.kind is EventKind.STATEMENT:
            named = event.data["id"] in {to_hex(one) for one in interest.certificates}
            return named or event.data["issuer"] in interest.parties
        owner, subject = str(event.data["owner"]), str(event.data["subject"])
        for party in map(_party, interest.parties):
            if owner == party or (owner == _REGULATORS and subject == party):
                return True
        return any((owner, subject) in self._of(one, owner) for one in interest.certificates)

    def _of(self, certificate: StatementId, owner: str) -> frozenset[tuple[str, str]]:
        known = self._known.get(certificate)
        if known is not None:
            return known
        found = self._lanes(certificate)
        if found is None:  # not logged yet: its id is all that is known, not who may decide on it
            return frozenset({(owner, to_hex(certificate))})
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[certificate] = texts = frozenset((to_hex(one.owner), to_hex(one.subject)) for one in found)
        return texts


@lru_cache(maxsize=4_096)
def _party(party: str) -> str:
    return to_hex(party_id(party))
