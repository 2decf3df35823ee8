"""`tanji sign`: the one place where a prepared document meets a key, with what it says in full view."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.cli.options import FILE, KeyChoice, Place, at_place, read_bytes, with_key, write_new
from api.cli.output import EXIT_UNREADABLE, CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.keys.memory import MemorySigner


MOST_BYTES: Final = 4 << 20
MOST_LINES: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signed document, values for `--json`, and what to do with it."""

    data: bytes
    values: Mapping[str, object]
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is about to be signed: the line the signature covers, the body (None: `title` says it all), and the signing itself."""

    title: str
    body: object
    sign: Callable[[MemorySigner], Signed]

    def show(self, output: Output) -> None:
        """Show the line and the body."""
        import json

        output.say("将要签署 about to sign:")
        output.say(f"  {self.title}")
        if self.body is not None:
            output.say(json.dumps(self.body, ensure_ascii=False, indent=2))


@click.command(
    "sign",
    help="""签名 Sign a prepared document with a key of your own; needs no network.

    FILE is a draft statement (from `enterprise draft`, `certifier draft`), a key registration, or a status change. The exact summary line
    that the signature covers, and the whole body, are shown first. A body that has not its kind's form is refused. A file of drafts, one a
    line (as a desk gives them), is signed whole: every line is shown, one question is asked, and where one is wrong none is signed.

    \b
    Examples:
      tanji sign draft.json --key keys/certifier.json --deployment deployment.json -o certificate.json
      tanji sign change.json --key keys/status.json --deployment deployment.json -o signed-change.json
      tanji sign bundle.ndjson --key keys/enterprise.json --deployment deployment.json -o signed.ndjson
    """,
)
@click.argument("file", type=FILE)
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the signed document goes")
@click.option("--yes", is_flag=True, help="do not ask before signing")
@with_key
@at_place
@speaks
def command(*, file: Path, out: Path, yes: bool, key: KeyChoice, place: Place, output: Output) -> None:
    """Show, ask, sign, write."""
    from api.runtime.requests import kind_of_request
    from verifier.signature import to_checksum

    data = read_bytes(file, MOST_BYTES)
    lines = bundle_lines(data)
    kind = "bundle" if lines else kind_of_request(data)
    if kind is None:
        raise CommandError(
            "sign.document",
            f"{file} is no draft, registration or status change",
            advice="a bare body becomes a draft with `enterprise draft`, `certifier draft` or `regulator rule draft`",
            exit_status=EXIT_UNREADABLE,
        )
    preparers = {"draft": _prepare_draft, "registration": _prepare_registration, "statusChange": _prepare_change}
    prepared = _prepare_bundle(lines, place) if lines else preparers[kind](data, place)
    prepared.show(output)
    if not yes and not output.as_json and sys.stdin.isatty():
        click.confirm("签名 sign this?", abort=True, err=True)
    signer = key.open()
    result = prepared.sign(signer)
    write_new(out, result.data)
    output.say(f"已签 signed by {to_checksum(signer.address)} → {out}")
    output.hint(result.next_step.format(out=out))
    output.result({"file": str(out), "kind": kind, "signer": to_checksum(signer.address), **result.values})


def _prepare_draft(data: bytes, place: Place) -> Prepared:
    from api.runtime.statements import parse_draft, serialize_statement, sign_draft
    from ledger.services.clocks import SystemClock
    from verifier.encoding import to_hex
    from verifier.statement import statement_id

    draft, deployment = parse_draft(data), place.deployment()

    def sign(signer: MemorySigner) -> Signed:
        statement = sign_draft(draft, signer, deployment.domain_separator, issued_at=SystemClock().now())
        values = {"id": to_hex(statement_id(statement)), "summary": draft.summary, "issuedAt": statement.issued_at}
        return Signed(
            data=serialize_statement(statement),
            values=values,
            next_step="hand it to the log within 7 days: tanji operator submit {out}",
        )

    return Prepared(title=draft.summary, body=draft.body, sign=sign)


def bundle_lines(data: bytes) -> list[bytes]:
    """The lines of a file that holds several documents, one a line; none for a file that is one document."""
    from verifier.canonical import parse
    from verifier.errors import MalformedError

    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) < 2:
        return []
    try:
        parse(lines[0].strip(), MOST_BYTES)
    except MalformedError:
        return []  # one document over several lines, or none at all
    return [line.strip() for line in lines]


def _prepare_bundle(lines: list[bytes], place: Place) -> Prepared:
    """Drafts, one a line: all are read before any is signed. Raises CommandError naming the line."""
    from api.runtime.statements import parse_draft, serialize_statement, sign_draft
    from ledger.intake.pact import FootprintRefusedError
    from ledger.services.clocks import SystemClock
    from verifier.errors import MalformedError

    if len(lines) > MOST_LINES:
        raise CommandError(
            "sign.bundle", f"{len(lines)} drafts, at most {MOST_LINES} at once", exit_status=EXIT_UNREADABLE
        )
    drafts = []
    for number, line in enumerate(lines, 1):
        try:
            drafts.append(parse_draft(line))
        except (MalformedError, FootprintRefusedError) as error:
            raise CommandError(
                "sign.bundle",
                f"第 {number} 行 line {number}: {error}",
                advice="nothing was signed",
                exit_status=EXIT_UNREADABLE,
            ) from error
    deployment = place.deployment()

    def sign(signer: MemorySigner) -> Signed:
        now, separator = SystemClock().now(), deployment.domain_separator
        signed = [serialize_statement(sign_draft(draft, signer, separator, issued_at=now)) for draft in drafts]
        return Signed(
            data=b"".join(one + b"\n" for one in signed),
            values={"count": len(signed)},
            next_step="hand it to the log within 7 days: tanji operator submit {out}, or upload it at the service's /desk/submit",
        )

    titles = "\n  ".join(f"{number}. {draft.issuer}: {draft.summary}" for number, draft in enumerate(drafts, 1))
    return Prepared(title=titles, body=None, sign=sign)


def _prepare_registration(data: bytes, place: Place) -> Prepared:
    from api.runtime.requests import parse_registration, serialize_registration
    from ledger.services.registry import SignedRegistration, sign_registration
    from verifier.signature import to_checksum

    (asked, _), deployment = parse_registration(data), place.deployment()

    def sign(signer: MemorySigner) -> Signed:
        if signer.address != asked.key:
            raise CommandError(
                "key.other",
                f"the request is about {to_checksum(asked.key)}, this key is {to_checksum(signer.address)}",
                advice="a key signs its own registration; give the keystore of that key",
            )
        signed = sign_registration(asked, signer, deployment)
        return Signed(
            data=serialize_registration(signed),
            values={"party": asked.party},
            next_step="the regulator registers it: tanji regulator key register {out}",
        )

    unsigned = serialize_registration(SignedRegistration(registration=asked, signature=b""))
    return Prepared(
        title=f"Registration of {to_checksum(asked.key)} for {asked.party}", body=_json(unsigned), sign=sign
    )


def _prepare_change(data: bytes, place: Place) -> Prepared:
    from dataclasses import replace

    from api.runtime.requests import STATUS_NAMES, parse_change, serialize_change
    from ledger.services.status import sign_status_change
    from verifier.encoding import to_hex

    asked, deployment = parse_change(data), place.deployment()

    def sign(signer: MemorySigner) -> Signed:
        wanted = replace(asked, signature=bytes(65)).signed().change
        signed = sign_status_change(wanted, signer, deployment, nonce=asked.nonce, deadline=asked.deadline)
        return Signed(
            data=serialize_change(replace(asked, signature=signed.signature)),
            values={"subject": to_hex(asked.subject), "status": STATUS_NAMES[asked.status]},
            next_step="anyone carries it to the chain before its deadline: tanji operator relay {out}",
        )

    title = f"Status of {to_hex(asked.subject)} becomes {STATUS_NAMES[asked.status]}, in the lane of {asked.owner}"
    return Prepared(title=title, body=_json(serialize_change(replace(asked, signature=b""))), sign=sign)


def _json(data: bytes) -> object:
    import json

    return json.loads(data)
