"""Which storage words a piece of evidence raises (docs/spec/07, steps 1, 2, 5 and 6), so that a snapshot can answer them.

Pure, and derived from what the evidence *says*: a statement that lies about its signer or category raises questions about
the lie, and the ladder judges the answers. Asked in three rounds, because a status word names its writers by ordinal:

 1. keys, grants, lanes, profiles, and the newest anchor       2. status keys and successors of the transitions found
 3. the key words of those status keys
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from verifier.contracts import (
    NO_SCOPE,
    REGULATORS,
    AnchorSlot,
    Purpose,
    Status,
    anchor_slot,
    grant_slot,
    gs1_scopes,
    key_slot,
    lane_slot,
    party_slot,
    plain_slot,
    scope_of,
    status_key_slot,
    successor_slot,
)
from verifier.deployment import Deployment
from verifier.errors import MalformedError
from verifier.evidence import Evidence, Item
from verifier.identifiers import parse_party, party_id
from verifier.signature import parse_address
from verifier.statement import Statement, statement_id, subject_of_number
from verifier.types import Address, JsonValue, PartyId
from verifier.words import Transition, decode_address_word, decode_lane_word

_GRANT_PURPOSES = {"footprint": Purpose.FOOTPRINT, "certificate": Purpose.CERTIFICATE, "rule": Purpose.RULE}
_GTIN = re.compile(r"[0-9]{14}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One storage word: the 20-byte account and the 32-byte slot."""

    account: Address
    slot: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """A status lane: its owner (a party or REGULATORS) and its 32-byte subject."""

    owner: PartyId
    subject: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What a snapshot has to answer. `indices` are log places whose first covering anchor is wanted."""

    words: tuple[Word, ...]
    lanes: tuple[Lane, ...]
    indices: tuple[int, ...]
    parties: tuple[str, ...]


ReadWord = Callable[[Word], bytes]
"""Returns the 32 bytes of a word, zero when it is proven absent."""


def questions_of(evidences: Iterable[Evidence], deployment: Deployment) -> Questions:
    """Everything the first round asks for these evidences, each word once, in the order first met."""
    words: dict[Word, None] = {latest_word(deployment): None}
    lanes: dict[Lane, None] = {}
    indices: dict[int, None] = {}
    parties: dict[str, None] = {}
    for item in _items(evidences):
        indices[item.index] = None
        statement = item.statement
        for party in _parties_named(statement):
            parties[party] = None
            words[Word(account=deployment.trust_registry, slot=party_slot(party_id(party)))] = None
        for word in _authority_words(statement, deployment):
            words[word] = None
        for lane in lanes_of(statement):
            lanes[lane] = None
    for lane in lanes:
        words[lane_word(lane, deployment)] = None
    return Questions(words=tuple(words), lanes=tuple(lanes), indices=tuple(indices), parties=tuple(parties))


def lanes_of(statement: Statement) -> tuple[Lane, ...]:
    """The six lanes of a statement (four without a certificate number): issuer and regulators over id, number, party."""
    owner = party_id(statement.issuer)
    subjects: list[bytes] = [statement_id(statement), owner]
    number = _text_member(statement.body, "number") if statement.kind == "certificate" else None
    if number is not None:
        subjects.append(subject_of_number(statement.issuer, number))
    return tuple(Lane(owner=lane_owner, subject=subject) for subject in subjects for lane_owner in (owner, REGULATORS))


def lane_word(lane: Lane, deployment: Deployment) -> Word:
    """Where the lane's transitions are packed."""
    return Word(account=deployment.status_registry, slot=lane_slot(lane.owner, lane.subject))


def latest_word(deployment: Deployment) -> Word:
    """AnchorLog's newest sequence number, size and time."""
    return Word(account=deployment.anchor_log, slot=plain_slot(AnchorSlot.LATEST))


def anchor_word(seq: int, deployment: Deployment) -> Word:
    """The hash of anchor `seq`."""
    return Word(account=deployment.anchor_log, slot=anchor_slot(seq))


def writer_questions(lanes: Iterable[Lane], read: ReadWord, deployment: Deployment) -> tuple[Word, ...]:
    """Round 2: which address each ordinal found in the lanes stands for, and the successor of a superseded subject."""
    words: dict[Word, None] = {}
    for lane in lanes:
        for transition in _transitions(lane, read, deployment):
            words[_status_key_word(lane, transition, deployment)] = None
            if transition.status in {Status.SUPERSEDED_LABELS_GOOD, Status.SUPERSEDED_LABELS_VOID}:
                slot = successor_slot(lane.owner, lane.subject)
                words[Word(account=deployment.status_registry, slot=slot)] = None
    return tuple(words)


def writer_key_questions(lanes: Iterable[Lane], read: ReadWord, deployment: Deployment) -> tuple[Word, ...]:
    """Round 3: the key words of the addresses that wrote the transitions."""
    words: dict[Word, None] = {}
    for lane in lanes:
        for transition in _transitions(lane, read, deployment):
            address = _address(read(_status_key_word(lane, transition, deployment)))
            if address is not None:
                words[Word(account=deployment.trust_registry, slot=key_slot(address))] = None
    return tuple(words)


def _items(evidences: Iterable[Evidence]) -> Iterator[Item]:
    for evidence in evidences:
        own = (evidence.certificate, evidence.footprint, evidence.rule, evidence.labels)
        yield from (item for item in own if item is not None)
        for upstream in evidence.upstream:
            yield upstream.certificate
            if upstream.footprint is not None:
                yield upstream.footprint


def _authority_words(statement: Statement, deployment: Deployment) -> Iterator[Word]:
    yield Word(account=deployment.trust_registry, slot=key_slot(statement.signer))
    if statement.kind == "labels":
        yield from _label_words(statement, deployment)
    purpose = _GRANT_PURPOSES.get(statement.kind)
    if purpose is None:
        return
    scope = NO_SCOPE
    if purpose is Purpose.CERTIFICATE:
        category = _text_member(statement.body, "category")
        if category is None:
            return  # the body is malformed, which the ladder says without asking the chain
        scope = scope_of(category)
    yield Word(account=deployment.trust_registry, slot=grant_slot(party_id(statement.issuer), purpose, scope))


def _label_words(statement: Statement, deployment: Deployment) -> Iterator[Word]:
    """The label key, and a grant for each GS1 prefix of the GTIN or GMN."""
    key, gtin = _text_member(statement.body, "labelKey"), _text_member(statement.body, "gtin")
    gmn = _text_member(statement.body, "gmn")
    if key is not None:
        try:
            yield Word(account=deployment.trust_registry, slot=key_slot(parse_address(key, "/labelKey")))
        except MalformedError:
            return  # the ladder says so
    product = gtin if gtin is not None and _GTIN.fullmatch(gtin) else None if gmn is None else f"8013:{gmn}"
    if product is not None:
        issuer = party_id(statement.issuer)
        for scope in gs1_scopes(product):
            yield Word(account=deployment.trust_registry, slot=grant_slot(issuer, Purpose.LABELS, scope))


def _parties_named(statement: Statement) -> Iterator[str]:
    """The issuer and, in a certificate, its holder: the two whose registered names are shown."""
    yield statement.issuer
    holder = _text_member(statement.body, "holder") if statement.kind == "certificate" else None
    if holder is not None:
        try:
            yield parse_party(holder, "/holder")
        except MalformedError:
            return  # the ladder says so


def _text_member(body: JsonValue, name: str) -> str | None:
    value = body.get(name) if isinstance(body, dict) else None
    return value if isinstance(value, str) else None


def _transitions(lane: Lane, read: ReadWord, deployment: Deployment) -> tuple[Transition, ...]:
    try:
        return decode_lane_word(read(lane_word(lane, deployment)))
    except MalformedError:
        return ()  # the ladder says so; there is nothing further to ask


def _status_key_word(lane: Lane, transition: Transition, deployment: Deployment) -> Word:
    return Word(account=deployment.trust_registry, slot=status_key_slot(lane.owner, transition.ordinal))


def _address(word: bytes) -> Address | None:
    try:
        return decode_address_word(word, "statusKeys")
    except MalformedError:
        return None
