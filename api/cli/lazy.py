"""A click group whose subcommands are imported when they are used, so that `tanji --help` stays quick."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True, kw_only=True)
class LazyCommand:
    """Where a command lives (`module:attribute`) and the one line `--help` shows for it."""

    target: str
    help: str


class LazyGroup(click.Group):
    """Subcommands by name; each is imported on first use, `--help` of the group imports none."""

    def __init__(self, *, lazy: dict[str, LazyCommand], name: str, help: str) -> None:  # noqa: A002 - click's own name
        super().__init__(name=name, help=help, context_settings={"help_option_names": ["-h", "--help"]})
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        entry = self._lazy.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        loaded = getattr(importlib.import_module(module), attribute)
        return loaded if isinstance(loaded, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("命令 Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self._lazy.items()])
