"""A whole bulk run: read, judge in processes, commit, cross-check, write verdicts.csv, summary.json and index.html."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from api.bulk.crosscheck import CrossCheck
from api.bulk.finishing import finish_rows
from api.bulk.inputs import BulkInput
from api.bulk.page import render_page
from api.bulk.state import FOLDER, Journal, Progress, check_same, forget, prepare_folder
from api.bulk.summary import Ground, Summary, summarize, summary_document
from api.bulk.workers import MakeJudge, judged_in_order
from api.runtime.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to do. asked: everything that must be the same for a run to go on, by name."""

    source: BulkInput
    report: Path
    make_judge: MakeJudge
    ground: Ground
    asked: dict[str, str]
    processes: int


def run_bulk(job: Job, earlier: Progress | None, tell: Callable[[int], None]) -> Summary:
    """Do the job, from where `earlier` left off. `tell` takes how many more lines are done.

    Raises:
        ResumeError: `earlier` was asked something else.
        ReportFolderError, WorkerLostError, OSError: as they say; committed work is kept.
    """
    prepare_folder(job.report)
    if earlier is not None:
        check_same(earlier, job.asked)
    progress = earlier or Progress(run=job.asked, now=job.ground.now)
    tell(sum(progress.counts))
    with Journal(job.report, progress) as journal:
        chunks = islice(job.source.chunks(), len(progress.counts), None)
        for judged in judged_in_order(chunks, job.make_judge, job.processes):
            journal.take(judged)
            tell(judged.count)
        journal.commit()
    return _finish(job, progress)


def _finish(job: Job, progress: Progress) -> Summary:
    """Everything here is derived from committed files and done again from the start if it is interrupted."""
    working = job.report / FOLDER
    check = CrossCheck(working)
    crossing = check.run(job.report)
    finish_rows(working / "rows", job.report / "verdicts.csv", progress.counts, check.flags(), progress.tally)
    summary = summarize(job.ground, progress.tally, crossing, progress.seconds)
    document = json.dumps(summary_document(summary), ensure_ascii=False, indent=1)
    write_whole(job.report / "summary.json", document.encode("utf-8", "backslashreplace"))
    write_whole(job.report / "index.html", render_page(summary).encode("utf-8", "xmlcharrefreplace"))
    forget(job.report)
    return summary
