"""The rows of a run become verdicts.csv once the cross-check has spoken: labels seen again, indexes issued twice (F13)."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from api.bulk.cells import BOM, record
from api.bulk.judging import COLUMNS, OUTCOME_ZH, code_of
from api.bulk.tally import Case, Tally
from verifier.checks.label import index_twice
from verifier.crockford import serial_index
from verifier.verdict import Outcome

Flag = tuple[int, int, int, int]
_BLOCK: Final = 1 << 20
_SEEN_ONCE: Final = b",1\r\n"  # how every row of api/bulk/judging.py with a label ends
_NEVER: Final = (1 << 62, 0, 0, 0)


def finish_rows(rows: Path, target: Path, counts: Sequence[int], flags: Iterator[Flag], tally: Tally) -> None:
    """Write `target` whole. counts: rows of each chunk; flags: in the order of the rows; the tally follows what changes."""
    part = target.with_name(f".{target.name}.part")
    with rows.open("rb") as source, part.open("wb", buffering=_BLOCK) as out:
        out.write(BOM + record(COLUMNS).encode())
        flag = next(flags, _NEVER)
        for chunk, count in enumerate(counts):
            if flag[0] > chunk:
                out.writelines(source.readline() for _ in range(count))
                continue
            for row in range(count):
                line = source.readline()
                if flag[:2] == (chunk, row):
                    line = _flagged(line, flag, tally)
                    flag = next(flags, _NEVER)
                out.write(line)
        out.flush()
        os.fsync(out.fileno())
    part.replace(target)


def _flagged(line: bytes, flag: Flag, tally: Tally) -> bytes:
    _, _, seen, serials = flag
    if not serials:
        return line.removesuffix(_SEEN_ONCE) + b",%d\r\n" % seen
    cells = dict(zip(COLUMNS, next(csv.reader([line.decode()])), strict=True))
    cells["seen"] = str(seen)
    before = _case(cells, tally)
    check = index_twice(serial_index(cells["serial"]), [cells["serial"], f"+{serials - 1}"])
    # what was inconclusive or suspect about the row no longer decides it
    kept = before.reasons if before.outcome == Outcome.REJECTED else ()
    after = before._replace(
        outcome=str(Outcome.REJECTED),
        reasons=(*kept, code_of(check)),
        notes=before.notes + (() if kept else before.reasons),
    )
    tally.move(before, after)
    if not kept:
        cells["reason_zh"], cells["reason_en"] = check.sentences()
    cells |= {
        "outcome": after.outcome,
        "verdict_zh": OUTCOME_ZH[after.outcome],
        "reasons": " ".join(after.reasons),
        "notes": " ".join(after.notes),
    }
    return record(cells[name] for name in COLUMNS).encode()


def _case(cells: dict[str, str], tally: Tally) -> Case:
    """What the row was counted as."""
    facts = tally.facts.get(cells["certificate"])
    product = cells["gtin"] if facts is not None and cells["gtin"] in facts.products else ""
    return Case(
        cells["outcome"], tuple(cells["reasons"].split()), tuple(cells["notes"].split()), cells["certificate"], product
    )
