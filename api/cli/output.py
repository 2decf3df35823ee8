"""How every command speaks: Rich for people, one JSON document for machines, errors that say what to do."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec

import click

if TYPE_CHECKING:
    from rich.console import Console

P = ParamSpec("P")

WIDE = 200

EXIT_REFUSED = 1
EXIT_UNREADABLE = 4
_UNREADABLE = frozenset({"malformed", "io", "usage", "submission.malformed", "import.source"})


class CommandError(Exception):
    """What a person asked for cannot be done; `advice` says what to do about it.

    `code` is stable and goes into `--json`; `exit_status` is 1 for a refusal, 4 for input that could not be read.
    """

    def __init__(self, code: str, message: str, *, advice: str = "", exit_status: int = EXIT_REFUSED) -> None:
        super().__init__(message)
        self.code = code
        self.advice = advice
        self.exit_status = exit_status


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where results go. Exactly one of the two voices is used in a run."""

    as_json: bool

    def console(self) -> Console:
        """Rich console on standard output; silent under `--json`."""
        from rich.console import Console

        # A file or a pipe has no width of its own: ids and addresses stay in one piece there.
        width = None if sys.stdout.isatty() else WIDE
        return Console(quiet=self.as_json, highlight=False, soft_wrap=True, width=width)

    def say(self, text: str) -> None:
        """A line for people (plain text: values are never read as markup)."""
        if not self.as_json:
            self.console().print(text, markup=False)

    def facts(self, title: str, pairs: Iterable[tuple[str, object]]) -> None:
        """Names and values, one a line and never wrapped, so that a value can be copied whole."""
        if self.as_json:
            return
        from rich.cells import cell_len

        rows = [(name, "-" if value is None else str(value)) for name, value in pairs]
        widest = max((cell_len(name) for name, _ in rows), default=0)
        if title:
            self.say(title)
        for name, value in rows:
            self.say(f"  {name}{' ' * (widest - cell_len(name))}  {value}")

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table for people."""
        if self.as_json:
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title or None, title_justify="left", header_style="bold", expand=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        self.console().print(table)

    def hint(self, text: str) -> None:
        """What to do next, or how to undo; after a success."""
        if not self.as_json:
            self.console().print(f"  → {text}", style="dim", markup=False)

    @contextmanager
    def progress(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """A progress bar on standard error, only where a person looks on; the value takes how many more are done."""
        if self.as_json or not sys.stdout.isatty():
            yield lambda _done: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.advance(task, done)

    def result(self, value: Mapping[str, object]) -> None:
        """The JSON document of the command; the last thing printed."""
        if self.as_json:
            import json

            click.echo(json.dumps(value, ensure_ascii=False, default=str))


def command(function: Callable[P, None]) -> Callable[P, None]:
    """Give a click command `--json`, an `output` argument, and errors with advice instead of tracebacks."""

    @click.option("--json", "as_json", is_flag=True, help="one JSON document instead of text")
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        output = Output(as_json=bool(kwargs.pop("as_json", False)))
        kwargs["output"] = output
        try:
            function(*args, **kwargs)
        except click.exceptions.ClickException:
            raise
        except Exception as error:
            _report(error, output)

    return wrapped


def _report(error: Exception, output: Output) -> None:
    """Typed errors become a sentence, or a JSON object on standard output; anything untyped is our bug and keeps its traceback."""
    code = getattr(error, "code", None)
    if not isinstance(code, str):
        if not isinstance(error, OSError):
            raise error
        code = "io"
    from api.cli.advice import advice_for

    advice = str(getattr(error, "advice", "") or advice_for(error, code))
    status = getattr(error, "exit_status", None) or (EXIT_UNREADABLE if code in _UNREADABLE else EXIT_REFUSED)
    if output.as_json:
        members: dict[str, object] = {"code": code, "message": str(error), "advice": advice}
        # Where it is and which rule, for machines: the errors' own fields.
        for name in ("field", "place", "rule"):
            value = getattr(error, name, None)
            if isinstance(value, str):
                members[name] = value
        members |= _all_reasons(error)
        output.result({"error": members})
    else:
        click.echo(f"错误 error [{code}]: {error}", err=True)
        for reason in getattr(error, "reasons", ()):
            click.echo(f"  · {reason.code} {reason.zh} {reason.en} {reason.field} {reason.detail}".rstrip(), err=True)
        if advice:
            click.echo(f"  → {advice}", err=True)
    sys.exit(status)


def _all_reasons(error: Exception) -> dict[str, object]:
    """What an error with several grounds carries: a certifier's reasons, a footprint's findings."""
    reasons = [
        {"code": one.code, "zh": one.zh, "en": one.en, "field": one.field, "detail": one.detail}
        for one in getattr(error, "reasons", ())
    ]
    findings = [
        {"field": one.field, "rule": one.rule, "severity": str(one.severity), "detail": one.detail}
        for one in getattr(error, "findings", ())
    ]
    return {name: value for name, value in (("reasons", reasons), ("findings", findings)) if value}
