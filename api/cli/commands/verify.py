"""`tanji verify`: `tanji-verify` under another name, with the same arguments, output and exit codes."""

from __future__ import annotations

import sys

import click


@click.command(
    "verify",
    help="""核验 Is this certificate or footprint authentic? The same as `tanji-verify`.

    Exit codes: 0 authentic, 1 rejected, 2 suspect, 3 inconclusive, 4 unreadable. All options: `tanji-verify --help`.

    \b
    Examples:
      tanji verify evidence.json --deployment deployment.json --rpc https://a.example --rpc https://b.test --quorum 2
      tanji verify evidence.json --deployment deployment.json --snapshot pack.json --bulletin bulletin.json
    """,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Hand everything over: one code path decides."""
    from verifier.cli import main

    sys.exit(main(list(arguments)))
