"""Packs of the genuine label's world, and their files for the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tests.support.labels import COUNT, FIRST, Batch, label_case, label_story, label_text, publish_labels, serial_of
from tests.support.world import DEPLOYMENT, NOW, Case, Story, trust_in
from verifier.deployment import serialize_deployment
from verifier.encoding import to_hex
from verifier.evidence import Evidence, parse_evidence
from verifier.pack.content import ContentBuilder, PackContent
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.pack.writer import serialize_pack
from verifier.policy import INSPECTION, Policy
from verifier.state import open_view
from verifier.trust import TrustedBlock


@dataclass
class Packed:
    """A world with one batch of labels, and the pack of it."""

    story: Story
    batch: Batch
    case: Case
    content: PackContent
    data: bytes
    trusted: TrustedBlock

    def text(self, index: int = FIRST, salt: str = "", **words: str) -> str:
        return label_text(self.story.id("certificate"), serial_of(index, salt), **words)

    def judge(self, data: bytes | None = None, *, policy: Policy = INSPECTION, now: int = NOW) -> PackJudge:
        pack = Pack(self.data if data is None else data)
        return PackJudge(pack, open_view(pack.snapshot(), self.trusted, DEPLOYMENT), policy=policy, now=now)

    def write(self, folder: Path) -> dict[str, str]:
        """pack, deployment, the pack's block hash, and one evidence file for online use."""
        files = {
            "pack": folder / "pack.tanji",
            "deployment": folder / "deployment.json",
            "label": folder / "label.json",
        }
        files["pack"].write_bytes(self.data)
        files["deployment"].write_bytes(serialize_deployment(DEPLOYMENT))
        files["label"].write_text(json.dumps(self.case.document, ensure_ascii=False))
        return {name: str(path) for name, path in files.items()} | {"hash": to_hex(self.trusted.hash)}


def evidence_in(case: Case) -> Evidence:
    return parse_evidence(case.data())


def packed(story: Story | None = None, *more: Batch, batch: Batch | None = None) -> Packed:
    """The pack of a story with a batch, and of further batches."""
    story = story or label_story()
    batch = publish_labels(story, batch)
    names = ["labels"]
    for number, another in enumerate(more, 2):
        names.append(f"labels-{number}")
        publish_labels(story, another, names[-1])
    case = label_case(story, batch)
    builder = ContentBuilder(DEPLOYMENT.origin)
    builder.add(evidence_in(case))
    for name in names[1:]:
        builder.add(Evidence(origin=DEPLOYMENT.origin, labels=story.item(name)))
    content = builder.build(case.snapshot)
    return Packed(
        story=story,
        batch=batch,
        case=case,
        content=content,
        data=serialize_pack(content),
        trusted=trust_in(case.snapshot),
    )


__all__ = ["COUNT", "FIRST", "Packed", "evidence_in", "packed"]
