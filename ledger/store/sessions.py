"""Sessions on SQLite and PostgreSQL (see `shared`)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from ledger.domain.payloads import Session, SessionId
from ledger.store.confidential_tables import SECRETS, SESSIONS, USED_NONCES
from ledger.store.shared import SharedDatabase, insert_new
from verifier.identifiers import Party
from verifier.types import Address

_NONCES: Final = "nonces"


class SqlSessionStore(SharedDatabase):
    """`ports.sessions.SessionStore`. Safe for many threads and processes."""

    __slots__ = ()

    def nonce_secret(self) -> bytes:
        """The 32 bytes that nonces are made with: whoever is first makes them, everybody reads those."""
        wanted = sa.select(SECRETS.c.secret).where(SECRETS.c.name == _NONCES)
        with self._begin() as connection:
            insert_new(connection, SECRETS, {"name": _NONCES, "secret": secrets.token_bytes(32)})
            return bytes(connection.execute(wanted).scalar_one())

    def begin(self, session: Session, token: bytes, *, nonce: bytes, nonce_until: int, most: int) -> bool:
        """Keep a session, using up the nonce; see the port."""
        now = session.created_at
        with self._begin() as connection:
            # Of two at once with one nonce, the primary key lets one through.
            if not insert_new(connection, USED_NONCES, {"nonce": nonce, "expires_at": nonce_until}):
                return False
            connection.execute(sa.delete(USED_NONCES).where(USED_NONCES.c.expires_at <= now))
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires_at <= now))
            values = {
                "token": token, "session": session.id, "party": session.party, "signer": session.signer,
                "created_at": now, "expires_at": session.expires_at,
            }  # fmt: skip
            connection.execute(sa.insert(SESSIONS).values(values))
            newest = (
                sa.select(SESSIONS.c.token)
                .where(SESSIONS.c.signer == session.signer)
                .order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.token)
                .offset(most)
            )
            older = list(connection.execute(newest).scalars())
            connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.token.in_(older), SESSIONS.c.token != token))
        return True

    def find(self, token: bytes) -> Session | None:
        """The session of a token's digest, over or not."""
        with self._read() as connection:
            row = connection.execute(sa.select(SESSIONS).where(SESSIONS.c.token == token)).first()
        return None if row is None else _session(row)

    def of_party(self, party: str, now: int) -> Sequence[Session]:
        """A party's sessions that are not over, newest first."""
        query = (
            sa.select(SESSIONS)
            .where(SESSIONS.c.party == party, SESSIONS.c.expires_at > now)
            .order_by(SESSIONS.c.created_at.desc(), SESSIONS.c.session)
        )
        with self._read() as connection:
            return [_session(row) for row in connection.execute(query)]

    def end(self, session: SessionId) -> bool:
        """Forget a session; False when there was none."""
        with self._begin() as connection:
            return connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.session == session)).rowcount > 0


def _session(row: Any) -> Session:
    return Session(
        id=SessionId(bytes(row.session)),
        party=Party(row.party),
        signer=Address(bytes(row.signer)),
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
