"""The genuine label: the world of `tests.support.world` with a batch of labels logged under its certificate."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.reference import merkle
from tests.support.bodies import GTIN, HOLDER, body
from tests.support.world import CERTIFIED_AT, DAY, DEPLOYMENT, HOUR, Case, Story, address_of, hx, sign_digest, signed
from verifier.canonical import canonicalize
from verifier.contracts import Purpose
from verifier.crockford import encode
from verifier.encoding import to_base64url
from verifier.evidence import serialize_evidence
from verifier.hashing import sha256
from verifier.label import label_digest
from verifier.signature import to_checksum

PREFIX = "gs1:690123456"
LABELLED_AT = CERTIFIED_AT + 11 * DAY
FIRST, COUNT, INDEX = 10, 40, 17
HOST = "https://id.tanji.example"


def serial_of(index: int, salt: str = "") -> str:
    """An item serial: its index and twelve random characters (here: the same ones every time)."""
    return encode(index, 6) + encode(int.from_bytes(sha256(f"{index}{salt}".encode())[:8], "big") >> 4, 12)


def pin_hash_of(serial: str) -> bytes:
    return sha256(b"\x04" + canonicalize({"gtin": GTIN, "pin": "0" * 12, "serial": serial}))


@dataclass
class Batch:
    """One labels statement to be: change it before `publish_labels`."""

    body: dict[str, Any] = field(default_factory=lambda: body("labels") | {"first": FIRST, "count": COUNT})
    issuer: str = HOLDER
    signer: str = "holder-labels"
    label_key: str = "label-key"
    time: int = LABELLED_AT
    salt: str = ""
    words: Callable[[int, str], tuple[str, str]] = lambda index, salt: (GTIN, serial_of(index, salt))

    @property
    def leaves(self) -> list[dict[str, Any]]:
        made = []
        for index in range(self.body["first"], self.body["first"] + self.body["count"]):
            gtin, serial = self.words(index, self.salt)
            made.append({"gtin": gtin, "serial": serial, "pinHash": hx(pin_hash_of(serial))})
        return made


def label_text(
    certificate: bytes, serial: str, *, gtin: str = GTIN, key: str = "label-key", host: str = HOST, path: str = ""
) -> str:
    """A label as printed: signed over exactly these words."""
    digest = label_digest(DEPLOYMENT.domain_separator, product=gtin, serial=serial, certificate_prefix=certificate[:16])
    raw = sign_digest(key, digest)
    compact = raw[:32] + ((raw[64] - 27 << 255) | int.from_bytes(raw[32:64], "big")).to_bytes(32, "big")
    where = path or f"/01/{gtin}/21/{serial}"
    return f"{host}{where}?c={to_base64url(certificate[:16])}&s={to_base64url(compact)}"


def label_story(change: Callable[[Story], Any] = lambda story: None) -> Story:
    """The story whose certificate is for items, with a label key and the right to issue labels."""
    story = Story()
    story.world.register("label-key", HOLDER, Purpose.LABELS)
    story.world.grant(HOLDER, Purpose.LABELS, PREFIX)
    story.bodies["certificate"]["granularity"] = "item"
    change(story)
    return story.publish()


def publish_labels(story: Story, batch: Batch | None = None, name: str = "labels") -> Batch:
    """Sign, log and anchor a batch under the story's certificate."""
    batch = batch or Batch()
    made = batch.body
    if made["certificate"] == body("labels")["certificate"]:
        made["certificate"] = hx(story.id("certificate"))
    if made["root"] == body("labels")["root"]:
        made["root"] = hx(merkle.root([merkle.leaf(canonicalize(leaf)) for leaf in batch.leaves]))
    if made["labelKey"] == body("labels")["labelKey"]:
        made["labelKey"] = to_checksum(address_of(batch.label_key))
    statement = signed("labels", batch.issuer, made, batch.signer, batch.time - HOUR)
    story.statements[name] = statement
    story.world.append_noise(2)
    story.indexes[name] = story.world.append_statement(statement)
    story.world.append_noise(1)
    story.world.anchor(batch.time)
    return batch


def label_case(story: Story, batch: Batch, index: int = INDEX, *, text: str | None = None) -> Case:
    """The case of one label of a published batch, with leaf and path."""
    case = story.case()
    document = json.loads(serialize_evidence(story.evidence()))
    document["labels"] = json.loads(_item(story))
    position = index - batch.body["first"]
    leaves = batch.leaves
    document["label"] = {"text": text or label_text(story.id("certificate"), serial_of(index, batch.salt))}
    if 0 <= position < len(leaves):
        path = merkle.inclusion(position, [merkle.leaf(canonicalize(leaf)) for leaf in leaves])
        document["label"] |= {"leaf": leaves[position], "path": to_base64url(b"".join(path))}
    case.document = document
    return case


def _item(story: Story) -> bytes:
    from verifier.evidence import item_document

    return canonicalize(item_document(story.item("labels")))


@cache
def _genuine() -> tuple[Story, Batch, Case]:
    story = label_story()
    batch = publish_labels(story)
    return story, batch, label_case(story, batch)


def genuine_label() -> Case:
    """A fresh copy of the genuine label's case; its story is shared."""
    story, _, case = _genuine()
    return Case(story=story, document=copy.deepcopy(case.document), snapshot=case.snapshot, trusted=case.trusted)


def changed_labels(
    change: Callable[[Story], Any] = lambda story: None,
    batch: Batch | None = None,
    *,
    after: Callable[[Story], Any] = lambda story: None,
    index: int = INDEX,
    text: Callable[[Story], str] | None = None,
) -> Case:
    """The case of a story changed before the certificate is signed, a batch changed before its own, a chain changed after."""
    story = label_story(change)
    made = publish_labels(story, batch)
    after(story)
    return label_case(story, made, index, text=None if text is None else text(story))
