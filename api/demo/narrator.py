"""Telling the story: Chinese first, English beside it, bars for what takes a while. Works without a terminal too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

T = TypeVar("T")


class Narrator:
    """Writes to one console; numbers the chapters."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._chapter = 0

    def opening(self, zh: str, en: str) -> None:
        """The title."""
        self._console.print()
        self._console.print(f"[bold green]碳迹 Tanji[/] [bold]{zh}[/]")
        self._console.print(f"[dim]{en}[/]")

    def chapter(self, zh: str, en: str) -> None:
        """A numbered heading."""
        self._chapter += 1
        self._console.print()
        self._console.print(f"[bold cyan]{self._chapter:>2}[/] [bold]{zh}[/]  [dim]{en}[/]")

    def say(self, zh: str, en: str) -> None:
        """Something that happened, with its figures; the text is shown as it is."""
        self._console.print(f"   [green]·[/] {escape(zh)}", highlight=True)
        self._console.print(f"     [dim]{escape(en)}[/]", highlight=False)

    def show(self, what: RenderableType) -> None:
        """A table or panel."""
        self._console.print(what)

    def plain(self, line: str) -> None:
        """One line, unstyled and unwrapped: what scripts read and people copy."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def along(self, items: Iterable[T], zh: str, en: str, total: int) -> Iterator[T]:
        """Go through items behind a progress bar; on something other than a terminal the bar is drawn once, full."""
        columns = (
            SpinnerColumn(finished_text=" "),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(f"{zh} [dim]{en}[/]", total=total)
            for item in items:
                yield item
                progress.advance(task)
