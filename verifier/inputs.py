"""What tanji-verify is asked about: evidence files, labels' texts, and images that hold labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from verifier.documents import EVIDENCE_BYTES
from verifier.errors import VerifierError
from verifier.evidence import Evidence, parse_evidence
from verifier.images import is_image, read_codes

if TYPE_CHECKING:
    from verifier.label import Label

MAX_EVIDENCE_FILES: Final = 100_000


class UsageError(VerifierError):
    """Arguments that do not fit together, or a file that cannot be read; the text says what to do."""

    code = "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to judge: an evidence file, or a label (then `evidence` is what was found for it, None by a pack)."""

    name: str
    evidence: Evidence | None = None
    text: str | None = None
    label: Label | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A file or text that is neither evidence nor a label."""

    file: str
    error: VerifierError


def read_questions(arguments: Sequence[str], shelf: EvidenceShelf) -> list[Question | Unread]:
    """Every argument read; an image gives one question for each code in it. Raises nothing: what cannot be read says so."""
    found: list[Question | Unread] = []
    for argument in arguments:
        if is_label_text(argument):
            found.append(_label_question(argument, argument, shelf))
        elif is_image(argument):
            found.extend(_image_questions(argument, shelf))
        else:
            found.append(_evidence_question(argument))
    return found


def is_label_text(argument: str) -> bool:
    """Whether an argument is a link rather than a file's name."""
    return argument.lower().startswith(("https://", "http://"))


def _image_questions(file: str, shelf: EvidenceShelf) -> Iterable[Question | Unread]:
    try:
        texts = read_codes(Path(file))
    except VerifierError as error:
        return [Unread(file=file, error=error)]
    return [_label_question(f"{file} #{number}", text, shelf) for number, text in enumerate(texts, 1)]


def _label_question(name: str, text: str, shelf: EvidenceShelf) -> Question | Unread:
    from verifier.label import parse_label  # most verdicts have no label, and reading GS1's tables takes a while

    try:
        label = parse_label(text)
        return Question(name=name, text=text, label=label, evidence=shelf.find(label))
    except VerifierError as error:
        return Unread(file=name, error=error)


def _evidence_question(file: str) -> Question | Unread:
    try:
        evidence = parse_evidence(read_file(file, EVIDENCE_BYTES))
    except VerifierError as error:
        return Unread(file=file, error=error)
    text = None if evidence.label is None else evidence.label.text
    return Question(name=file, evidence=evidence, text=text)


class EvidenceShelf:
    """Evidence files to look labels up in: by the certificate's id, then by the labels statement's range."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._by_prefix: dict[bytes, list[Evidence]] = {}
        for path in paths:
            for file in _files_of(path):
                self._put(parse_evidence(read_file(str(file), EVIDENCE_BYTES)))

    def find(self, label: Label) -> Evidence | None:
        """The evidence for this label, with leaf and path only where they are this label's; None where there is none."""
        found = self._by_prefix.get(label.certificate_prefix, [])
        if not found:
            return None
        best = max(found, key=lambda one: _fitness(one, label))
        its_own = best.label is not None and best.label.label == label
        return best if its_own else replace(best, label=None)

    def _put(self, evidence: Evidence) -> None:
        from verifier.statement import statement_id

        if evidence.certificate is not None:
            prefix = statement_id(evidence.certificate.statement)[:16]
            self._by_prefix.setdefault(prefix, []).append(evidence)


def _fitness(evidence: Evidence, label: Label) -> int:
    """Which of several evidences of one certificate is for this label: its own, then its batch's, then any with a batch."""
    if evidence.label is not None and evidence.label.label == label:
        return 3
    body = None if evidence.labels is None else evidence.labels.statement.body
    if body is None:
        return 0
    first, count, index = body.get("first"), body.get("count"), label.index
    covers = isinstance(first, int) and isinstance(count, int) and (index is None or first <= index < first + count)
    return 2 if covers and (body.get("gtin"), body.get("gmn")) == (label.gtin, label.gmn) else 1


def _files_of(path: str) -> list[Path]:
    place = Path(path)
    if not place.is_dir():
        return [place]
    files = sorted(file for file in place.rglob("*.json") if file.is_file())
    if not files or len(files) > MAX_EVIDENCE_FILES:
        raise UsageError(f"{path!r}: {len(files)} evidence files (1..{MAX_EVIDENCE_FILES})")
    return files


def read_file(path: str, cap: int) -> bytes:
    """The file's bytes, one more than the cap at most, so that the parser names the breach. Raises UsageError."""
    try:
        with Path(path).open("rb") as file:
            return file.read(cap + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"无法读取文件 cannot read {path!r}: {reason}") from error
