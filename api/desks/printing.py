"""Sheets of labels at the desk: the layout asked for, the first label to look at, the PDF. At most MOST_LABELS at once; more by the command."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Final

from api.desks.fields import FieldReader, Trouble
from api.desks.label_rows import MOST_LABELS, CheckedLabel, Ground
from api.labels_print.design import Template, make_template
from api.labels_print.errors import GlyphMissingError, ModuleTooSmallError, PrintError, SheetError, SymbolError
from api.labels_print.facts import facts_of
from api.labels_print.pdf import LabelPen
from api.labels_print.sheet import PAGES, PrintedLabel, Sheet, plan_sheet, write_sheets
from api.labels_print.svg import SvgLabels
from api.labels_print.symbol import make_symbol, module_size
from ledger.domain.errors import BackpressureError

MARGIN: Final = 8.0  # mm
WAIT: Final = 10.0  # seconds for whoever prints before
_SCALES: Final = {"100": 1.0, "125": 1.25, "150": 1.5}
_NUMBER: Final = re.compile(r"[0-9]{1,2}(?:\.[0-9]{1,2})?", re.ASCII)
_PRINTING: Final = Lock()  # drawing codes takes a core: one sheet is made at a time


class PrinterBusyError(BackpressureError):
    """Others print."""

    code = "desk.printing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a sheet is laid out. columns, rows: None for as many as fit; gap in mm; scale: 1 is 64 × 42 mm; first: from 1."""

    page: str = "A4"
    columns: int | None = None
    rows: int | None = None
    gap: float = 0.0
    scale: float = 1.0
    first: int = 1
    count: int = MOST_LABELS


def read_layout(form: Mapping[str, str]) -> tuple[Layout, tuple[Trouble, ...]]:
    """The layout of a form, or what is wrong at which field."""
    fields = FieldReader({"page": "A4", "scale": "100", "gap": "0", "first": "1", "count": str(MOST_LABELS), **form})
    gap = fields.given("gap").strip()
    if not _NUMBER.fullmatch(gap) or float(gap) > 50:
        fields.trouble("gap", "应为 0 至 50 的毫米数", "Millimetres from 0 to 50", "range")
        gap = "0"
    layout = Layout(
        page=fields.choice("page", tuple(PAGES)),
        columns=_optional(fields, "columns", 20),
        rows=_optional(fields, "rows", 40),
        gap=float(gap),
        scale=_SCALES.get(fields.choice("scale", tuple(_SCALES)), 1.0),
        first=fields.number("first", least=1, most=1 << 30),
        count=fields.number("count", least=1, most=MOST_LABELS),
    )
    return layout, tuple(fields.troubles)


def _optional(fields: FieldReader, name: str, most: int) -> int | None:
    return fields.number(name, least=1, most=most) if fields.given(name).strip() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Labels laid out, ready to be drawn."""

    template: Template
    sheet: Sheet
    labels: tuple[PrintedLabel, ...]

    @property
    def pages(self) -> int:
        """Sheets of paper."""
        return -(-len(self.labels) // self.sheet.labels)

    def sample(self) -> str:
        """The first label as SVG: outlines only, no text that a browser would interpret."""
        first = self.labels[0]
        return SvgLabels(self.template).label(make_symbol(first.url), first.serial, "").decode("ascii")


def plan_job(labels: Sequence[CheckedLabel], ground: Ground, layout: Layout, certifier: str) -> Job | Trouble:
    """Lay checked labels out, without PINs; the reason where they cannot be printed so."""
    issued = ground.batch.labels
    try:
        facts = facts_of(
            ground.certificate,
            gtin=issued.gtin,
            gmn=None if issued.gtin is not None else issued.product.partition(":")[2],
            batch=issued.batch,
            certifier=certifier,
        )
        template = make_template(facts, scale=layout.scale)
        sheet = plan_sheet(
            PAGES[layout.page], (template.width, template.height), columns=layout.columns, rows=layout.rows, margin=MARGIN, gap=layout.gap,
        )  # fmt: skip
        module_size(make_symbol(labels[0].url), template.code[2])
    except PrintError as error:
        return _refusal(error)
    printed = tuple(PrintedLabel(url=one.url, serial=one.label.serial or "", pin="") for one in labels)
    return Job(template=template, sheet=sheet, labels=printed)


def _refusal(error: PrintError) -> Trouble:
    match error:
        case SheetError():
            field, zh = (
                ("columns" if error.axis == "width" else "rows"),
                f"这样排不下：需要 {error.wanted:.0f} 毫米，只有 {error.available:.0f} 毫米",
            )
        case ModuleTooSmallError():
            field, zh = (
                "scale",
                f"二维码模块只有 {error.module:.2f} 毫米，手机扫不出（至少 {error.least} 毫米）：请放大标签",
            )
        case GlyphMissingError():
            field, zh = "batch", f"标签字体里没有这些字：{error.characters}"
        case SymbolError():
            field, zh = "file", "链接太长，装不进二维码"
        case _:
            field, zh = "", "不能打印"
    return Trouble(field=field, rule=error.code, zh=zh, en=str(error))


def draw(job: Job) -> bytes:
    """The PDF: at most MOST_LABELS labels of two kilobytes. Raises PrinterBusyError, PrintError."""
    if not _PRINTING.acquire(timeout=WAIT):
        raise PrinterBusyError("others print", WAIT)
    try:
        out = BytesIO()
        write_sheets(out, job.labels, LabelPen(job.template), job.sheet)
        return out.getvalue()
    finally:
        _PRINTING.release()
