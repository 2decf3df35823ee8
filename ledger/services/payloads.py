"""Confidential payloads: taken from their submitters, handed to the parties named in them, erased on order (docs/spec/11).

The service sees ciphertext and wrapped keys. Writes carry their own signature and need no session; reading needs one, and every
reading is noted before a byte of it goes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from ledger.domain.payload_documents import (
    MAX_SHARES,
    encryption_key_signed,
    erasure_signed,
    share_signed,
)
from ledger.domain.payload_errors import (
    PayloadErasedError,
    PayloadRefusedError,
    PayloadTooLargeError,
    PayloadUnknownError,
)
from ledger.domain.payloads import (
    Access,
    EncryptionKey,
    Erasure,
    PayloadHeader,
    PayloadId,
    Session,
    Share,
    StoredPayload,
)
from ledger.payloads.envelope import check_public_key, frame, with_shares
from ledger.ports.clock import Clock
from ledger.ports.directory import KeyDirectory
from ledger.ports.payloads import PayloadStore
from ledger.services.standing import BY_PEOPLE, EARLIEST, OLDEST, Standing, standing_problem
from verifier.contracts import Purpose
from verifier.deployment import Deployment
from verifier.errors import VerifierError
from verifier.signature import recover, to_checksum
from verifier.types import Address, Digest, StatementId

MAX_KEYS: Final = 16
KEY_LIFETIME: Final = 732 * 86_400
KEY_AHEAD: Final = 90 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class PayloadPolicy:
    """most: bytes of one sealed content; per_party: bytes of all that one party keeps here."""

    most: int = 16 << 20
    per_party: int = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A payload on its way to a reader. head: the file's frame; body: its sealed content, `size` bytes in pieces.

    The body ends early when the payload is erased meanwhile: the reader sees that it is short.
    """

    head: bytes
    size: int
    body: Iterator[bytes]


class Payloads:
    """What the service does with payloads. Safe for several threads."""

    def __init__(
        self,
        *,
        store: PayloadStore,
        directory: KeyDirectory,
        deployment: Deployment,
        clock: Clock,
        policy: PayloadPolicy | None = None,
    ) -> None:
        self._store = store
        self._directory = directory
        self._deployment = deployment
        self._clock = clock
        self.policy = policy or PayloadPolicy()

    def register_key(self, key: EncryptionKey) -> EncryptionKey:
        """Keep a party's encryption key. Raises MalformedError (`public-key`), PayloadRefusedError, BackpressureError, the store's errors."""
        now = self._clock.now()
        check_public_key(key.public_key, "/publicKey")
        if not now - OLDEST <= key.starts_at <= now + KEY_AHEAD:
            raise PayloadRefusedError("/from", "range", "from seven days ago to ninety days ahead")
        if not now < key.ends_at <= key.starts_at + KEY_LIFETIME:
            raise PayloadRefusedError("/until", "range", "later than now, at most two years after from")
        self._require_signed(encryption_key_signed(key, self._deployment), key.signer, key.signature)
        self._require_standing(key.signer, key.party, "register an encryption key", "/party")
        if not self._store.add_key(key, now=now, most=MAX_KEYS):
            raise PayloadRefusedError("/party", "too-many-keys", f"{MAX_KEYS} keys that are not over yet")
        return key

    def keys(self, party: str) -> Sequence[EncryptionKey]:
        """A party's keys that are not over. The first that has begun is the one to wrap for, once its signature and signer were checked."""
        return self._store.keys(party, self._clock.now())

    def admit(self, header: PayloadHeader) -> StoredPayload | None:
        """Look at a payload's head before its content is read: what is here already, or None for one to be kept.

        Raises PayloadRefusedError, PayloadTooLargeError, PayloadErasedError, BackpressureError, the store's errors.
        """
        descriptor = header.descriptor
        now = self._clock.now()
        if descriptor.size > self.policy.most:
            raise PayloadTooLargeError("/payload/size", "size", f"at most {self.policy.most} bytes")
        for share in header.shares:
            self._check_share(header, share)
        known = self._store.find(header.payload)
        if known is not None:
            self._refuse_erased(known)
            return known
        if not now - OLDEST <= descriptor.created_at <= now + EARLIEST:
            raise PayloadRefusedError("/payload/createdAt", "range", "within the last seven days")
        if self._store.stored_bytes(descriptor.submitter) + descriptor.size > self.policy.per_party:
            raise PayloadTooLargeError(
                "/payload/submitter", "party-full", f"at most {self.policy.per_party} bytes for one party: erase some"
            )
        return None

    def keep(self, header: PayloadHeader, pieces: Iterable[bytes]) -> StoredPayload:
        """Keep an admitted payload whose content has been compared with its hash. Two at once: one is kept. Raises the store's errors."""
        self._store.add(header, pieces, stored_at=self._clock.now())
        return self._known(header.payload)

    def share(self, payload: PayloadId, share: Share) -> StoredPayload:
        """Open a payload to further parties, by order of its submitter.

        Raises PayloadUnknownError (nor for anybody else's order), PayloadErasedError, PayloadRefusedError.
        """
        known = self._known(payload)
        header = PayloadHeader(payload=payload, descriptor=known.descriptor, shares=())
        try:
            self._check_share(header, share)
        except PayloadRefusedError as error:
            self._hide_from(share.signer, known, error)
        self._refuse_erased(known)
        if not self._store.add_share(payload, share, most=MAX_SHARES):
            raise PayloadRefusedError(
                "/wraps", "recipients", f"a party named already, or more than {MAX_SHARES} shares"
            )
        return self._known(payload)

    def erase(self, order: Erasure) -> StoredPayload:
        """Destroy a payload's keys and content, by order of its submitter's party or of a regulator; ordering it again changes nothing.

        Raises PayloadUnknownError (also for anybody else's order), PayloadRefusedError.
        """
        now = self._clock.now()
        if not now - OLDEST <= order.erased_at <= now + EARLIEST:
            raise PayloadRefusedError("/erasedAt", "range", "within the last seven days")
        signed = erasure_signed(order.payload, order.reason, order.erased_at, self._deployment)
        self._require_signed(signed, order.signer, order.signature)
        known = self._known(order.payload)
        if not self._is_regulator(order.signer, now):
            problem = self._problem(order.signer, known.descriptor.submitter, "erase a payload", "/payload")
            if problem is not None:
                self._hide_from(order.signer, known, _refusal(problem, order.signer))
        self._store.erase(order)
        return self._known(order.payload)

    def open(self, session: Session, payload: PayloadId) -> Reading:
        """The payload for a party named in it, with the shares that name it; for its submitter, with all. The reading is noted first.

        Raises PayloadUnknownError (also for a party that it is not addressed to), PayloadErasedError, the store's errors.
        """
        known = self._visible(session, payload)
        self._refuse_erased(known)
        shares = self._store.read(payload, session, self._clock.now())
        if shares is None:  # erased a moment ago
            known = self._known(payload)
            self._refuse_erased(known)
            raise PayloadUnknownError
        mine = session.party == known.descriptor.submitter
        seen = [share for share in shares if mine or session.party in share.parties]
        header = PayloadHeader(payload=payload, descriptor=known.descriptor, shares=())
        return Reading(head=frame(with_shares(header, seen)), size=known.descriptor.size, body=self._pieces(payload))

    def listed(
        self, session: Session, *, statement: StatementId | None, before: int, limit: int
    ) -> Sequence[StoredPayload]:
        """What a party submitted or is named in, newest first."""
        return self._store.listed(session.party, statement=statement, before=before, limit=limit)

    def accesses(self, session: Session, payload: PayloadId, *, after: int, limit: int) -> Sequence[Access]:
        """Who read a payload, for its submitter. Raises PayloadUnknownError for anybody else."""
        known = self._visible(session, payload)
        if session.party != known.descriptor.submitter:
            raise PayloadUnknownError
        return self._store.accesses(payload, after=after, limit=limit)

    def _pieces(self, payload: PayloadId) -> Iterator[bytes]:
        ordinal = 0
        while (data := self._store.chunk(payload, ordinal)) is not None:
            yield data
            ordinal += 1

    def _known(self, payload: PayloadId) -> StoredPayload:
        known = self._store.find(payload)
        if known is None:
            raise PayloadUnknownError
        return known

    def _visible(self, session: Session, payload: PayloadId) -> StoredPayload:
        known = self._known(payload)
        if not known.concerns(session.party):
            raise PayloadUnknownError
        return known

    def _refuse_erased(self, known: StoredPayload) -> None:
        if known.erasure is not None:
            raise PayloadErasedError(known, known.erasure.reason, known.erasure.erased_at)

    def _check_share(self, header: PayloadHeader, share: Share) -> None:
        now = self._clock.now()
        statement = header.descriptor.statement
        if not now - OLDEST <= share.shared_at <= now + EARLIEST:
            raise PayloadRefusedError("/sharedAt", "range", "within the last seven days")
        signed = share_signed(header.payload, statement, share.wraps, share.shared_at, self._deployment)
        self._require_signed(signed, share.signer, share.signature)
        self._require_standing(share.signer, header.descriptor.submitter, "share a payload", "/payload/submitter")

    def _require_signed(self, digest: Digest, signer: Address, signature: bytes) -> None:
        try:
            found = recover(digest, signature)
        except VerifierError as error:
            raise PayloadRefusedError("/signature", "not-a-signature", "recovers to no key") from error
        if found != signer:
            raise PayloadRefusedError("/signature", "other-signer", f"signed by {to_checksum(found)}")

    def _require_standing(self, signer: Address, party: str, what: str, field: str) -> None:
        problem = self._problem(signer, party, what, field)
        if problem is not None:
            raise _refusal(problem, signer)

    def _problem(self, signer: Address, party: str, what: str, field: str) -> Standing | None:
        return standing_problem(
            self._directory.lookup(signer),
            party=party,
            purposes=BY_PEOPLE,
            now=self._clock.now(),
            what=what,
            field=field,
        )

    def _hide_from(self, signer: Address, known: StoredPayload, error: PayloadRefusedError) -> NoReturn:
        """Tell the submitter's own keys what is wrong with an order; to anybody else the payload is not there."""
        problem = self._problem(signer, known.descriptor.submitter, "order this", "/payload")
        if problem is None or problem.rule not in ("unknown", "not-the-key's-party"):
            raise error
        raise PayloadUnknownError from error

    def _is_regulator(self, signer: Address, now: int) -> bool:
        key = self._directory.lookup(signer)
        return (
            key is not None
            and bool(key.purposes & Purpose.REGULATOR)
            and key.in_force_at(now)
            and not key.compromised_at(now)
        )


def _refusal(problem: Standing, signer: Address) -> PayloadRefusedError:
    return PayloadRefusedError(problem.field, problem.rule, f"{to_checksum(signer)} {problem.what}")
