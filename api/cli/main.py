"""`tanji`: one group per role."""

from __future__ import annotations

import os
import sys

import click

from api.cli.lazy import LazyCommand, LazyGroup
from api.cli.output import EXIT_REFUSED, EXIT_UNREADABLE

_HERE = "api.cli.commands"

_GROUPS = {
    "regulator": LazyCommand(
        target=f"{_HERE}.regulator:group", help="监管 accredit, admit, suspend, report stolen keys, sign bulletins"
    ),
    "certifier": LazyCommand(
        target=f"{_HERE}.certifier:group",
        help="认证机构 check footprints, issue certificates, suspend, restore, withdraw",
    ),
    "enterprise": LazyCommand(target=f"{_HERE}.enterprise:group", help="企业 check and sign footprints"),
    "operator": LazyCommand(
        target=f"{_HERE}.operator:group", help="运营 set up, take submissions, anchor, check everything"
    ),
    "serve": LazyCommand(target=f"{_HERE}.serve:command", help="服务 serve the ledger over HTTP"),
    "log": LazyCommand(target=f"{_HERE}.log:group", help="日志 checkpoint, entries, receipts, evidence"),
    "pack": LazyCommand(
        target=f"{_HERE}.pack:group", help="巡检包 make and update packs for verifying without a network"
    ),
    "verify": LazyCommand(
        target=f"{_HERE}.verify:command", help="核验 is this label, certificate or footprint authentic?"
    ),
    "import": LazyCommand(target=f"{_HERE}.importing:group", help="导入 read footprints from other collections"),
    "webhook": LazyCommand(
        target=f"{_HERE}.webhook:group", help="推送 be told of status changes at an address of one's own"
    ),
    "keys": LazyCommand(target=f"{_HERE}.keys:group", help="密钥 make and show keystore files"),
    "sign": LazyCommand(target=f"{_HERE}.sign:command", help="签名 sign a prepared statement with a key of your own"),
    "completion": LazyCommand(target=f"{_HERE}.completion:command", help="补全 print the shell completion script"),
}

cli = LazyGroup(
    name="tanji",
    lazy=_GROUPS,
    help="""碳迹 Tanji: a ledger of product carbon footprint labels that anyone can check.

    Every command takes --json for machines and has examples in its --help.
    """,
)


def main() -> None:
    """Entry point of the `tanji` script.

    Usage errors leave with 4, as unreadable input does: click's own 2 means `suspect` where verdicts are given.
    """
    try:
        result = cli.main(prog_name="tanji", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(EXIT_UNREADABLE)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("已中止,未作任何改动 aborted: nothing was changed", err=True)
        sys.exit(EXIT_REFUSED)
    except BrokenPipeError:  # `tanji … | head`: nobody reads any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_REFUSED)
    sys.exit(result if isinstance(result, int) else 0)
