"""Step 5, `*.issuer`: was this key allowed to say this for this party when it entered the log (docs/spec/07; P3)?"""

from __future__ import annotations

from typing import Final

from verifier.bodies import Body, Certificate, Labels
from verifier.checks.inquiry import Inquiry, unanswered
from verifier.contracts import FOREVER, NO_SCOPE, Purpose, gs1_scopes, scope_of
from verifier.errors import CannotCheckError
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.state import ChainView
from verifier.statement import Statement
from verifier.types import Address, JsonValue
from verifier.verdict import Check, CheckId, failed, inconclusive, noted, passed
from verifier.words import Interval, KeyWord, party_tag

_PURPOSES: Final = {
    "footprint": Purpose.FOOTPRINT,
    "certificate": Purpose.CERTIFICATE,
    "labels": Purpose.LABELS,
    "rule": Purpose.RULE,
}


def check_issuer(inquiry: Inquiry, statement: Statement, body: Body, time: int | None, check: CheckId) -> Check:
    """`time` is the entry's time; without it only what never changes about a key is judged."""
    purpose = _PURPOSES[statement.kind]
    try:
        key = inquiry.view.key_word(statement.signer)
        wrong = _check_key(statement.signer, statement.issuer, key, purpose, time, check)
        if wrong is not None:
            return wrong
        intervals = _intervals(inquiry.view, statement, purpose, body)
    except CannotCheckError as gap:
        return unanswered(check, gap)
    if key is None or time is None:
        return inconclusive(check, "entry-time-unknown")
    grant = next((interval for interval in intervals if interval.in_force_at(time)), None)
    if grant is None:
        return _no_grant(statement, body, intervals, time, check)
    return _notes(inquiry, key, grant, time, check)


def check_label_key(inquiry: Inquiry, key: Address, party: str, time: int | None, check: CheckId) -> Check:
    """The label key is the enterprise's own, with purpose `labels`, in force when its labels were logged (spec 08).

    Passed with note `key-compromised-later` where it was stolen since.
    """
    try:
        word = inquiry.view.key_word(key)
    except CannotCheckError as gap:
        return unanswered(check, gap)
    wrong = _check_key(key, party, word, Purpose.LABELS, time, check)
    if wrong is not None:
        return wrong
    if word is None or time is None:
        return inconclusive(check, "entry-time-unknown")
    if word.compromised_since > time:
        return noted(check, "key-compromised-later", time=time, compromisedSince=word.compromised_since)
    return passed(check)


def _intervals(view: ChainView, statement: Statement, purpose: Purpose, body: Body) -> tuple[Interval, ...]:
    """The intervals of the grant the body takes; labels take one for any GS1 prefix of their GTIN or GMN. Raises CannotCheckError."""
    issuer = party_id(statement.issuer)
    if isinstance(body, Labels):
        found = [view.grant_word(issuer, purpose, scope) for scope in gs1_scopes(body.product)]
        return tuple(interval for intervals in found for interval in intervals)
    scope = scope_of(body.category) if isinstance(body, Certificate) else NO_SCOPE
    return view.grant_word(issuer, purpose, scope)


def _check_key(  # noqa: PLR0917
    address: Address, party: str, key: KeyWord | None, purpose: Purpose, time: int | None, check: CheckId
) -> Check | None:
    signer = to_checksum(address)
    if key is None:
        # a key can still be registered after the view's block, but never for a time before it
        return None if time is None else failed(check, "unknown-key", signer=signer, issuer=party)
    if key.party_tag != party_tag(party_id(party)):
        return failed(check, "key-of-another-party", signer=signer, issuer=party)
    if not key.purposes & purpose:
        return failed(check, "wrong-purpose", signer=signer, purposes=key.purposes, needed=int(purpose))
    return None if time is None else _check_key_at(key, signer, time, check)


def _check_key_at(key: KeyWord, signer: str, time: int, check: CheckId) -> Check | None:
    if not key.in_force_at(time):
        return failed(
            check, "key-not-in-force", signer=signer, time=time, **{"from": key.starts_at, "until": key.ends_at}
        )
    if key.compromised_at(time):
        return failed(check, "key-compromised", signer=signer, time=time, compromisedSince=key.compromised_since)
    return None


def _no_grant(statement: Statement, body: Body, intervals: tuple[Interval, ...], time: int, check: CheckId) -> Check:
    fields: dict[str, JsonValue] = {"issuer": statement.issuer, "time": time}
    if isinstance(body, Certificate):
        fields["category"] = body.category
    if isinstance(body, Labels):
        fields["gtin"] = body.product
    if intervals:
        return failed(check, "grant-not-in-force", **fields)
    scoped = isinstance(body, Certificate | Labels)
    return failed(check, "out-of-scope" if scoped else "no-grant", **fields)


def _notes(inquiry: Inquiry, key: KeyWord, grant: Interval, time: int, check: CheckId) -> Check:
    """What was lost after the entry is worth a note and no more (B09, B10, D10)."""
    if key.compromised_since > time:
        return noted(check, "key-compromised-later", time=time, compromisedSince=key.compromised_since)
    if grant.ends_at <= inquiry.moment and grant.ends_at != FOREVER:
        return noted(check, "grant-ended-later", time=time, until=grant.ends_at)
    if key.ends_at <= inquiry.moment and key.ends_at != FOREVER:
        return noted(check, "key-ended-later", time=time, until=key.ends_at)
    return passed(check)
