"""`tanji operator integrate`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.operating import log_passphrase
from api.cli.options import FILE, Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "integrate",
    help="""入树 Put everything sequenced under a signed checkpoint, and make missing files of the log again.

    \b
    Examples:
      tanji operator integrate
    """,
)
@click.option("--passphrase-file", type=FILE, help="passphrase of the log key (default: as tanji.toml says)")
@at_place
@speaks
def command(*, passphrase_file: Path | None, place: Place, output: Output) -> None:
    """Opening the writer integrates; nothing else is to be done."""
    from api.runtime.parts import open_writer

    home = place.home()
    with open_writer(home, log_passphrase(home, passphrase_file), node=place.node()) as host:
        size = host.tree.size
        root = host.tree.root(size).hex() if size else None
    output.say(f"日志 log: {size} 条 entries" + (f", root 0x{root}" if root else ""))
    output.hint("anchor it: tanji operator anchor" if size else "empty: submit statements with `tanji operator submit`")
    output.result({"size": size, "root": None if root is None else f"0x{root}"})
