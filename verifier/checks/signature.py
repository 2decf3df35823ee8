"""Step 4, `*.signature`: the right kind, a body of its form, signed in this deployment's domain, when it says (spec 07)."""

from __future__ import annotations

from typing import Final, NamedTuple

from verifier.bodies import Body, parse_footprint
from verifier.checks.entry import Entry
from verifier.errors import MalformedError
from verifier.sealed import DisclosureError, open_disclosures
from verifier.signature import to_checksum
from verifier.verdict import Check, CheckId, failed, noted, passed

# issuedAt lies in [T - 7 d, T + 120 s], so that no old signature surfaces years later (design 3.2)
LONGEST_DELAY: Final = 7 * 86_400
CLOCK_TOLERANCE: Final = 120


class Signed(NamedTuple):
    """Outcome of the signature, and the body to judge: with disclosures opened, or None when there is none to judge.

    `undisclosed` lists the paths that remain sealed. `is_signed` says that the signer the document names did sign it.
    """

    check: Check
    body: Body | None
    undisclosed: tuple[str, ...]
    is_signed: bool


def check_signature(entry: Entry, time: int | None, kind: str, check: CheckId) -> Signed:
    """`kind` is the role's. `time` is the entry's time where it is known; the range of issuedAt is judged only then."""
    wrong = _check_signer(entry, kind, check)
    if wrong is not None:
        body = None if entry.item.statement.kind != kind else entry.body
        return Signed(wrong, body, (), is_signed=False)
    opened = _open(entry, check)
    issued_at = entry.item.statement.issued_at
    if time is not None and not time - LONGEST_DELAY <= issued_at <= time + CLOCK_TOLERANCE:
        late = failed(check, "issued-at", issuedAt=issued_at, time=time)
        return Signed(late, opened.body, opened.undisclosed, is_signed=True)
    return opened


def _check_signer(entry: Entry, kind: str, check: CheckId) -> Check | None:
    statement = entry.item.statement
    if statement.kind != kind:
        return failed(check, "kind", kind=statement.kind, expected=kind)
    if entry.summary_hash is None:
        error = entry.form_error
        rule, place = (error.rule, error.place) if error is not None else ("", "")
        return failed(check, "body-form", rule=rule, place=place)
    if not statement.signature:
        return failed(check, "not-signed")
    signer = entry.recovered
    if signer is None:
        return failed(check, "unrecoverable")
    if signer != statement.signer:
        return failed(check, "another-signer", recovered=to_checksum(signer), signer=to_checksum(statement.signer))
    return None


def _open(entry: Entry, check: CheckId) -> Signed:
    """Disclosures open what was signed; one that does not open its commitment is not what was signed (F09, F19)."""
    statement = entry.item.statement
    sealed = statement.kind == "footprint" and (entry.item.disclosures or b'"$sealed"' in statement.body_bytes)
    if not sealed:
        return Signed(passed(check), entry.body, (), is_signed=True)
    try:
        opened = open_disclosures(statement.issuer, statement.body, entry.item.disclosures)
        body = parse_footprint(opened.body)
    except DisclosureError as error:
        wrong = failed(check, "disclosure", path=error.path, detail=error.reason)
        return Signed(wrong, entry.body, (), is_signed=True)
    except MalformedError as error:
        wrong = failed(check, "disclosed-form", rule=error.rule, place=error.place)
        return Signed(wrong, entry.body, (), is_signed=True)
    if opened.undisclosed:
        note = noted(check, "undisclosed", paths=list(opened.undisclosed))
        return Signed(note, body, opened.undisclosed, is_signed=True)
    return Signed(passed(check), body, (), is_signed=True)
