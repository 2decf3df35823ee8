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

    Missing partial tiles and a missing checkpoint are noticed. A full tile that was lost or altered (see
    `tanji operator fsck`) is made again with --rebuild, which writes every file from the stored entries.

    \b
    Examples:
      tanji operator integrate
      tanji operator integrate --rebuild
    """,
)
@click.option("--passphrase-file", type=FILE, help="passphrase of the log key (default: as tanji.toml says)")
@click.option("--rebuild", is_flag=True, help="write every tile and bundle again, whether it is there or not")
@at_place
@speaks
def command(*, rebuild: bool, passphrase_file: Path | None, place: Place, output: Output) -> None:
    """Opening the writer integrates; only a rebuild is still to be done."""
    from api.runtime.parts import open_writer

    home = place.home()
    with open_writer(home, log_passphrase(home, passphrase_file), node=place.node()) as host:
        if rebuild:
            host.integrator.rebuild()
        size = host.tree.size
        root = host.tree.root(size).hex() if size else None
    output.say(f"日志 log: {size} 条 entries" + (f", root 0x{root}" if root else ""))
    output.hint("anchor it: tanji operator anchor" if size else "empty: submit statements with `tanji operator submit`")
    output.result({"size": size, "root": None if root is None else f"0x{root}"})
