"""How an inspection (fsck, monitor) is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.cli.output import EXIT_REFUSED, Output

if TYPE_CHECKING:
    from ledger.domain.findings import Finding, Inspection


def tell_inspection(inspection: Inspection, more: Sequence[Finding], output: Output) -> None:
    """Say what was looked at and found; leaves with exit code 1 when anything was found."""
    findings = (*more, *inspection.findings)
    looked = {
        "entries": inspection.entries,
        "checkpoints": inspection.checkpoints,
        "anchors": inspection.anchors,
        "files": inspection.files,
    }
    if findings:
        rows = [(finding.code.value, finding.place, finding.detail) for finding in findings]
        output.table(f"发现 findings: {len(findings)}", ("代码 code", "位置 place", "详情 detail"), rows)
        output.hint(
            "keep the files as they are; entries are the truth: restore the database from a backup, then integrate"
        )
    else:
        output.say("未发现问题 nothing found · " + " · ".join(f"{count} {name}" for name, count in looked.items()))
        if not inspection.entries:
            output.hint("the log is empty: submit statements with `tanji operator submit`")
    documents = [
        {"code": one.code.value, "place": one.place, "detail": one.detail, "index": one.index} for one in findings
    ]
    output.result({"clean": not findings, **looked, "findings": documents})
    if findings:
        raise SystemExit(EXIT_REFUSED)
