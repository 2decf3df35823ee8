"""The regulator's operations on TrustRegistry, opened for one command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.cli.options import KeyChoice, Place
    from ledger.services.registry import TrustOperations


def trust_operations(place: Place, key: KeyChoice) -> TrustOperations:
    """Operations as the key's account, on a node that shows the deployment. Raises what opening and checking raise."""
    from ledger.services.registry import TrustOperations

    deployment = place.deployment()
    return TrustOperations(sender=place.sender(key.open()), deployment=deployment)
