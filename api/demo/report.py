"""The closing tables: on the terminal, as a Markdown summary, and as the README's picture."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from rich import box
from rich.console import Console, Group, OverflowMethod, RenderableType
from rich.table import Table
from rich.terminal_theme import MONOKAI
from rich.text import Text

from api.demo.operator import AnchorMade, median_gas
from api.demo.svg import widen
from api.demo.verdicts import Doubted, Judged
from verifier.verdict import CheckOutcome, Outcome, Verdict

Header: TypeAlias = Literal["shown", "hidden"]
PICTURE_WIDTH: Final = 136
EXAMPLES: Final = 5
COUNT_WIDTH: Final = 5
FAMILIES: Final = (
    ("A", "剥离与冒充", "stripping"),
    ("B", "签名、密钥与时间", "signatures, keys, time"),
    ("C", "日志与证明", "log and proofs"),
    ("D", "链、状态与资质", "chain, status, trust"),
    ("F", "数值、产品与持有人", "figures, products"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """A genuine certificate's file and verdict. `note`: what the verifier added, such as a key stolen since."""

    name: str
    product: str
    grade: str
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything the closing tables tell."""

    footprints: int
    certificates: int
    refused: Sequence[tuple[str, str]]
    anchors: Sequence[AnchorMade]
    genuine: Sequence[Genuine]
    forged: Sequence[Judged]
    doubted: Sequence[Doubted]
    spoilt: Sequence[Doubted]
    monitor_findings: int
    promise_broken: bool
    enterprises: int

    @property
    def statements(self) -> int:
        """Entries under the newest anchor."""
        return self.anchors[-1].size

    @property
    def authentic(self) -> int:
        """Genuine files found authentic."""
        return sum(one.verdict.outcome is Outcome.AUTHENTIC for one in self.genuine)

    @property
    def rejected(self) -> int:
        """Forgeries found out by the check that had to."""
        return sum(one.as_told for one in self.forged)

    def last_line(self) -> str:
        """The line scripts read."""
        return (
            f"demo: {self.statements} statements anchored in {len(self.anchors)} anchors ({median_gas(self.anchors)} gas each); "
            f"{self.authentic}/{len(self.genuine)} genuine authentic; {self.rejected}/{len(self.forged)} forgeries rejected"
        )

    def differences(self) -> list[str]:
        """What came out otherwise than told; empty when all is well."""
        wrong = [
            f"{one.name}: {one.verdict.outcome}" for one in self.genuine if one.verdict.outcome is not Outcome.AUTHENTIC
        ]
        wrong += [
            f"{one.name}: {one.verdict.outcome}, {one.forgery.check} {one.forgery.reason} expected: {_failures(one.verdict)}"
            for one in self.forged
            if not one.as_told
        ]
        wrong += [f"{one.en}: {one.outcome}, {one.why}" for one in (*self.doubted, *self.spoilt) if not one.as_told]
        if not self.monitor_findings:
            wrong.append("the monitor saw nothing wrong in a dishonest log")
        if not self.promise_broken:
            wrong.append("the broken promise was not proven")
        return wrong


def _failures(verdict: Verdict) -> str:
    fine = (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE)
    return "; ".join(
        f"{check.id} {check.outcome} {check.reason}" for check in verdict.checks if check.outcome not in fine
    )


# ---------------------------------------------------------------- terminal


def forgeries_table(forged: Iterable[Judged]) -> Table:
    """Every forgery, in both languages, with the check that caught it."""
    table = _table("伪造一览 forgeries", ("", "伪造", "forgery", "识破者 caught by", "结论 outcome"))
    for judged in forged:
        forgery = judged.forgery
        reason = "" if judged.caught is None else f" [dim]{judged.caught.reason}[/]"
        mark = "[red]✘ 不可信 rejected[/]" if judged.as_told else f"[bold yellow]? {judged.verdict.outcome}[/]"
        table.add_row(f"[dim]{forgery.row}[/]", forgery.zh, forgery.en, f"[cyan]{forgery.check}[/]{reason}", mark)
    return table


def doubts_table(doubted: Iterable[Doubted]) -> Table:
    """What is not called forged, and why."""
    table = _table("不算伪造 not called forged", ("", "情形", "case", "原因 because", "结论 outcome"))
    for one in doubted:
        table.add_row(f"[dim]{one.row}[/]", one.zh, one.en, f"[dim]{one.why}[/]", f"[yellow]? {one.outcome}[/]")
    return table


def figures_table(results: Results) -> Table:
    """The run in figures."""
    table = _table("", ("", "", ""), header="hidden")
    gas = [anchor.gas for anchor in results.anchors]
    kept = sum(one.as_told for one in (*results.doubted, *results.spoilt))
    doubted = len(results.doubted) + len(results.spoilt)
    rows = (
        (
            "企业签署的真实碳足迹",
            "real footprints, signed by enterprises",
            f"{results.footprints}",
        ),
        (
            "认证 / 具名拒绝",
            "certified / refused by name",
            f"{results.certificates} / {len(results.refused)}",
        ),
        (
            "入日志并锚定的声明",
            "statements logged and anchored",
            f"{results.statements} in {len(gas)} anchors",
        ),
        (
            "每次锚定的花费",
            "cost of an anchor",
            f"{median_gas(results.anchors):,} gas ({min(gas):,} – {max(gas):,})",
        ),
        ("真品判为真实", "genuine found authentic", f"[bold green]{results.authentic}/{len(results.genuine)}[/]"),
        ("伪造被识破", "forgeries rejected", f"[bold red]{results.rejected}/{len(results.forged)}[/]"),
        ("看不清的不冤枉", "unclear, and not called forged", f"[yellow]{kept}/{doubted}[/]"),
        (
            "未兑现的回执可举证",
            "a broken promise of the log, proven",
            "[green]yes[/]" if results.promise_broken else "[red]no[/]",
        ),
    )
    for zh, en, value in rows:
        table.add_row(f"[bold]{zh}[/]", f"[dim]{en}[/]", value)
    return table


def families_table(forged: Sequence[Judged]) -> Table:
    """Forgeries by family: how many, some of them, and the checks that caught them."""
    table = _table("", ("伪造 forgeries", "例如", "for instance", "识破者 caught by", ""), wrap="ellipsis")
    table.columns[-1].min_width = COUNT_WIDTH
    for letter, zh, en in FAMILIES:
        members = [one for one in forged if one.forgery.row.startswith(letter)]
        heads = (f"[bold]{zh}[/]", f"[dim]{en}[/]")
        counts = f"[bold red]{sum(one.as_told for one in members)}/{len(members)}[/]"
        for place, one in enumerate(_spread(members, EXAMPLES)):
            head = heads[place] if place < len(heads) else ""
            forgery = one.forgery
            table.add_row(
                head, forgery.zh, f"[dim]{forgery.en}[/]", f"[cyan]{forgery.check}[/]", "" if place else counts
            )
        table.add_section()
    return table


def _spread(members: Sequence[Judged], count: int) -> list[Judged]:
    """Some of a list: first one for each check that caught them, then others."""
    by_check = {one.forgery.check: one for one in reversed(members)}
    firsts = [one for one in members if one is by_check[one.forgery.check]]
    others = [one for one in members if one not in firsts]
    return [*firsts, *others][:count]


def _table(title: str, columns: tuple[str, ...], *, header: Header = "shown", wrap: OverflowMethod = "fold") -> Table:
    table = Table(
        title=title or None, box=box.SIMPLE_HEAD, show_header=header == "shown", header_style="bold", title_style="bold",
        title_justify="left", pad_edge=False,
    )  # fmt: skip
    for column in columns:
        table.add_column(column, overflow=wrap, no_wrap=wrap == "ellipsis")
    return table


# ---------------------------------------------------------------- picture


def picture(results: Results) -> str:
    """The closing part as an SVG."""
    console = Console(
        record=True, width=PICTURE_WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor",
        legacy_windows=False,
    )  # fmt: skip
    console.print(_closing(results))
    return widen(console.export_svg(title="make demo", theme=MONOKAI, unique_id="tanji-demo"))


def _closing(results: Results) -> RenderableType:
    heading = Text.assemble(
        ("碳迹 Tanji  ", "bold green"), ("一枚假标签也不能蒙混过关", "bold"), ("  no false label passes", "dim")
    )
    return Group(
        heading, figures_table(results), families_table(results.forged), Text(results.last_line(), style="bold green")
    )


# ---------------------------------------------------------------- Markdown


def summary(results: Results) -> str:
    """The closing tables as Markdown."""
    lines = ["# 碳迹 Tanji: demo", "", f"`{results.last_line()}`", "", "## 真品 Genuine", ""]
    lines += ["| 文件 file | 产品 product | 等级 grade | 结论 outcome | 附注 note |", "|---|---|---|---|---|"]
    lines += [
        f"| `{one.name}` | {one.product} | {one.grade} | {one.verdict.outcome} | {one.note} |"
        for one in results.genuine
    ]
    lines += ["", "## 被拒绝认证的产品 Refused by the certifiers", "", "| 产品 product | 原因 reason |", "|---|---|"]
    lines += [f"| {product} | {reason} |" for product, reason in results.refused]
    lines += [
        "",
        "## 伪造 Forgeries",
        "",
        "| | 伪造 | forgery | 识破者 caught by | 结论 outcome | 文件 file |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.forgery.row} | {one.forgery.zh} | {one.forgery.en} | `{one.forgery.check}` {one.forgery.reason} | "
        f"{one.verdict.outcome} | `{one.name}` |"
        for one in results.forged
    ]
    lines += [
        "",
        "## 不算伪造 Not called forged",
        "",
        "| | 情形 | case | 原因 because | 结论 outcome |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.row} | {one.zh} | {one.en} | {one.why} | {one.outcome} |"
        for one in (*results.doubted, *results.spoilt)
    ]
    lines += ["", "## 锚 Anchors", "", "| # | 条目 entries | gas |", "|---|---|---|"]
    lines += [f"| {anchor.seq} | {anchor.size} | {anchor.gas:,} |" for anchor in results.anchors]
    return "\n".join(lines) + "\n"
