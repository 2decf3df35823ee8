"""Forged on a desk: a genuine evidence file with one thing changed. Needs no key and no accomplice."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Final

from api.demo import cast
from api.demo.forgeries.model import Editing, Forgery, members
from api.demo.forgeries.workshop import Body, Said, Workshop, entry_of
from verifier.encoding import parse_base64url, to_base64url
from verifier.evidence import item_document
from verifier.types import JsonValue

BASE: Final = "4433-12-2015"  # a notebook of the enterprise that also has OTHER, a desktop computer
OTHER: Final = "4433-4-2015"
_HASH: Final = 32
_SIGNATURE: Final = "certificate.signature"
_LOGGED: Final = "certificate.logged"


def base(workshop: Workshop) -> Said:
    """The genuine case."""
    return workshop.offered(workshop.genuine(BASE))


def _set(role: str, name: str, value: JsonValue) -> Editing:
    """Change a member of a statement's body, leaving the signature as it was."""
    return lambda _, document: members(document, role, "statement", "body").update({name: value})


def _unsigned(role: str) -> Editing:
    return lambda _, document: members(document, role, "statement").update(signature="0x")


def _later(_: Workshop, document: Body) -> None:
    body = members(document, "certificate", "statement", "body")
    body["validUntil"] = int(str(body["validUntil"])) + 366 * 86_400


def _better_grade(_: Workshop, document: Body) -> None:
    members(document, "certificate", "statement", "body", "grade")["value"] = "A"


def _lighter_stage(_: Workshop, document: Body) -> None:
    stages = _extension_data(document)["stages"]
    if isinstance(stages, list) and isinstance(stages[0], dict):
        stages[0]["amount"] = "1"


def _extension_data(document: Body) -> Body:
    extensions = members(document, "footprint", "statement", "body")["extensions"]
    if not isinstance(extensions, list) or not isinstance(extensions[0], dict):
        raise TypeError("no extension")
    return members(extensions[0], "data")


def _footprint_as_certificate(_: Workshop, document: Body) -> None:
    document["certificate"] = copy.deepcopy(document["footprint"])


def _footprint_renamed(_: Workshop, document: Body) -> None:
    statement = copy.deepcopy(members(document, "footprint", "statement"))
    members(document, "certificate")["statement"] = statement | {"kind": "certificate"}


def _other_log(workshop: Workshop, document: Body) -> None:
    document["origin"] = workshop.stage.deployment.origin.replace("/31337/", "/1/")


def _index(step: int) -> Editing:
    def edit(_: Workshop, document: Body) -> None:
        item = members(document, "certificate")
        item["index"] = int(str(item["index"])) + step

    return edit


def _proof(change: Callable[[list[bytes]], list[bytes]]) -> Editing:
    def edit(_: Workshop, document: Body) -> None:
        item = members(document, "certificate")
        raw = parse_base64url(item["proof"], "/proof", 64 * _HASH)
        hashes = [raw[start : start + _HASH] for start in range(0, len(raw), _HASH)]
        item["proof"] = to_base64url(b"".join(change(hashes)))

    return edit


def _flipped(hashes: list[bytes]) -> list[bytes]:
    return [bytes([hashes[0][0] ^ 1]) + hashes[0][1:], *hashes[1:]]


def _one_level_up(_: Workshop, document: Body) -> None:
    item = members(document, "certificate")
    item["index"], item["size"] = int(str(item["index"])) // 2, (int(str(item["size"])) + 1) // 2
    item["proof"] = to_base64url(parse_base64url(item["proof"], "/proof", 64 * _HASH)[_HASH:])


def _place_of_footprint(_: Workshop, document: Body) -> None:
    footprint = members(document, "footprint")
    members(document, "certificate").update({name: footprint[name] for name in ("index", "size", "proof")})


def _eased_rule(_: Workshop, document: Body) -> None:
    members(document, "rule", "statement", "body")["name"] = "更宽的分级表 an easier table"


def _other_footprint(workshop: Workshop) -> Said:
    said = base(workshop)
    return Said(
        certificate=said.certificate, footprint=workshop.genuine(OTHER).footprint, rule=said.rule, entry=said.entry
    )


def _disclosure(_: Workshop, document: Body) -> None:
    pointer = "/extensions/0/data/note"
    members(document, "footprint")["disclosures"] = [{"path": pointer, "salt": "0x" + "00" * 32, "value": "x"}]


def _foreign_upstream(workshop: Workshop, document: Body) -> None:
    other = workshop.genuine(OTHER).certificate
    item = workshop.place(other, workshop.index_of(entry_of(other)))
    document["upstream"] = [{"certificate": item_document(item)}]


EDITS: Final = (
    Forgery(row="B00", slug="footprint-lowered", check=_SIGNATURE, reason="another-signer", said=base, edit=_set("certificate", "pcf", "99")),
    Forgery(row="B00", slug="grade-raised", check=_SIGNATURE, reason="another-signer", said=base, edit=_better_grade),
    Forgery(row="B00", slug="validity-extended", check=_SIGNATURE, reason="another-signer", said=base, edit=_later),
    Forgery(row="B00", slug="holder-swapped", check=_SIGNATURE, reason="another-signer", said=base, edit=_set("certificate", "holder", cast.UNACCREDITED)),
    Forgery(row="B00", slug="stage-lightened", check="footprint.signature", reason="another-signer", said=base, edit=_lighter_stage),
    Forgery(row="A01", slug="certificate-unsigned", check=_SIGNATURE, reason="not-signed", said=base, edit=_unsigned("certificate")),
    Forgery(row="A01", slug="footprint-unsigned", check="footprint.signature", reason="not-signed", said=base, edit=_unsigned("footprint")),
    Forgery(row="A04", slug="footprint-as-certificate", check=_SIGNATURE, reason="kind", said=base, edit=_footprint_as_certificate),
    Forgery(row="B05", slug="signature-reused", check=_SIGNATURE, reason="body-form", said=base, edit=_footprint_renamed),
    Forgery(row="D01", slug="another-log", check="certificate.anchored", reason="another-log", said=base, edit=_other_log),
    Forgery(row="C01", slug="one-level-up", check=_LOGGED, reason="", said=base, edit=_one_level_up),
    Forgery(row="C02", slug="index-off-by-one", check=_LOGGED, reason="", said=base, edit=_index(1)),
    Forgery(row="C03", slug="proof-bit-flipped", check=_LOGGED, reason="not-included", said=base, edit=_proof(_flipped)),
    Forgery(row="C03", slug="proof-shortened", check=_LOGGED, reason="proof-form", said=base, edit=_proof(lambda hashes: hashes[:-1])),
    Forgery(row="C05", slug="proof-borrowed", check=_LOGGED, reason="", said=base, edit=_place_of_footprint),
    Forgery(row="F07", slug="rule-eased", check="grade.rule", reason="another-rule", said=base, edit=_eased_rule),
    Forgery(row="F09", slug="invented-disclosure", check="footprint.signature", reason="disclosure", said=base, edit=_disclosure),
    Forgery(row="F10", slug="foreign-upstream", check="upstream.statement", reason="not-named", said=base, edit=_foreign_upstream),
    Forgery(row="F07", slug="another-footprint", check="footprint.figures", reason="another-footprint", said=_other_footprint),
)  # fmt: skip
