"""Payloads, readings and sessions as kept: one behaviour on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from ledger.domain.payload_documents import MAX_SHARES
from ledger.domain.payload_errors import (
    PayloadErasedError,
    PayloadRefusedError,
    PayloadTooLargeError,
    PayloadUnknownError,
)
from ledger.domain.payloads import PayloadId, Session, SessionId
from ledger.domain.session_errors import SessionKeyEndedError, SessionRequiredError, SignInRefusedError
from ledger.services.payloads import MAX_KEYS, PayloadPolicy
from ledger.services.sessions import SessionPolicy
from ledger.sessions.siwe import personal_digest
from ledger.store.confidential_tables import CHUNKS, PARTIES, SHARES
from tests.support import bodies
from tests.support.confidential import (
    ADMIN,
    ADMIN_KEY,
    CERTIFIER,
    HOLDER,
    LABEL_KEY,
    ORIGIN,
    OUTSIDER,
    REGULATOR,
    STATEMENT,
    Parts,
    Someone,
    encryption_key,
    erasure,
    header_of,
    opened,
    sealed,
    shared,
)
from tests.support.ledger import NOW, key_word
from verifier.contracts import Purpose
from verifier.errors import MalformedError
from verifier.identifiers import Party
from verifier.types import StatementId


@pytest.fixture
def parts(database_url: str) -> Iterator[Parts]:
    policy = PayloadPolicy(most=100_000, per_party=200_000)
    with opened(database_url, policy=policy, signing=SessionPolicy(most=3)) as found:
        yield found


def session(who: Someone, number: int = 1) -> Session:
    return Session(
        id=SessionId(bytes([number]) * 16), party=who.party, signer=who.key.address, created_at=NOW, expires_at=NOW + 60
    )


def kept(parts: Parts, *to: Someone, content: bytes = b"secret") -> PayloadId:
    made = sealed(content)
    header = header_of(made, shared(made, *to))
    assert parts.payloads.admit(header) is None
    pieces = [made.sealed[at : at + 7] for at in range(0, len(made.sealed), 7)]
    parts.payloads.keep(header, pieces)
    return made.payload


def counted(parts: Parts, table: sa.Table) -> int:
    with parts.store._read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_read_by_the_named_and_noted(parts: Parts) -> None:
    payload = kept(parts, CERTIFIER, REGULATOR)
    reading = parts.payloads.open(session(CERTIFIER), payload)
    assert len(b"".join(reading.body)) == reading.size
    assert CERTIFIER.party.encode() in reading.head
    parts.clock.pass_time(5)
    parts.payloads.open(session(HOLDER, 2), payload)
    log = parts.payloads.accesses(session(HOLDER), payload, after=0, limit=10)
    assert [(one.party, one.at, one.signer, one.session) for one in log] == [
        (CERTIFIER.party, NOW, CERTIFIER.key.address, b"\x01" * 16),
        (HOLDER.party, NOW + 5, HOLDER.key.address, b"\x02" * 16),
    ]
    assert parts.payloads.accesses(session(HOLDER), payload, after=log[0].number, limit=10) == log[1:]
    assert len(parts.payloads.accesses(session(HOLDER), payload, after=0, limit=1)) == 1


def test_to_everybody_else_it_is_not_there(parts: Parts) -> None:
    payload = kept(parts, CERTIFIER)
    absent = PayloadId(bytes(32))
    told = []
    for one in (payload, absent):
        with pytest.raises(PayloadUnknownError) as caught:
            parts.payloads.open(session(OUTSIDER), one)
        told.append(str(caught.value))
    assert told[0] == told[1]
    with pytest.raises(PayloadUnknownError):  # the log of readings is the submitter's alone
        parts.payloads.accesses(session(CERTIFIER), payload, after=0, limit=10)
    assert parts.payloads.accesses(session(HOLDER), payload, after=0, limit=10) == []
    assert parts.payloads.listed(session(OUTSIDER), statement=None, before=2**53, limit=10) == []


def test_a_share_made_later_is_seen_by_whom_it_names(parts: Parts) -> None:
    made = sealed()
    header = header_of(made, shared(made, HOLDER))
    parts.payloads.keep(header, [made.sealed])
    stored = parts.payloads.share(made.payload, shared(made, CERTIFIER, at=NOW + 1))
    assert set(stored.parties) == {HOLDER.party, CERTIFIER.party}
    head = parts.payloads.open(session(CERTIFIER), made.payload).head
    assert CERTIFIER.party.encode() in head
    assert HOLDER.public.hex().encode() not in head  # the other share is not for them
    assert HOLDER.public.hex().encode() in parts.payloads.open(session(HOLDER), made.payload).head
    with pytest.raises(PayloadRefusedError) as caught:
        parts.payloads.share(made.payload, shared(made, CERTIFIER, at=NOW + 2))
    assert caught.value.rule == "recipients"
    with pytest.raises(PayloadUnknownError):  # only the submitter shares
        parts.payloads.share(made.payload, shared(made, OUTSIDER, by=CERTIFIER))
    assert not parts.store.add_share(made.payload, shared(made, REGULATOR), most=2)
    assert MAX_SHARES > 2


def test_erased_for_good_and_told_as_erased(parts: Parts) -> None:
    payload = kept(parts, CERTIFIER)
    reading = parts.payloads.open(session(CERTIFIER), payload)
    order = erasure(payload)
    stored = parts.payloads.erase(order)
    assert stored.erasure == order
    assert counted(parts, CHUNKS) == counted(parts, SHARES) == 0
    assert counted(parts, PARTIES) == 1
    assert len(b"".join(reading.body)) < reading.size  # on its way when it went: cut short, never another content
    for who in (CERTIFIER, HOLDER):
        with pytest.raises(PayloadErasedError) as caught:
            parts.payloads.open(session(who), payload)
        assert caught.value.stored.erasure == order
    with pytest.raises(PayloadUnknownError):
        parts.payloads.open(session(OUTSIDER), payload)
    assert parts.payloads.erase(erasure(payload, REGULATOR)).erasure == order  # again: nothing changes
    assert len(parts.payloads.accesses(session(HOLDER), payload, after=0, limit=10)) == 1  # who read it stays known
    assert parts.store.stored_bytes(HOLDER.party) == 0


def test_what_was_erased_does_not_come_back(parts: Parts) -> None:
    made = sealed()
    header = header_of(made, shared(made, CERTIFIER))
    parts.payloads.keep(header, [made.sealed])
    parts.payloads.erase(erasure(made.payload))
    with pytest.raises(PayloadErasedError):
        parts.payloads.admit(header)
    assert not parts.store.add(header, [made.sealed], stored_at=NOW)
    with pytest.raises(PayloadErasedError):
        parts.payloads.share(made.payload, shared(made, REGULATOR))
    assert counted(parts, SHARES) == 0


def test_who_may_order_an_erasure(parts: Parts) -> None:
    payload = kept(parts, CERTIFIER)
    for by in (CERTIFIER, OUTSIDER):
        with pytest.raises(PayloadUnknownError):
            parts.payloads.erase(erasure(payload, by))
    with pytest.raises(PayloadRefusedError):
        parts.payloads.erase(replace(erasure(payload), reason="another"))
    with pytest.raises(PayloadRefusedError):
        parts.payloads.erase(erasure(payload, at=NOW - 8 * 86_400))
    with pytest.raises(PayloadUnknownError):
        parts.payloads.erase(erasure(PayloadId(bytes(32))))
    label = replace(HOLDER, key=LABEL_KEY)
    with pytest.raises(PayloadRefusedError) as caught:  # one's own party is told why
        parts.payloads.erase(erasure(payload, label))
    assert caught.value.rule == "wrong-purpose"
    parts.keys.keys[REGULATOR.key.address] = key_word(bodies.REGULATOR, Purpose.REGULATOR, compromised_since=NOW - 1)
    with pytest.raises(PayloadUnknownError):
        parts.payloads.erase(erasure(payload, REGULATOR))
    assert parts.payloads.erase(erasure(payload, ADMIN)).erasure is not None


def test_an_upload_that_breaks_off_leaves_nothing(parts: Parts) -> None:
    made = sealed()
    header = header_of(made, shared(made, CERTIFIER))

    def pieces() -> Iterator[bytes]:
        yield made.sealed[:10]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parts.payloads.keep(header, pieces())
    assert counted(parts, CHUNKS) == counted(parts, SHARES) == counted(parts, PARTIES) == 0
    assert parts.store.find(made.payload) is None
    parts.payloads.keep(header, [made.sealed])
    assert b"".join(parts.payloads.open(session(CERTIFIER), made.payload).body) == made.sealed


def test_two_at_once_keep_one(parts: Parts) -> None:
    made = sealed()
    header = header_of(made, shared(made, CERTIFIER))
    outcomes: list[bool] = []
    work = [
        threading.Thread(target=lambda: outcomes.append(parts.store.add(header, [made.sealed], stored_at=NOW)))
        for _ in range(3)
    ]
    for one in work:
        one.start()
    for one in work:
        one.join()
    assert sorted(outcomes) == [False, False, True]
    assert counted(parts, CHUNKS) == 1


def test_limits(parts: Parts) -> None:
    big = sealed(b"x" * 100_001)
    with pytest.raises(PayloadTooLargeError) as caught:
        parts.payloads.admit(header_of(big, shared(big, CERTIFIER)))
    assert caught.value.field == "/payload/size"
    for _ in range(2):
        kept(parts, CERTIFIER, content=b"x" * 99_000)
    third = sealed(b"x" * 9_000)
    with pytest.raises(PayloadTooLargeError) as caught:
        parts.payloads.admit(header_of(third, shared(third, CERTIFIER)))
    assert caught.value.rule == "party-full"


def test_who_may_submit(parts: Parts) -> None:
    made = sealed()
    for key, rule in ((CERTIFIER.key, "not-the-key's-party"), (LABEL_KEY, "wrong-purpose")):
        by = replace(HOLDER, key=key)
        with pytest.raises(PayloadRefusedError) as caught:
            parts.payloads.admit(header_of(made, shared(made, CERTIFIER, by=by)))
        assert caught.value.rule == rule
    good = shared(made, CERTIFIER)
    for bad in (
        replace(good, shared_at=NOW + 1),
        replace(good, signer=ADMIN_KEY.address),
        replace(good, wraps=shared(made, REGULATOR).wraps),
        shared(made, CERTIFIER, at=NOW - 8 * 86_400),
        shared(made, CERTIFIER, at=NOW + 121),
    ):
        with pytest.raises(PayloadRefusedError):
            parts.payloads.admit(header_of(made, bad))
    old = sealed(created_at=NOW - 8 * 86_400)
    with pytest.raises(PayloadRefusedError):
        parts.payloads.admit(header_of(old, shared(old, CERTIFIER)))


def test_lists_newest_first_in_pages(parts: Parts) -> None:
    ids = [kept(parts, CERTIFIER if number % 2 else REGULATOR) for number in range(5)]
    mine = parts.payloads.listed(session(HOLDER), statement=None, before=2**53, limit=3)
    assert [one.payload for one in mine] == ids[:1:-1]
    rest = parts.payloads.listed(session(HOLDER), statement=STATEMENT, before=mine[-1].number, limit=3)
    assert [one.payload for one in rest] == ids[1::-1]
    theirs = parts.payloads.listed(session(CERTIFIER), statement=None, before=2**53, limit=9)
    assert [one.payload for one in theirs] == [ids[3], ids[1]]
    other = StatementId(b"\x01" * 32)
    assert parts.payloads.listed(session(HOLDER), statement=other, before=2**53, limit=9) == []


def test_encryption_keys(parts: Parts) -> None:
    first = parts.payloads.register_key(encryption_key())
    newer = parts.payloads.register_key(encryption_key(public_key=REGULATOR.public, starts_at=NOW))
    assert parts.payloads.keys(CERTIFIER.party) == [newer, first]
    parts.payloads.register_key(first)
    assert len(parts.payloads.keys(CERTIFIER.party)) == 2
    assert parts.payloads.keys(HOLDER.party) == []
    parts.clock.pass_time(86_400)
    assert parts.payloads.keys(CERTIFIER.party) == []


def test_whose_encryption_keys_are_refused(parts: Parts) -> None:
    good = encryption_key()
    refused = [
        encryption_key(by=OUTSIDER),
        encryption_key(party=Party(bodies.HOLDER)),
        replace(good, ends_at=good.ends_at + 1),
        replace(good, public_key=OUTSIDER.public),
        encryption_key(ends_at=NOW + 733 * 86_400),
        encryption_key(starts_at=NOW - 8 * 86_400),
        encryption_key(starts_at=NOW + 91 * 86_400, ends_at=NOW + 92 * 86_400),
        encryption_key(starts_at=NOW - 60, ends_at=NOW),
        encryption_key(HOLDER, by=replace(HOLDER, key=LABEL_KEY)),
    ]
    for one in refused:
        with pytest.raises(PayloadRefusedError):
            parts.payloads.register_key(one)
    with pytest.raises(MalformedError):
        parts.payloads.register_key(encryption_key(public_key=bytes(32)))
    for number in range(MAX_KEYS):
        parts.payloads.register_key(encryption_key(starts_at=NOW - number))
    parts.payloads.register_key(encryption_key(starts_at=NOW))
    with pytest.raises(PayloadRefusedError):
        parts.payloads.register_key(encryption_key(starts_at=NOW - MAX_KEYS))


def answer(parts: Parts, who: Someone, message: str | None = None, origin: str = ORIGIN) -> str:
    text = parts.sessions.challenge(who.key.address, who.party, ORIGIN).message if message is None else message
    return parts.sessions.sign_in(text, who.key.sign_digest(personal_digest(text)), origin).token


def test_sessions_are_found_by_their_token_until_they_are_over(parts: Parts) -> None:
    token = answer(parts, CERTIFIER)
    found = parts.sessions.find(token)
    assert (found.party, found.signer) == (CERTIFIER.party, CERTIFIER.key.address)
    assert parts.sessions.purposes(found) == ("certificate",)
    for bad in ("", token[:-1], token + "A", "A" * 43, "é" * 43):
        with pytest.raises(SessionRequiredError):
            parts.sessions.find(bad)
    parts.clock.pass_time(8 * 3_600 - 1)
    parts.sessions.find(token)
    parts.clock.pass_time(1)
    with pytest.raises(SessionRequiredError):
        parts.sessions.find(token)


def test_a_nonce_opens_one_session(parts: Parts) -> None:
    message = parts.sessions.challenge(CERTIFIER.key.address, CERTIFIER.party, ORIGIN).message
    answer(parts, CERTIFIER, message)
    with pytest.raises(SignInRefusedError) as caught:
        answer(parts, CERTIFIER, message)
    assert caught.value.rule == "nonce-used"


def test_two_at_once_with_one_nonce(parts: Parts) -> None:
    message = parts.sessions.challenge(CERTIFIER.key.address, CERTIFIER.party, ORIGIN).message
    outcomes: list[str] = []

    def work() -> None:
        try:
            answer(parts, CERTIFIER, message)
            outcomes.append("in")
        except SignInRefusedError as error:
            outcomes.append(error.rule)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["in", "nonce-used", "nonce-used"]


def test_sign_ins_that_are_refused(parts: Parts) -> None:
    good = parts.sessions.challenge(CERTIFIER.key.address, CERTIFIER.party, ORIGIN).message
    cases = {
        "other-origin": (good, "https://evil.example"),
        "other-domain": (good.replace("testserver wants", "evil.example wants"), ORIGIN),
        "other-chain": (good.replace("Chain ID: 31337", "Chain ID: 1"), ORIGIN),
        "nonce-unknown": (good.replace(CERTIFIER.party, HOLDER.party), ORIGIN),
        "other-times": (good.replace("Expiration Time: 2026", "Expiration Time: 2027"), ORIGIN),
    }
    for rule, (message, origin) in cases.items():
        with pytest.raises(SignInRefusedError) as caught:
            answer(parts, CERTIFIER, message, origin)
        assert caught.value.rule == rule
    with pytest.raises(SignInRefusedError) as caught:
        parts.sessions.sign_in(good, HOLDER.key.sign_digest(personal_digest(good)), ORIGIN)
    assert caught.value.rule == "other-signer"
    parts.clock.pass_time(300)
    with pytest.raises(SignInRefusedError) as caught:
        answer(parts, CERTIFIER, good)
    assert caught.value.rule == "nonce-over"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"ends_at": NOW}, "not-in-force"),
        ({"starts_at": NOW + 121}, "not-in-force"),
        ({"compromised_since": NOW - 1}, "compromised"),
        ({"purposes": Purpose.LABELS}, "wrong-purpose"),
        ({"purposes": Purpose.SEQUENCER}, "wrong-purpose"),
        ({"party_tag": b"\x01" * 15}, "not-the-key's-party"),
        (None, "unknown"),
    ],
)
def test_keys_that_may_not_sign_in_and_what_happens_to_their_sessions(
    parts: Parts, changes: dict[str, object] | None, rule: str
) -> None:
    token = answer(parts, CERTIFIER)
    address = CERTIFIER.key.address
    if changes is None:
        del parts.keys.keys[address]
    else:
        parts.keys.keys[address] = replace(parts.keys.keys[address], **changes)  # type: ignore[arg-type]
    with pytest.raises(SignInRefusedError) as caught:
        answer(parts, CERTIFIER)
    assert caught.value.rule == rule
    with pytest.raises(SessionKeyEndedError):
        parts.sessions.find(token)
    parts.keys.keys[address] = key_word(bodies.CERTIFIER, Purpose.CERTIFICATE)
    with pytest.raises(SessionRequiredError):  # gone, even should the key come back
        parts.sessions.find(token)


def test_a_key_has_so_many_sessions_and_no_more(parts: Parts) -> None:
    tokens = []
    for _ in range(4):
        tokens.append(answer(parts, CERTIFIER))
        parts.clock.pass_time(1)
    with pytest.raises(SessionRequiredError):
        parts.sessions.find(tokens[0])
    current = parts.sessions.find(tokens[3])
    listed = parts.sessions.of_party(current)
    assert [one.created_at for one in listed] == [NOW + 3, NOW + 2, NOW + 1]


def test_whose_sessions_one_may_end(parts: Parts) -> None:
    mine, admins, theirs = (parts.sessions.find(answer(parts, who)) for who in (HOLDER, ADMIN, CERTIFIER))
    assert {one.id for one in parts.sessions.of_party(mine)} == {mine.id, admins.id}
    assert not parts.sessions.end(mine, admins.id)  # another key's, without an admin key
    assert not parts.sessions.end(admins, theirs.id)
    assert parts.sessions.end(admins, mine.id)
    assert not parts.sessions.end(admins, mine.id)
    assert parts.sessions.end(theirs, theirs.id)


def test_no_token_and_no_nonce_is_kept(parts: Parts) -> None:
    token = answer(parts, CERTIFIER)
    with parts.store._read() as connection:
        found = [
            bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            for name in ("sessions", "used_nonces")
            for row in connection.execute(sa.text(f"SELECT * FROM {name}"))
            for value in row
        ]
    assert found
    assert all(token.encode() not in value and len(value) <= 66 for value in found)
    from verifier.encoding import parse_base64url

    assert parse_base64url(token, "", 32) not in found
