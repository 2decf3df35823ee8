"""From a command line to a job: who vouches for the block, what is asked of the evidence, and whether an earlier run goes on.

The block is found exactly as `tanji-verify` finds it (verifier/command.py). Evidence files become a pack in the report's working
folder, so that lines are judged by one code path whatever they came from.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from api.bulk.errors import BulkError, ResumeError
from api.bulk.inputs import BulkInput
from api.bulk.run import Job
from api.bulk.sources import PackDesk
from api.bulk.state import FOLDER, Progress, prepare_folder
from api.bulk.summary import Ground
from api.runtime.files import write_whole
from verifier.command import Request, Session, open_session, remember_accepted
from verifier.documents import EVIDENCE_BYTES
from verifier.encoding import to_hex
from verifier.evidence import Evidence, IssuedLeaf, parse_evidence
from verifier.inputs import read_file
from verifier.label import Label
from verifier.ladder import verify_in
from verifier.pack.content import ContentBuilder
from verifier.pack.errors import UnpackableError
from verifier.pack.writer import serialize_pack
from verifier.policy import INSPECTION
from verifier.report import SOURCE_WORDS
from verifier.trust import NoTrustedBlock

_PACK = "evidence.tanji"


class EvidenceFolderError(BulkError):
    """No evidence to judge by, or a file of it that cannot be used. file: which."""

    code = "bulk.evidence"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(
            f"{file}: {reason}", advice="take the file away, or give --evidence FILE or DIR, or --pack FILE"
        )
        self.file = file


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The command line. `request.files` is empty; `request.now` the clock."""

    request: Request
    report: Path
    processes: int


def make_job(asked: Asked, source: BulkInput, earlier: Progress | None) -> Job:
    """Everything found and opened once, so that what is wrong with it is said before the first line.

    Raises:
        UsageError, VerifierError: as `tanji-verify`.
        EvidenceFolderError, ResumeError, ReportFolderError.
    """
    request = asked.request
    moment = request.now if earlier is None else earlier.now
    files = [] if request.pack else _evidence_files(request.evidence)
    session = open_session(
        replace(request, policy=request.policy or INSPECTION.name), [one for _, one in files], sys.stdout
    )
    policy = session.policy
    _still_fresh(session, moment)
    remember_accepted(
        session, verify_in(session.view, Evidence(origin=session.view.origin), policy=policy, now=request.now)
    )
    pack = Path(request.pack) if request.pack else _as_pack(asked.report, files, session)
    digest = _hash_of(pack)
    leaves = tuple(
        (one.label.label, one.label.issued)
        for _, one in files
        if one.label is not None and one.label.issued is not None
    )
    desk = PackDesk(
        pack=pack,
        trust=session.source.trust,
        deployment=session.view.deployment,
        policy=policy.name,
        now=moment,
        at=request.at,
        early_warnings=session.source.warnings,
        leaves=leaves,
    )
    desk()  # what is wrong with the pack is wrong now, and not in a process out of sight
    ground = _ground(session, source, moment, f"{pack.name} SHA-256 {digest[:16]}…" if request.pack else _listed(files))
    questions = {
        "input": source.sha256,
        "reading": repr((source.kind, source.about)),
        "policy": policy.name,
        "time asked about": str(request.at),
        "deployment": repr(session.view.deployment),
        "block": ground.block_hash,
        "evidence": digest,
        "trust": ground.trust_en,
        "early warnings": repr(session.source.warnings),
        "leaves": _leaves_digest(leaves),
    }
    return Job(
        source=source, report=asked.report, make_judge=desk, ground=ground, asked=questions, processes=asked.processes
    )


def _evidence_files(paths: Sequence[str]) -> list[tuple[str, Evidence]]:
    files: list[Path] = []
    for path in map(Path, paths):
        files += sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise EvidenceFolderError(", ".join(paths) or "--evidence", "no evidence files to judge the labels by")
    return [(str(file), parse_evidence(read_file(str(file), EVIDENCE_BYTES))) for file in files]


def _as_pack(report: Path, files: Sequence[tuple[str, Evidence]], session: Session) -> Path:
    builder = ContentBuilder(session.view.origin)
    for name, evidence in files:
        try:
            builder.add(evidence)
        except UnpackableError as error:
            raise EvidenceFolderError(name, str(error)) from error
    prepare_folder(report)
    path = report / FOLDER / _PACK
    write_whole(path, serialize_pack(builder.build(session.source.snapshot)))
    return path


def _still_fresh(session: Session, moment: int) -> None:
    """A run that goes on judges as of its first moment; not when the data has become too old meanwhile."""
    header, limit = session.view.header, session.policy.max_age
    if header is not None and moment - header.time <= limit < session.request.now - header.time:
        raise ResumeError("moment", "the data has become too old since it was begun: get a new pack, and --restart")


def _ground(session: Session, source: BulkInput, moment: int, evidence: str) -> Ground:
    header, trust = session.view.header, session.source.trust
    words = ("", "") if isinstance(trust, NoTrustedBlock) else SOURCE_WORDS[trust.source]
    return Ground(
        input=source.path.name,
        input_kind=source.kind,
        input_sha256=source.sha256,
        input_about=source.about,
        deployment=session.view.origin,
        evidence=evidence,
        policy=session.policy.name,
        max_age=session.policy.max_age,
        now=moment,
        at=session.request.at,
        block_number=None if header is None else header.number,
        block_hash="" if header is None else to_hex(header.hash),
        block_time=None if header is None else header.time,
        trust_zh=words[0],
        trust_en=words[1],
    )


def _listed(files: Sequence[tuple[str, Evidence]]) -> str:
    return f"{len(files)} 份证据 evidence files"


def _leaves_digest(leaves: Sequence[tuple[Label, IssuedLeaf]]) -> str:
    return hashlib.sha256(repr(sorted(map(repr, leaves))).encode()).hexdigest()


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
