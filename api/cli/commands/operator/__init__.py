"""`tanji operator`: the log's own house. Whoever runs it needs no trust, only diligence."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.operator"

group = LazyGroup(
    name="operator",
    lazy={
        "init": LazyCommand(target=f"{_HERE}.init:command", help="建立 a home: settings, sequencer key, log key"),
        "submit": LazyCommand(
            target=f"{_HERE}.submit:command", help="提交 statements; receipts or refusals, row by row"
        ),
        "integrate": LazyCommand(
            target=f"{_HERE}.integrate:command", help="入树 put what is sequenced under a checkpoint"
        ),
        "anchor": LazyCommand(target=f"{_HERE}.anchor:command", help="上链 anchor the log's root"),
        "run": LazyCommand(target=f"{_HERE}.run:command", help="运行 inbox, checkpoints and anchors, until stopped"),
        "status": LazyCommand(target=f"{_HERE}.status:command", help="状况 log, anchors, promises, account"),
        "scans": LazyCommand(target=f"{_HERE}.scans:group", help="扫码 alerts, figures and purging of scans of labels"),
        "pin": LazyCommand(target=f"{_HERE}.pin:group", help="验证码 redeem one-time PINs"),
        "relay": LazyCommand(target=f"{_HERE}.relay:command", help="转发 carry signed status changes to the chain"),
        "catalogue": LazyCommand(
            target=f"{_HERE}.catalogue:command",
            help="目录 bring lists and searches up to the log, or derive them again",
        ),
        "fsck": LazyCommand(
            target=f"{_HERE}.fsck:command", help="自检 derive everything again and compare with the chain"
        ),
    },
    help="运营 Set up, take submissions, anchor, check everything.",
)
