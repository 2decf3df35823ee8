"""Who a key belongs to and what it may sign, as the chain says."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from verifier.types import Address
from verifier.words import KeyWord

# The key word of TrustRegistry (docs/spec/05): party tag, purposes, from, until, compromisedSince.
KeyRecord: TypeAlias = KeyWord


class KeyDirectory(Protocol):
    """The registered keys."""

    def lookup(self, address: Address) -> KeyRecord | None:
        """The key's record at the newest block known, or None when it was never registered.

        Raises:
            BackpressureError: the chain cannot be asked now and nothing fresh enough is remembered.
        """
        ...
