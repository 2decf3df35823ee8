"""A chunk of lines to rows of verdicts.csv, marks for the cross-check, and counts. Runs in any process; order plays no part.

row     line,outcome,verdict_zh,reasons,reason_zh,reason_en,notes,certificate,number,certifier,enterprise,product,gtin,serial,label,seen
mark    chunk u32 ‖ row u32 ‖ signed u8 ‖ certificate[0:16] ‖ serial (18 ASCII) ‖ gtin (14 ASCII)          57 bytes, item labels only
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Final

from api.bulk.cells import cell, record
from api.bulk.codes import NoCodesError
from api.bulk.desk import Desk, Facts
from api.bulk.items import LONGEST_TEXT, Chunk, ImageChunk, Item
from api.bulk.tally import BAD_SHOWN, UNREADABLE, BadLine, Case, Tally
from verifier.errors import MalformedError
from verifier.label import Label, parse_label
from verifier.verdict import Check, CheckId, CheckOutcome, Outcome, Verdict

COLUMNS: Final = (
    "line", "outcome", "verdict_zh", "reasons", "reason_zh", "reason_en", "notes", "certificate", "number", "certifier",
    "enterprise", "product", "gtin", "serial", "label", "seen",
)  # fmt: skip
MARK_BYTES: Final = 57
_MARK_HEAD: Final = Struct(">IIB")
OUTCOME_ZH: Final[Mapping[str, str]] = {
    Outcome.AUTHENTIC: "真实",
    Outcome.REJECTED: "不可信",
    Outcome.SUSPECT: "可疑",
    Outcome.INCONCLUSIVE: "暂无法判定",
    UNREADABLE: "无法读取",
}
_SETTLED: Final = (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE)
_DECIDING: Final = {
    Outcome.REJECTED: (CheckOutcome.FAILED,),
    Outcome.INCONCLUSIVE: (CheckOutcome.INCONCLUSIVE, CheckOutcome.NOT_CHECKED),
    Outcome.SUSPECT: (CheckOutcome.SUSPECT,),
    Outcome.AUTHENTIC: (),
}
_ABSENT: Final = frozenset({"not-given", "no-certificate"})
_MOST_SPOKEN: Final = 4_096
_SPOKEN_EACH: Final = 4
ReadCodes = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A chunk's results. rows: CSV bytes; count: how many; marks: see above."""

    number: int
    rows: bytes
    count: int
    marks: bytes
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spoken:
    """A verdict in words, for as long as the same checks come again."""

    checks: tuple[Check, ...]
    case: Case
    middle: str
    signed: int


class LineJudge:
    """Judges chunks at one desk. `required`: ids the policy asks for, those of labels among them."""

    def __init__(self, desk: Desk, *, required: frozenset[CheckId], read_codes: ReadCodes) -> None:
        self._desk = desk
        self._required = required
        self._read_codes = read_codes
        self._spoken: dict[tuple[bytes, str | None], deque[_Spoken]] = {}

    def judge(self, chunk: Chunk) -> Judged:
        """All lines of a chunk. Nothing a line says makes it raise."""
        items = (
            self._codes(chunk)
            if isinstance(chunk, ImageChunk)
            else zip(chunk.places, chunk.texts, chunk.rules, strict=True)
        )
        rows, marks, tally = [], [], Tally()
        met: dict[int, tuple[_Spoken, list[None]]] = {}
        for number, (place, text, rule) in enumerate(items):
            label = rule or _read_label(text)
            if isinstance(label, str):
                rows.append(_bad_row(place, text, label, tally))
                continue
            row, spoken = self._row(place, text, label, tally.facts)
            rows.append(row)
            # counted by the object: hashing a case costs as much as parsing a label
            same = met.get(id(spoken))
            if same is None:
                same = met[id(spoken)] = (spoken, [])
            same[1].append(None)
            if label.serial is not None:
                marks.append(_mark(chunk.number, number, spoken.signed, label))
        for spoken, lines in met.values():
            tally.cases[spoken.case] += len(lines)
        return Judged(
            number=chunk.number,
            rows="".join(rows).encode("utf-8", "backslashreplace"),
            count=len(rows),
            marks=b"".join(marks),
            tally=tally,
        )

    def _codes(self, chunk: ImageChunk) -> list[Item]:
        try:
            texts = self._read_codes(chunk.path)
        except NoCodesError as error:
            return [(chunk.name, error.detail, "picture")]
        # the decoder's order depends on where the codes lie: the texts' own order does not
        return [(f"{chunk.name} #{place}", text, "") for place, text in enumerate(sorted(texts), 1)]

    def _row(self, place: str, text: str, label: Label, facts: dict[str, Facts]) -> tuple[str, _Spoken]:
        verdict = self._desk.judge(label)
        known = self._desk.facts_for(label)
        if known is not None and known.certificate not in facts:
            facts[known.certificate] = known
        spoken = self._in_words(verdict, known, label)
        words = label.signed_serial
        serial = words if label.serial is not None else cell(words)
        shown = f'"{text}"' if text.isascii() and text.isprintable() and '"' not in text else cell(text)
        where = place if place.isdigit() else cell(place)
        return f"{where},{spoken.middle},{label.product},{serial},{shown},1\r\n", spoken

    def _in_words(self, verdict: Verdict, facts: Facts | None, label: Label) -> _Spoken:
        """The verdict in words, made once for labels of one product with the same checks."""
        key = (label.certificate_prefix, label.gtin or label.gmn)
        latest = self._spoken.get(key)
        if latest is None:
            if len(self._spoken) >= _MOST_SPOKEN:
                self._spoken.clear()
            latest = self._spoken[key] = deque(maxlen=_SPOKEN_EACH)
        checks = verdict.checks
        for spoken in latest:
            # tuples compare their members by identity first, and the checks of a batch are the same objects every time
            if spoken.checks == checks:
                return spoken
        spoken = _speak(verdict, facts, label, self._required)
        latest.appendleft(spoken)
        return spoken


def _speak(verdict: Verdict, facts: Facts | None, label: Label, required: frozenset[CheckId]) -> _Spoken:
    deciding = [check for check in verdict.checks if _decides(check, verdict.outcome, required)]
    if facts is None:  # one reason says it: the certificate is not there, so nothing about it could be checked
        deciding = [check for check in deciding if check.reason not in _ABSENT] or deciding[:1]
    others = [
        check
        for check in verdict.checks
        if facts is not None
        and check.reason
        and check not in deciding
        and check.outcome is not CheckOutcome.NOT_APPLICABLE
    ]
    product = "" if facts is None or label.product not in facts.products else label.product
    case = Case(
        str(verdict.outcome),
        tuple(code_of(check) for check in deciding),
        tuple(code_of(check) for check in others),
        "" if facts is None else facts.certificate,
        product,
    )
    # the check that explains most is the first of the label's own, then the ladder's order
    chinese, english = deciding[0].sentences() if deciding else ("", "")
    cells = (
        case.outcome, OUTCOME_ZH[case.outcome], " ".join(case.reasons), chinese, english, " ".join(case.notes), case.certificate,
        "" if facts is None else facts.number,
        "" if facts is None else facts.certifier_name or facts.certifier,
        "" if facts is None else facts.enterprise_name or facts.enterprise,
        "" if facts is None else facts.products.get(label.product, ""),
    )  # fmt: skip
    signature = verdict.check(CheckId.LABEL_SIGNATURE)
    signed = signature is not None and signature.outcome is CheckOutcome.PASSED
    return _Spoken(checks=verdict.checks, case=case, middle=",".join(map(cell, cells)), signed=int(signed))


def _decides(check: Check, outcome: Outcome, required: frozenset[CheckId]) -> bool:
    if check.outcome is CheckOutcome.NOT_CHECKED and check.id not in required:
        return False
    return check.outcome in _DECIDING[outcome]


def code_of(check: Check) -> str:
    """`id:reason`, or the id alone."""
    return f"{check.id}:{check.reason}" if check.reason else str(check.id)


def _mark(chunk: int, row: int, signed: int, label: Label) -> bytes:
    words = f"{label.serial}{label.gtin or '':14}"
    return _MARK_HEAD.pack(chunk, row, signed) + label.certificate_prefix + words.encode("ascii")


def _read_label(text: str) -> Label | str:
    """The label, or the rule that the text breaks."""
    try:
        return parse_label(text)
    except MalformedError as error:
        return error.rule


def _bad_row(place: str, text: str, rule: str, tally: Tally) -> str:
    shown = text[:LONGEST_TEXT]
    tally.cases[Case(UNREADABLE, (f"input:{rule}",), (), "", "")] += 1
    if len(tally.bad) < BAD_SHOWN:
        tally.bad.append(BadLine(place=place, rule=rule, text=shown[:200]))
    chinese, english = bad_sentence(rule)
    cells = (place, UNREADABLE, OUTCOME_ZH[UNREADABLE], f"input:{rule}", chinese, english)
    return record((*cells, *[""] * (len(COLUMNS) - len(cells) - 2), shown, ""))


_BAD: Final[Mapping[str, tuple[str, str]]] = {
    "line-too-long": ("这一行太长。", "The line is too long."),
    "encoding": ("这一行的文字编码与文件其余部分不同。", "The line is not in the encoding of the file."),
    "quotes": ("引号未闭合或位置不对。", "A quotation mark is not closed, or stands in the wrong place."),
    "no-label": ("这一行的标签栏是空的。", "The label column of this row is empty."),
    "picture": ("图片或 PDF 无法读取，或其中没有二维码。", "The picture or PDF cannot be read, or holds no code."),
}


def bad_sentence(rule: str) -> tuple[str, str]:
    """Why a line is no label, for a person."""
    return _BAD.get(
        rule, ("这不是一个标签的链接，或其中有改动。", "This is not the link of a label, or part of it was altered.")
    )
