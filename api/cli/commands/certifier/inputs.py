"""What a certifier looks at: a signed footprint statement, and a rule statement for the grade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.cli.options import read_bytes
from api.cli.output import EXIT_UNREADABLE, CommandError

if TYPE_CHECKING:
    from ledger.intake.drafts import GradeRule, SignedFootprint
    from verifier.statement import Statement


def read_statement(file: Path, kind: str) -> Statement:
    """A statement of a kind. Raises MalformedError, CommandError."""
    from verifier.canonical import parse
    from verifier.statement import parse_statement

    statement = parse_statement(parse(read_bytes(file, 1_048_576)))
    if statement.kind != kind:
        raise CommandError(
            "statement.kind", f"{file} is a {statement.kind} statement, a {kind} is needed", exit_status=EXIT_UNREADABLE
        )
    return statement


def read_footprint(file: Path, advisers: tuple[str, ...] = ()) -> SignedFootprint:
    """The footprint as `ledger.intake.drafts` takes it."""
    from ledger.intake.drafts import SignedFootprint
    from verifier.statement import statement_id

    statement = read_statement(file, "footprint")
    return SignedFootprint(
        body=statement.body, id=statement_id(statement), issuer=statement.issuer, advisers=frozenset(advisers)
    )


def read_rule(file: Path | None) -> GradeRule | None:
    """The rule statement for the grade, where one is given."""
    if file is None:
        return None
    from ledger.intake.drafts import GradeRule
    from verifier.bodies import parse_rule
    from verifier.statement import statement_id

    statement = read_statement(file, "rule")
    return GradeRule(id=statement_id(statement), rule=parse_rule(statement.body, "/body"))
