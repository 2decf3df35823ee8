"""Where sessions are kept. Many processes write; a token itself is never here, only its digest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ledger.domain.payloads import Session, SessionId


class SessionStore(Protocol):
    """Every method is one transaction and raises StoreFullError, StoreUnavailableError or StoreError."""

    def nonce_secret(self) -> bytes:
        """The 32 bytes that nonces are made with; made when there are none, and the same in every process."""
        ...

    def begin(self, session: Session, token: bytes, *, nonce: bytes, nonce_until: int, most: int) -> bool:
        """Keep a session under its token's digest, using up the nonce (its digest); False, and nothing kept, when that was used.

        Also forgets sessions and nonces that are over, and the key's oldest sessions beyond `most`.
        """
        ...

    def find(self, token: bytes) -> Session | None:
        """The session of a token's digest, over or not."""
        ...

    def of_party(self, party: str, now: int) -> Sequence[Session]:
        """A party's sessions that are not over, newest first."""
        ...

    def end(self, session: SessionId) -> bool:
        """Forget a session; False when there was none."""
        ...
