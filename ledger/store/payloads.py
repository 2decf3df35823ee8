"""Confidential payloads, encryption keys and the log of readings on SQLite and PostgreSQL (see `shared`).

The sealed content stands in pieces, so that neither writing nor reading one holds it in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from ledger.domain.payload_documents import (
    descriptor_document,
    erasure_document,
    parse_descriptor,
    parse_erasure,
    parse_share,
    share_document,
)
from ledger.domain.payloads import (
    Access,
    EncryptionKey,
    Erasure,
    PayloadHeader,
    PayloadId,
    Session,
    SessionId,
    Share,
    StoredPayload,
)
from ledger.store.confidential_tables import ACCESSES, CHUNKS, ENCRYPTION_KEYS, PARTIES, PAYLOADS, SHARES
from ledger.store.shared import SharedDatabase, insert_new
from verifier.canonical import canonicalize, parse
from verifier.identifiers import Party
from verifier.types import Address, StatementId

_MAX_ACCESS_LOG: Final = 1_000


class SqlPayloadStore(SharedDatabase):
    """`ports.payloads.PayloadStore`. Safe for many threads and processes."""

    __slots__ = ()

    def add_key(self, key: EncryptionKey, *, now: int, most: int) -> bool:
        """Keep a party's key; see the port."""
        own = ENCRYPTION_KEYS.c.party == key.party
        values = {
            "party": key.party, "starts_at": key.starts_at, "public_key": key.public_key, "ends_at": key.ends_at,
            "signer": key.signer, "signature": key.signature,
        }  # fmt: skip
        with self._begin() as connection:
            connection.execute(sa.delete(ENCRYPTION_KEYS).where(own, ENCRYPTION_KEYS.c.ends_at <= now))
            count = sa.select(sa.func.count()).select_from(ENCRYPTION_KEYS).where(own)
            kept = connection.execute(count).scalar_one()
            if kept >= most:
                same = ENCRYPTION_KEYS.c.public_key == key.public_key, ENCRYPTION_KEYS.c.starts_at == key.starts_at
                return connection.execute(count.where(*same)).scalar_one() > 0
            insert_new(connection, ENCRYPTION_KEYS, values)
            return True

    def keys(self, party: str, now: int) -> Sequence[EncryptionKey]:
        """A party's keys that are not over, the one that begins last first."""
        table = ENCRYPTION_KEYS
        query = (
            sa.select(table)
            .where(table.c.party == party, table.c.ends_at > now)
            .order_by(table.c.starts_at.desc(), table.c.public_key.desc())
        )
        with self._read() as connection:
            return [_key(row) for row in connection.execute(query)]

    def find(self, payload: PayloadId) -> StoredPayload | None:
        """What is kept of a payload, erased or not."""
        with self._read() as connection:
            row = connection.execute(sa.select(PAYLOADS).where(PAYLOADS.c.payload == payload)).first()
            return None if row is None else _with_parties(connection, [row])[0]

    def stored_bytes(self, submitter: str) -> int:
        """Bytes of a party's payloads that are not erased."""
        kept = PAYLOADS.c.submitter == submitter, PAYLOADS.c.erasure.is_(None)
        with self._read() as connection:
            return int(connection.execute(sa.select(sa.func.sum(PAYLOADS.c.size)).where(*kept)).scalar() or 0)

    def add(self, header: PayloadHeader, chunks: Iterable[bytes], *, stored_at: int) -> bool:
        """Keep a payload whole, or not at all; False when it is here already, erased or not."""
        descriptor, payload = header.descriptor, header.payload
        values = {
            "payload": payload, "submitter": descriptor.submitter, "statement": descriptor.statement,
            "size": descriptor.size, "descriptor": canonicalize(descriptor_document(descriptor)),
            "stored_at": stored_at,
        }  # fmt: skip
        with self._begin() as connection:
            if not insert_new(connection, PAYLOADS, values):
                return False
            for ordinal, data in enumerate(chunks):
                connection.execute(sa.insert(CHUNKS), {"payload": payload, "ordinal": ordinal, "data": data})
            for ordinal, share in enumerate(header.shares):
                _add_share(connection, payload, ordinal, share)
        return True

    def add_share(self, payload: PayloadId, share: Share, *, most: int) -> bool:
        """Open a payload to further parties; see the port."""
        with self._begin() as connection:
            if not _is_kept(connection, payload):
                return False
            of = SHARES.c.payload == payload
            ordinal = connection.execute(sa.select(sa.func.count()).select_from(SHARES).where(of)).scalar_one()
            named = PARTIES.c.payload == payload, PARTIES.c.party.in_(share.parties)
            if ordinal >= most or connection.execute(sa.select(PARTIES.c.party).where(*named)).first() is not None:
                return False
            _add_share(connection, payload, ordinal, share)
        return True

    def read(self, payload: PayloadId, reader: Session, at: int) -> Sequence[Share] | None:
        """Note the reading, and answer with all shares: both or neither."""
        query = sa.select(SHARES.c.document).where(SHARES.c.payload == payload).order_by(SHARES.c.ordinal)
        values = {
            "payload": payload, "at": at, "party": reader.party, "signer": reader.signer, "session": reader.id,
        }  # fmt: skip
        with self._begin() as connection:
            if not _is_kept(connection, payload):
                return None
            connection.execute(sa.insert(ACCESSES).values(values))
            return [_share(bytes(document)) for document in connection.execute(query).scalars()]

    def chunk(self, payload: PayloadId, ordinal: int) -> bytes | None:
        """A piece of the sealed content, from 0; None behind the last, and for what was erased."""
        wanted = sa.select(CHUNKS.c.data).where(CHUNKS.c.payload == payload, CHUNKS.c.ordinal == ordinal)
        with self._read() as connection:
            data = connection.execute(wanted).scalar()
        return None if data is None else bytes(data)

    def erase(self, order: Erasure) -> bool:
        """Destroy wrapped keys and sealed content, keeping the order; False when that was done before."""
        mine = PAYLOADS.c.payload == order.payload, PAYLOADS.c.erasure.is_(None)
        document = canonicalize(erasure_document(order))
        with self._begin() as connection:
            if not connection.execute(sa.update(PAYLOADS).where(*mine).values(erasure=document)).rowcount:
                return False
            for table in (SHARES, CHUNKS):
                connection.execute(sa.delete(table).where(table.c.payload == order.payload))
        self._forget()
        return True

    def listed(self, party: str, *, statement: StatementId | None, before: int, limit: int) -> Sequence[StoredPayload]:
        """Payloads a party submitted or is named in, newest first."""
        named = sa.select(PARTIES.c.payload).where(PARTIES.c.party == party)
        wanted = (PAYLOADS.c.submitter == party) | PAYLOADS.c.payload.in_(named)
        query = sa.select(PAYLOADS).where(wanted, PAYLOADS.c.number < before)
        if statement is not None:
            query = query.where(PAYLOADS.c.statement == statement)
        with self._read() as connection:
            rows = connection.execute(query.order_by(PAYLOADS.c.number.desc()).limit(limit)).all()
            return _with_parties(connection, rows)

    def accesses(self, payload: PayloadId, *, after: int, limit: int) -> Sequence[Access]:
        """Readings with number > `after`, in order."""
        query = (
            sa.select(ACCESSES)
            .where(ACCESSES.c.payload == payload, ACCESSES.c.number > after)
            .order_by(ACCESSES.c.number)
            .limit(min(limit, _MAX_ACCESS_LOG))
        )
        with self._read() as connection:
            return [_access(row) for row in connection.execute(query)]


def _is_kept(connection: sa.Connection, payload: PayloadId) -> bool:
    """Whether it is here and not erased; on PostgreSQL nobody erases it before this transaction ends."""
    kept = PAYLOADS.c.payload == payload, PAYLOADS.c.erasure.is_(None)
    return connection.execute(sa.select(PAYLOADS.c.number).where(*kept).with_for_update()).first() is not None


def _add_share(connection: sa.Connection, payload: PayloadId, ordinal: int, share: Share) -> None:
    document = canonicalize(share_document(share))
    connection.execute(sa.insert(SHARES), {"payload": payload, "ordinal": ordinal, "document": document})
    connection.execute(sa.insert(PARTIES), [{"payload": payload, "party": party} for party in share.parties])


def _with_parties(connection: sa.Connection, rows: Sequence[Any]) -> list[StoredPayload]:
    ids = [bytes(row.payload) for row in rows]
    named: dict[bytes, list[Party]] = {payload: [] for payload in ids}
    query = sa.select(PARTIES).where(PARTIES.c.payload.in_(ids)).order_by(PARTIES.c.party)
    for row in connection.execute(query) if ids else ():
        named[bytes(row.payload)].append(Party(row.party))
    return [
        StoredPayload(
            number=row.number,
            payload=PayloadId(bytes(row.payload)),
            descriptor=parse_descriptor(parse(bytes(row.descriptor)), ""),
            parties=tuple(named[bytes(row.payload)]),
            stored_at=row.stored_at,
            erasure=None if row.erasure is None else parse_erasure(parse(bytes(row.erasure))),
        )
        for row in rows
    ]


def _share(document: bytes) -> Share:
    return parse_share(parse(document), "")


def _key(row: Any) -> EncryptionKey:
    return EncryptionKey(
        party=Party(row.party),
        public_key=bytes(row.public_key),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        signer=Address(bytes(row.signer)),
        signature=bytes(row.signature),
    )


def _access(row: Any) -> Access:
    return Access(
        number=row.number,
        payload=PayloadId(bytes(row.payload)),
        at=row.at,
        party=Party(row.party),
        signer=Address(bytes(row.signer)),
        session=SessionId(bytes(row.session)),
    )
