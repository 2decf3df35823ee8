"""`tanji verify`: `tanji-verify` under another name, with the same arguments, output and exit codes; with -o, in bulk."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

_TABLES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx"})


@click.command(
    "verify",
    help="""核验 Is this label, certificate or footprint authentic? The same as `tanji-verify`; with -o, thousands of labels at once.

    Exit codes: 0 authentic, 1 rejected, 2 suspect, 3 inconclusive, 4 unreadable. All options: `tanji-verify --help`.

    \b
    Examples:
      tanji verify evidence.json --deployment deployment.json --rpc https://a.example --rpc https://b.test --quorum 2
      tanji verify evidence.json --deployment deployment.json --snapshot pack.json --bulletin bulletin.json
      tanji verify labels.csv -o report --deployment deployment.json --pack pack.tanji --bulletin bulletin.json
    """,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Hand everything over: with a report's folder to the bulk command, else to tanji-verify."""
    if any(one.startswith(("-o", "--report")) for one in arguments):
        from api.cli.commands.verify_bulk import bulk_command

        bulk_command.main(list(arguments), prog_name="tanji verify", standalone_mode=False)
        return
    table = next((one for one in _questions(arguments) if _is_table(one)), None)
    if table is not None:
        click.echo(
            f"错误 error: {table!r} holds many labels: name the report's folder with -o, as in\n"
            f"  tanji verify {table} -o report … (`tanji verify -o report --help`)",
            err=True,
        )
        sys.exit(4)
    from verifier.cli import main

    if {"--help", "-h"} & set(arguments):
        click.echo(
            "批量核验 many labels at once: `tanji verify INPUT -o report`; its options: `tanji verify -o report --help`\n"
        )
    sys.exit(main(list(arguments)))


def _questions(arguments: Sequence[str]) -> list[str]:
    """Arguments that are no option and do not follow one: an option's value may well be a folder."""
    return [
        one
        for before, one in zip(("", *arguments), arguments, strict=False)
        if not one.startswith("-") and not (before.startswith("--") and "=" not in before and before != "--json")
    ]


def _is_table(argument: str) -> bool:
    return Path(argument).suffix.lower() in _TABLES or (not argument.startswith("http") and Path(argument).is_dir())
