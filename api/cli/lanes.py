"""Status commands: the same verbs for certifiers, enterprises (own lane) and regulators (their shared lane).

Either the key's own account writes to the chain, or, with --offline, the change is signed here and relayed by anyone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.cli.mined import tell_mined
from api.cli.options import FILE, MOMENT, PARTY, KeyChoice, Place, at_place, with_key, write_new
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from api.runtime.requests import ChangeRequest

REGULATORS: Final = "regulators"
DEADLINE_SECONDS: Final = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A status command: its name, the status it writes, what it says in both languages, and how to undo it."""

    name: str
    status: str
    zh: str
    en: str
    undo: str


SUSPEND = Verb(
    name="suspend", status="suspended", zh="暂停", en="Suspend", undo="lift it with `restore`; the history stays"
)
RESTORE = Verb(name="restore", status="active", zh="恢复", en="Lift a suspension of", undo="`suspend` stops it again")
WITHDRAW = Verb(
    name="withdraw",
    status="withdrawn",
    zh="撤销",
    en="Withdraw",
    undo="final: cannot be undone; issue a new certificate instead",
)
CANCEL = Verb(
    name="cancel", status="cancelled", zh="注销", en="Cancel, at the holder's wish,", undo="final: cannot be undone"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A status change as the command line gives it. subject_issuer: whose certificate number a number is."""

    owner: str
    subject: str
    status: str
    subject_issuer: str | None
    successor: str | None = None
    offline: Path | None = None
    nonce: int | None = None
    deadline: int | None = None


def read_subject(text: str, issuer: str | None) -> bytes:
    """32 bytes of a statement id (0x…), a party (uscc:…, lei:…), or an issuer's certificate number.

    Raises MalformedError, CommandError.
    """
    from verifier.encoding import parse_hex
    from verifier.identifiers import parse_party, party_id
    from verifier.statement import subject_of_number

    if text.startswith("0x"):
        return parse_hex(text.lower(), "SUBJECT", 32)
    if text.startswith(("uscc:", "lei:")):
        return party_id(parse_party(text, "SUBJECT"))
    if issuer is None:
        raise CommandError(
            "subject.issuer", f"whose certificate is {text}?", advice="give --issuer PARTY with a certificate number"
        )
    return subject_of_number(parse_party(issuer, "--issuer"), text)


def carry_out(wish: Wish, key: KeyChoice, place: Place, output: Output) -> None:
    """Write the change to the chain, or sign it into a file."""
    if wish.offline is not None:
        _sign_offline(wish, wish.offline, key, place, output)
        return
    from api.runtime.requests import STATUSES
    from ledger.services.status import StatusChange, StatusOperations
    from verifier.contracts import REGULATORS as REGULATORS_ID
    from verifier.encoding import to_hex
    from verifier.identifiers import party_id

    subject = read_subject(wish.subject, wish.subject_issuer)
    owner = REGULATORS_ID if wish.owner == REGULATORS else party_id(wish.owner)
    change = StatusChange(
        owner=owner, subject=subject, status=STATUSES[wish.status], successor=_successor(wish.successor)
    )
    sender = place.sender(key.open())
    receipt = StatusOperations(sender=sender, deployment=place.deployment()).change(change)
    tell_mined(
        output, receipt, f"{wish.subject} → {wish.status} ({wish.owner})", subject=to_hex(subject), status=wish.status
    )


def _sign_offline(wish: Wish, out: Path, key: KeyChoice, place: Place, output: Output) -> None:
    from dataclasses import replace

    from api.runtime.requests import STATUSES, ChangeRequest, serialize_change
    from ledger.services.clocks import SystemClock
    from ledger.services.status import sign_status_change

    request = ChangeRequest(
        owner=wish.owner,
        subject=read_subject(wish.subject, wish.subject_issuer),
        status=STATUSES[wish.status],
        nonce=0,
        deadline=SystemClock().now() + DEADLINE_SECONDS if wish.deadline is None else wish.deadline,
        successor=_successor(wish.successor),
        signature=bytes(65),
    )
    nonce = _lane_length(request, place) if wish.nonce is None else wish.nonce
    signer = key.open()
    signed = sign_status_change(
        request.signed().change, signer, place.deployment(), nonce=nonce, deadline=request.deadline
    )
    write_new(out, serialize_change(replace(request, nonce=nonce, signature=signed.signature)))
    output.say(f"已签 signed: {wish.subject} → {wish.status}, transition {nonce + 1} of its lane → {out}")
    output.hint(f"anyone carries it to the chain: tanji operator relay {out}")
    output.result({"file": str(out), "status": wish.status, "nonce": nonce, "deadline": request.deadline})


def _lane_length(request: ChangeRequest, place: Place) -> int:
    from ledger.chain.registry import registry_at_head

    return len(registry_at_head(place.chain(), place.deployment()).lane(request.owner_id, request.subject))


def _successor(text: str | None) -> bytes:
    from verifier.encoding import parse_hex

    return bytes(32) if text is None else parse_hex(text.lower(), "--successor", 32)


_OFFLINE = (
    click.option("--offline", type=FILE, metavar="OUT", help="sign the change into a file instead of sending it"),
    click.option(
        "--nonce", type=click.IntRange(min=0), help="transitions in the lane so far (default: asked of the node)"
    ),
    click.option("--deadline", type=MOMENT, help="with --offline: may be relayed until (default: in 7 days)"),
)


def own_lane_command(verb: Verb, role: str) -> click.Command:
    """`tanji ROLE VERB SUBJECT --party …`: a change in the party's own lane."""

    @click.option("--party", type=PARTY, required=True, help="the party whose lane is written: the key's own")
    @with_key
    @at_place
    @speaks
    def command(
        *,
        subject: str,
        party: str,
        offline: Path | None,
        nonce: int | None,
        deadline: int | None,
        key: KeyChoice,
        place: Place,
        output: Output,
    ) -> None:
        wish = Wish(
            owner=party,
            subject=subject,
            status=verb.status,
            subject_issuer=party,
            offline=offline,
            nonce=nonce,
            deadline=deadline,
        )
        carry_out(wish, key, place, output)
        output.hint(verb.undo)

    return _made(command, verb, _help(verb, f"tanji {role} {verb.name}", "--party uscc:91110000MA0C0EXAM2 "))


def regulators_command(verb: Verb) -> click.Command:
    """`tanji regulator VERB SUBJECT`: a change in the regulators' shared lane."""

    @click.option("--issuer", type=PARTY, help="whose certificate number SUBJECT is")
    @with_key
    @at_place
    @speaks
    def command(
        *,
        subject: str,
        issuer: str | None,
        offline: Path | None,
        nonce: int | None,
        deadline: int | None,
        key: KeyChoice,
        place: Place,
        output: Output,
    ) -> None:
        wish = Wish(
            owner=REGULATORS,
            subject=subject,
            status=verb.status,
            subject_issuer=issuer,
            offline=offline,
            nonce=nonce,
            deadline=deadline,
        )
        carry_out(wish, key, place, output)
        output.hint(verb.undo)

    return _made(command, verb, _help(verb, f"tanji regulator status {verb.name}", ""))


def _made(function: click.decorators.FC, verb: Verb, text: str) -> click.Command:
    for option in reversed(_OFFLINE):
        function = option(function)
    return click.command(verb.name, help=text)(click.argument("subject")(function))


def _help(verb: Verb, call: str, party: str) -> str:
    return f"""{verb.zh} {verb.en} a statement, a certificate number, or a whole party.

    SUBJECT is a statement id (0x…), a certificate number, or a party (uscc:…).

    \b
    Examples:
      {call} TJ-2026-000001 {party}--key keys/status.json
      {call} 0x2b… {party}--key keys/status.json --offline change.json
    """
