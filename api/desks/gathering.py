"""What the labels of an upload name, gathered from this service into a pack under one agreed block, and the judge made of it.

Lines are read twice: once to gather, once to judge. Pictures are read once, and their codes kept for the second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from api.bulk.codes import NoCodesError, codes_of
from api.bulk.inputs import BulkInput, open_input
from api.bulk.items import Chunk, ImageChunk
from api.bulk.judging import LineJudge
from api.bulk.sources import PackDesk
from api.bulk.summary import Ground
from api.desks.unpacking import MOST_LINES, UploadRefusedError, received
from api.http.service import Service
from api.http.verdicts import Sight
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.evidence import Evidence, IssuedLeaf
from verifier.label import Label, parse_label
from verifier.pack.content import ContentBuilder, PackContent
from verifier.pack.errors import UnpackableError
from verifier.pack.writer import serialize_pack
from verifier.policy import CONSUMER
from verifier.report import SOURCE_WORDS
from verifier.trust import NoTrustedBlock

_PACK = "evidence.tanji"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a run is made of."""

    source: BulkInput
    make_judge: Callable[[], LineJudge]
    ground: Ground


def gather(service: Service, folder: Path, name: str, *, tell: Callable[[int], None]) -> Gathered:
    """Read the upload in `folder`, and gather. tell: takes how many lines there are.

    Raises UploadRefusedError, BulkError, LedgerError, VerifierError, OSError.
    """
    source = open_input(received(folder))
    codes: dict[str, tuple[str, ...] | NoCodesError] = {}
    texts = [text for chunk in source.chunks() for text in _texts(chunk, codes)]
    if not texts:
        raise UploadRefusedError("empty")
    if len(texts) > MOST_LINES:
        raise UploadRefusedError("lines")
    tell(len(texts))
    evidence, leaves = _evidence(service, texts)
    sight: Sight = service.verdicts.look_at(evidence)
    if isinstance(sight.trust, NoTrustedBlock):
        raise UploadRefusedError("block")
    pack = folder / _PACK
    pack.write_bytes(serialize_pack(_content(service, evidence, sight)))
    now = service.clock.now()
    desk = PackDesk(
        pack=pack,
        trust=sight.trust,
        deployment=service.deployment,
        policy=CONSUMER.name,
        now=now,
        early_warnings=sight.warnings,
        leaves=tuple(leaves.items()),
    )
    shown = replace(source, path=Path(name))
    return Gathered(
        source=shown, make_judge=lambda: _judge(desk, codes), ground=_ground(service, shown, sight, now, len(evidence))
    )


def _texts(chunk: Chunk, codes: dict[str, tuple[str, ...] | NoCodesError]) -> Iterator[str]:
    if not isinstance(chunk, ImageChunk):
        yield from chunk.texts
        return
    try:
        found = codes_of(chunk.path)
        codes[chunk.path] = found
        yield from found
    except NoCodesError as error:
        codes[chunk.path] = error
        yield ""


def _judge(desk: PackDesk, codes: dict[str, tuple[str, ...] | NoCodesError]) -> LineJudge:
    """The judge of `api.bulk`, with the codes that were read already."""

    def read(path: str) -> tuple[str, ...]:
        found = codes[path]
        if isinstance(found, NoCodesError):
            raise found
        return found

    return desk.make(read)


def _evidence(service: Service, texts: list[str]) -> tuple[list[Evidence], dict[Label, IssuedLeaf]]:
    found: list[Evidence] = []
    leaves: dict[Label, IssuedLeaf] = {}
    for text in dict.fromkeys(texts):
        try:
            label = parse_label(text)
            evidence = service.labels.evidence(text)
        except MalformedError:
            continue  # the second reading says so
        if evidence is None:
            continue
        if evidence.label is not None and evidence.label.issued is not None:
            leaves[label] = evidence.label.issued
        found.append(evidence)
    return found, leaves


def _content(service: Service, found: list[Evidence], sight: Sight) -> PackContent:
    builder = ContentBuilder(service.deployment.origin)
    for evidence in found:
        try:
            builder.add(evidence)
        except UnpackableError as error:
            raise MalformedError("unpackable", "evidence", str(error)) from error
    return builder.build(sight.snapshot)


def _ground(service: Service, source: BulkInput, sight: Sight, now: int, labels: int) -> Ground:
    header, trust = sight.view.header, sight.trust
    words = ("", "") if isinstance(trust, NoTrustedBlock) else SOURCE_WORDS[trust.source]
    return Ground(
        input=source.path.name,
        input_kind=source.kind,
        input_sha256=source.sha256,
        input_about=source.about,
        deployment=service.deployment.origin,
        evidence=f"本服务现有证据 evidence of this service ({labels})",
        policy=CONSUMER.name,
        max_age=CONSUMER.max_age,
        now=now,
        at=None,
        block_number=None if header is None else header.number,
        block_hash="" if header is None else to_hex(header.hash),
        block_time=None if header is None else header.time,
        trust_zh=words[0],
        trust_en=words[1],
    )
