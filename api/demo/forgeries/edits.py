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


def _edited(row: str, slug: str, zh: str, en: str, check: str, reason: str, edit: Editing | None) -> Forgery:
    return Forgery(row=row, slug=slug, zh=zh, en=en, check=check, reason=reason, said=base, edit=edit)


EDITS: Final = (
    _edited("B00", "footprint-lowered", "把证书上的碳足迹改小", "the certified footprint lowered", _SIGNATURE, "another-signer", _set("certificate", "pcf", "99")),
    _edited("B00", "grade-raised", "把等级改成 A", "the grade raised to A", _SIGNATURE, "another-signer", _better_grade),
    _edited("B00", "validity-extended", "有效期延长一年", "the validity extended by a year", _SIGNATURE, "another-signer", _later),
    _edited("B00", "holder-swapped", "换成别家企业", "the holder swapped", _SIGNATURE, "another-signer", _set("certificate", "holder", cast.UNACCREDITED)),
    _edited("B00", "stage-lightened", "改小足迹的一个分项", "one stage of the footprint made lighter", "footprint.signature", "another-signer", _lighter_stage),
    _edited("A01", "certificate-unsigned", "去掉证书签名", "the certificate's signature stripped", _SIGNATURE, "not-signed", _unsigned("certificate")),
    _edited("A01", "footprint-unsigned", "去掉足迹签名", "the footprint's signature stripped", "footprint.signature", "not-signed", _unsigned("footprint")),
    _edited("A04", "footprint-as-certificate", "拿碳足迹声明充当证书", "a footprint offered as a certificate", _SIGNATURE, "kind", _footprint_as_certificate),
    _edited("B05", "signature-reused", "足迹签名挪到证书上", "a footprint's signature reused on a certificate", _SIGNATURE, "body-form", _footprint_renamed),
    _edited("D01", "another-log", "声称来自另一条链的日志", "said to be from another chain's log", "certificate.anchored", "another-log", _other_log),
    _edited("C01", "one-level-up", "用内部节点冒充条目", "an inner node passed off as an entry", _LOGGED, "", _one_level_up),
    _edited("C02", "index-off-by-one", "条目位置挪一位", "the index off by one", _LOGGED, "", _index(1)),
    _edited("C03", "proof-bit-flipped", "存在证明翻转一位", "one bit of the inclusion proof flipped", _LOGGED, "not-included", _proof(_flipped)),
    _edited("C03", "proof-shortened", "存在证明少一个哈希", "the inclusion proof one hash short", _LOGGED, "proof-form", _proof(lambda hashes: hashes[:-1])),
    _edited("C05", "proof-borrowed", "借用另一声明的证明", "another statement's proof borrowed", _LOGGED, "", _place_of_footprint),
    _edited("F07", "rule-eased", "放宽分级规则", "the grading rule edited", "grade.rule", "another-rule", _eased_rule),
    _edited("F09", "invented-disclosure", "“披露”从未封存的数值", "a value 'disclosed' that was never sealed", "footprint.signature", "disclosure", _disclosure),
    _edited("F10", "foreign-upstream", "附上足迹未提及的上游证书", "an upstream certificate the footprint never names", "upstream.statement", "not-named", _foreign_upstream),
    Forgery(row="F07", slug="another-footprint", zh="附上同企业另一产品的足迹", en="the footprint of another product attached", check="footprint.figures", reason="another-footprint", said=_other_footprint),
)  # fmt: skip
