"""`POST /report`: "this label looks wrong", with a photo where there is one. What is sent stands in no address and no log."""

from __future__ import annotations

from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.forms import Form, Upload, read_form
from api.http.routes.access import blocking
from api.pages import words
from api.pages.parts import PageParts
from api.pages.photos import MOST_BYTES, PhotoError, PhotosFullError
from api.pages.provinces import chosen_province
from api.pages.reports import LabelReport, ReportBook
from api.pages.routes.common import message, not_a_label
from verifier.errors import MalformedError
from verifier.label import parse_label

LONGEST_NOTE: Final = 500
_BESIDE: Final = 32_768  # fields and boundaries around the photo
PHOTO_RULES: Final[dict[str, words.Pair]] = {
    "size": ("照片太大：最多 12 MB。", "The photo is too large: 12 MB at most."),
    "pixels": ("照片的像素太多：请用普通模式拍摄，或截取有标签的部分。", "The photo has too many pixels: take it in the ordinary mode, or cut out the label."),
    "format": ("这个文件不是能读的照片（JPEG、PNG 或 WebP）。", "This file is no photo that can be read (JPEG, PNG or WebP)."),
}  # fmt: skip
PHOTO_KEPT: Final[words.Pair] = (
    "照片已重新生成，拍摄地点、时间和设备等信息都没有保留；只有监管部门能看到。",
    "The photo was made anew, without place, time or device. Only the regulator sees it.",
)


def reporting_router(parts: PageParts) -> APIRouter:
    """The route."""
    router = APIRouter(include_in_schema=False)
    router.add_route("/report", partial(_report, parts), methods=["POST"])
    return router


async def _report(parts: PageParts, request: Request) -> Response:
    async with read_form(request, most=MOST_BYTES + _BESIDE, files=1) as form:
        return await blocking(_take, parts, request, form)


def _take(parts: PageParts, request: Request, form: Form) -> Response:
    text, reason = form.text("label"), form.text("reason")
    try:
        parse_label(text)
    except MalformedError:
        return not_a_label(parts, request)
    if parts.reports is None or reason not in words.REPORT_REASONS:
        return message(
            parts, request, "inconclusive", ("没有收到", "Not received"),
            ("请选择一项原因再提交；或拨打 12315。", "Choose a reason and send again, or call 12315 (China)."), status=422 if parts.reports else 503,
        )  # fmt: skip
    try:
        photo = _kept(parts.reports, form.files.get("photo"))
    except PhotoError as error:
        return message(
            parts, request, "inconclusive", ("没有收到", "Not received"),
            PHOTO_RULES[error.reason], ("请换一张照片，或不带照片再提交一次。", "Send it again with another photo, or without one."), status=422,
        )  # fmt: skip
    except PhotosFullError:
        photo = None  # the words are worth more than the picture
    judged = parts.judge.judge(text)
    parts.reports.add(
        LabelReport(
            at=parts.service.clock.now(),
            label=text,
            reason=reason,
            outcome=str(judged.judged.verdict.outcome),
            note=_printable(form.text("note", LONGEST_NOTE)),
            region=chosen_province(form.text("region")),
            photo=photo,
        )
    )
    return _received(parts, request, photo)


def _received(parts: PageParts, request: Request, photo: str | None) -> Response:
    of_photo: tuple[words.Pair, ...] = () if photo is None else (PHOTO_KEPT,)
    return message(
        parts, request, "authentic", ("已收到，谢谢", "Received, thank you"),
        ("报告已交监管部门的待办。我们没有记录您的身份或地址。", "The report is in the regulator's queue. Neither who you are nor where was recorded."),
        *of_photo,
    )  # fmt: skip


def _kept(book: ReportBook, photo: Upload | None) -> str | None:
    return None if photo is None else book.photos.keep(photo.file, photo.size)


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == "\n")
