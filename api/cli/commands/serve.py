"""`tanji serve`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.operating import log_passphrase, sequencer_passphrase, sequencer_signer
from api.cli.options import FILE, Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "serve",
    help="""服务 Serve the ledger over HTTP: submissions, evidence, verdicts, tiles, events; and anchor. Until SIGTERM or Ctrl-C.

    One process holds the writer and the anchorer. Any number of others may read with --read-only, behind a load balancer: they share nothing
    but the database and the tile files. --endpoint names those who vouch for blocks (default: chain.rpc of tanji.toml).

    \b
    Examples:
      tanji serve
      tanji serve --host 0.0.0.0 --port 8080 --endpoint https://a.example --endpoint https://b.test
      tanji serve --read-only --port 8001
    """,
)
@click.option("--host", default="127.0.0.1", show_default=True, help="address to listen at")
@click.option("--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="port to listen at")
@click.option("--read-only", "reading", is_flag=True, help="take no submissions, anchor nothing; needs no key")
@click.option("--no-anchor", "unanchored", is_flag=True, help="take submissions but leave anchoring to another process")
@click.option(
    "--endpoint", "endpoints", multiple=True, metavar="[NAME=]URL", help="repeatable; the first is written to"
)
@click.option("--trusted-proxies", default="127.0.0.1", show_default=True, help="whose X-Forwarded-For is believed")
@click.option("--quiet", is_flag=True, help="no log line per request")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, help="seconds to wait for another writer to go")
@click.option("--passphrase-file", type=FILE, help="passphrase of the keys (default: as tanji.toml says)")
@at_place
@speaks
def command(
    *,
    host: str,
    port: int,
    reading: bool,
    unanchored: bool,
    endpoints: tuple[str, ...],
    trusted_proxies: str,
    quiet: bool,
    wait: float,
    passphrase_file: Path | None,
    place: Place,
    output: Output,
) -> None:
    """Open the parts and serve."""
    from api.http.serving import ServePlan, Writing, serve

    home = place.home()
    rpc = endpoints or ((place.node_option,) if place.node_option else home.settings.rpc) or (home.node(),)
    writing = None
    if not reading:
        writing = Writing(
            log_passphrase=log_passphrase(home, passphrase_file),
            sequencer=None if unanchored else sequencer_signer(home, sequencer_passphrase(home, passphrase_file)),
            wait=wait,
        )
    output.say(f"服务 serving at http://{host}:{port}" + (" (只读 read only)" if reading else ""))
    serve(
        ServePlan(
            home=home,
            rpc=rpc,
            host=host,
            port=port,
            writing=writing,
            trusted_proxies=trusted_proxies,
            access_log="warning" if quiet else "info",
        )
    )
