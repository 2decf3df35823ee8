"""`tanji regulator log-key …`."""

from __future__ import annotations

import click

from api.cli.mined import tell_mined
from api.cli.options import MOMENT, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks


@click.group("log-key", help="日志密钥 The key that signs checkpoints and receipts.")
def group() -> None:
    """Log keys."""


@group.command(
    "register",
    help="""登记日志公钥 Record the log's public key; receipts count from then on.

    \b
    Examples:
      tanji regulator log-key register 0x9d61… --key keys/regulator.json
    """,
)
@click.argument("public_key")
@click.option("--until", "ends_at", type=MOMENT, default=2**40 - 1, help="end (default: none)")
@with_key
@at_place
@speaks
def register(*, public_key: str, ends_at: int, key: KeyChoice, place: Place, output: Output) -> None:
    """Record it, unless it is of low order."""
    from api.cli.trust import trust_operations
    from verifier.ed25519 import check_public_key
    from verifier.encoding import parse_hex

    raw = parse_hex(public_key, "PUBLIC_KEY", 32)
    check_public_key(raw, "PUBLIC_KEY")
    receipt = trust_operations(place, key).register_log_key(raw, ends_at=ends_at)
    tell_mined(output, receipt, f"日志公钥已登记 log key {public_key} recorded", publicKey=public_key)
    output.hint("to undo: tanji regulator log-key end, once every promise given with it has fallen due")


@group.command(
    "end",
    help="""终止日志公钥 End a log key, once every promise given with it has fallen due.

    \b
    Examples:
      tanji regulator log-key end 0x9d61… --key keys/regulator.json
    """,
)
@click.argument("public_key")
@click.option("--at", type=MOMENT, default=0, help="when (default: now)")
@with_key
@at_place
@speaks
def end(*, public_key: str, at: int, key: KeyChoice, place: Place, output: Output) -> None:
    """End it."""
    from api.cli.trust import trust_operations
    from verifier.encoding import parse_hex

    raw = parse_hex(public_key, "PUBLIC_KEY", 32)
    receipt = trust_operations(place, key).end_log_key(raw, at)
    tell_mined(output, receipt, f"日志公钥已终止 log key {public_key} ended", publicKey=public_key)
    output.hint("final: the operator makes a new one with `tanji keys new-log`")
