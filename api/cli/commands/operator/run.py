"""`tanji operator run`."""

from __future__ import annotations

import json
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.operating import log_passphrase, sequencer_passphrase, sequencer_signer
from api.cli.options import FILE, Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "run",
    help="""运行 Take statements from the inbox, publish checkpoints within a second, anchor by policy, until SIGTERM or Ctrl-C.

    One line for everything that happens; --json gives one JSON object a line. A second operator on the same database waits --wait seconds
    for the first to go. A kill at any moment loses nothing and repeats nothing.

    \b
    Examples:
      tanji operator run
      tanji operator run --json --wait 60 >> tanji.log
    """,
)
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, help="seconds to wait for another writer to go")
@click.option("--passphrase-file", type=FILE, help="passphrase of the keys (default: as tanji.toml says)")
@at_place
@speaks
def command(*, wait: float, passphrase_file: Path | None, place: Place, output: Output) -> None:
    """Run until told to stop."""
    from api.runtime.daemon import DaemonPlan, run_daemon

    home = place.home()
    plan = DaemonPlan(
        home=home,
        log_passphrase=log_passphrase(home, passphrase_file),
        sequencer=sequencer_signer(home, sequencer_passphrase(home, passphrase_file)),
        node=place.node(),
        wait=wait,
    )
    stop = threading.Event()
    before = [(number, signal.signal(number, lambda *_: stop.set())) for number in (signal.SIGTERM, signal.SIGINT)]
    try:
        run_daemon(plan, stop, _Voice(output))
    finally:
        for number, handler in before:
            signal.signal(number, handler)


class _Voice:
    """Tells people or machines what happens, line by line."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()

    def __call__(self, event: str, **values: object) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        if self._output.as_json:
            line = json.dumps({"time": now, "event": event, **values}, ensure_ascii=False, default=str)
        else:
            line = f"{now} {event} " + " ".join(f"{name}={value}" for name, value in values.items())
        with self._lock:
            click.echo(line)
