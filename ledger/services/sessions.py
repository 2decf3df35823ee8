"""Sessions: Sign-In with Ethereum for registered keys, needed only to read what is not public (docs/spec/11).

1 the message is ours, for this origin and this chain · 2 its nonce is ours, for this address and party, and fresh · 3 the
address signed it · 4 the key is registered for the party, in force, and held by a person · 5 the nonce is used up and the session kept.
4 is asked again with every use: a key that is ended takes its sessions with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.domain.payloads import Session, SessionId, token_digest
from ledger.domain.session_errors import SessionKeyEndedError, SessionRequiredError, SignInRefusedError
from ledger.ports.clock import Clock
from ledger.ports.directory import KeyDirectory
from ledger.ports.sessions import SessionStore
from ledger.services.standing import BY_PEOPLE, standing_problem
from ledger.sessions.nonces import make_nonce, nonce_digest, nonce_time
from ledger.sessions.siwe import SignIn, compose, domain_of, parse_sign_in, personal_digest
from verifier.contracts import Purpose
from verifier.deployment import Deployment
from verifier.encoding import parse_base64url, to_base64url
from verifier.errors import VerifierError
from verifier.identifiers import Party
from verifier.signature import recover, to_checksum
from verifier.types import Address

TOKEN_BYTES: Final = 32
CLOCKS_APART: Final = 30  # seconds that two processes of one service may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """lifetime: seconds a session lasts; nonce: seconds until a message must be signed and sent; most: sessions of one key."""

    lifetime: int = 8 * 3_600
    nonce: int = 300
    most: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A message to sign, and until when (unix seconds) it opens a session."""

    message: str
    nonce: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A new session and its token (base64url): the only time the token is seen here."""

    session: Session
    token: str = field(repr=False)


class Sessions:
    """Opens, finds and ends sessions. Safe for several threads."""

    def __init__(
        self,
        *,
        store: SessionStore,
        directory: KeyDirectory,
        deployment: Deployment,
        clock: Clock,
        policy: SessionPolicy | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._deployment = deployment
        self._clock = clock
        self._policy = policy or SessionPolicy()
        self._secret = b""

    def challenge(self, address: Address, party: Party, origin: str) -> Challenge:
        """A message for this address to sign; nothing is stored, and nobody is told whether the address is registered.

        Raises MalformedError for something that is no origin, and the store's errors.
        """
        now = self._clock.now()
        bound = {"address": address, "party": party, "origin": origin, "chain_id": self._deployment.chain_id}
        nonce = make_nonce(self._nonce_secret(), now=now, **bound)  # type: ignore[arg-type]
        wanted = SignIn(
            domain=domain_of(origin),
            origin=origin,
            address=address,
            party=party,
            chain_id=self._deployment.chain_id,
            nonce=nonce,
            issued_at=now,
            expires_at=now + self._policy.lifetime,
        )
        return Challenge(message=compose(wanted), nonce=nonce, expires_at=now + self._policy.nonce)

    def sign_in(self, message: object, signature: bytes, origin: str) -> Opened:
        """Open a session with a signed message.

        Raises MalformedError, SignInRefusedError, BackpressureError (the chain cannot be asked), and the store's errors.
        """
        given = parse_sign_in(message)
        asked_at = self._check_message(given, origin)
        _check_signature(given, compose(given), signature)
        problem = self._standing(given.address, given.party)
        if problem is not None:
            raise SignInRefusedError(problem[0], problem[1], f"{to_checksum(given.address)} {problem[2]}")
        token = secrets.token_bytes(TOKEN_BYTES)
        session = Session(
            id=SessionId(secrets.token_bytes(16)),
            party=given.party,
            signer=given.address,
            created_at=self._clock.now(),
            expires_at=given.expires_at,
        )
        fresh = self._store.begin(
            session,
            token_digest(token),
            nonce=nonce_digest(given.nonce),
            nonce_until=asked_at + self._policy.nonce,
            most=self._policy.most,
        )
        if not fresh:
            raise SignInRefusedError("/message/nonce", "nonce-used", "ask for a new message")
        return Opened(session=session, token=to_base64url(token))

    def find(self, token: str) -> Session:
        """The session of a token, its key asked about again. Raises SessionRequiredError, BackpressureError, the store's errors."""
        try:
            raw = parse_base64url(token, "", TOKEN_BYTES)
        except VerifierError as error:
            raise SessionRequiredError from error
        found = self._store.find(token_digest(raw))
        if found is None:
            raise SessionRequiredError
        if not self._clock.now() < found.expires_at:
            raise SessionRequiredError("登录已过期 this session is over; sign in again")
        problem = self._standing(found.signer, found.party)
        if problem is not None:
            self._store.end(found.id)
            raise SessionKeyEndedError(problem[1])
        return found

    def of_party(self, session: Session) -> Sequence[Session]:
        """All sessions of one's own party, newest first."""
        return self._store.of_party(session.party, self._clock.now())

    def end(self, session: Session, ended: SessionId) -> bool:
        """End one's own session, another of one's own key's, or, with an `admin` key, any of one's party; False when there is no such."""
        known = next((one for one in self.of_party(session) if one.id == ended), None)
        if known is None or (known.signer != session.signer and not self._is_admin(session.signer)):
            return False
        return self._store.end(ended)

    def purposes(self, session: Session) -> tuple[str, ...]:
        """What the session's key may do by the chain now: names of purposes. Raises BackpressureError."""
        key = self._directory.lookup(session.signer)
        return () if key is None else tuple(one.name.lower() for one in Purpose if key.purposes & one)

    def _is_admin(self, signer: Address) -> bool:
        key = self._directory.lookup(signer)
        return key is not None and bool(key.purposes & Purpose.ADMIN)

    def _check_message(self, given: SignIn, origin: str) -> int:
        """When its nonce was given out. Raises SignInRefusedError."""
        chain_id = self._deployment.chain_id
        if given.origin != origin:
            raise SignInRefusedError("/message/uri", "other-origin", f"{given.origin} is not {origin}")
        if given.domain != domain_of(origin):
            raise SignInRefusedError("/message/domain", "other-domain", f"{given.domain} is not {domain_of(origin)}")
        if given.chain_id != chain_id:
            raise SignInRefusedError("/message/chainId", "other-chain", f"{given.chain_id} is not {chain_id}")
        asked_at = nonce_time(
            given.nonce,
            self._nonce_secret(),
            address=given.address,
            party=given.party,
            origin=origin,
            chain_id=chain_id,
        )
        if asked_at is None:
            raise SignInRefusedError("/message/nonce", "nonce-unknown", "not given out here for this address and party")
        now = self._clock.now()
        if not asked_at - CLOCKS_APART <= now < asked_at + self._policy.nonce:
            raise SignInRefusedError(
                "/message/nonce", "nonce-over", f"good for {self._policy.nonce} s; ask for a new one"
            )
        if given.issued_at != asked_at or given.expires_at != asked_at + self._policy.lifetime:
            raise SignInRefusedError(
                "/message/issuedAt", "other-times", "not the times this message was given out with"
            )
        return asked_at

    def _standing(self, signer: Address, party: Party) -> tuple[str, str, str] | None:
        problem = standing_problem(
            self._directory.lookup(signer),
            party=party,
            purposes=BY_PEOPLE,
            now=self._clock.now(),
            what="sign in",
            field="/message/statement",
        )
        return None if problem is None else (problem.field, problem.rule, problem.what)

    def _nonce_secret(self) -> bytes:
        if not self._secret:
            self._secret = self._store.nonce_secret()
        return self._secret


def _check_signature(given: SignIn, message: str, signature: bytes) -> None:
    try:
        signer = recover(personal_digest(message), signature)
    except VerifierError as error:
        raise SignInRefusedError("/signature", "not-a-signature", "recovers to no key") from error
    if signer != given.address:
        raise SignInRefusedError("/signature", "other-signer", f"signed by {to_checksum(signer)}")
