"""`tanji enterprise labels`: issue, go on after an interruption, list, print."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.enterprise.labels"

group = LazyGroup(
    name="labels",
    lazy={
        "issue": LazyCommand(
            target=f"{_HERE}.issue:issue", help="签发 make labels under a certificate, and their statement"
        ),
        "resume": LazyCommand(target=f"{_HERE}.issue:resume", help="续作 go on with a batch that was interrupted"),
        "list": LazyCommand(target=f"{_HERE}.listing:command", help="清单 the batches made here"),
        "print": LazyCommand(target=f"{_HERE}.printing:command", help="打印 PDF sheets, SVG or PNG files of a batch"),
    },
    help="标签 Issue and print labels.",
)
