"""The naive verdict on a label, straight from docs/spec/08: texts cut with regular expressions, sets of strings, no caches."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from eth_account import Account
from eth_hash.auto import keccak

from tests.reference import eip712, merkle
from tests.reference import statement as ref
from tests.reference.verdict import Judge, UnansweredError, body_of, u256, unbase64

Json = Any
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ITEM = re.compile(r"https://[^/]+/01/(\d{14})/21/([0-9A-Z]{18})\?(.*)")
MODEL = re.compile(r"https://[^/]+/8013/([^/?]+)()\?(.*)")
LABEL = [("string", "gtin"), ("string", "serial"), ("bytes32", "certificate")]
IDS = ("format", "signature", "issuer", "issued", "quota", "copied")


class LabelJudge(Judge):
    """One label, or a labels statement without one. Labels of items, and of models by GMN: the corpus has no others."""

    def checks(self, evidence: Json) -> dict[str, str]:
        found = super().checks(evidence)
        item, certificate = evidence.get("labels"), evidence.get("certificate")
        said, labels = body_of(certificate, "certificate"), body_of(item, "labels")
        found["label.issuer"] = self.labels_issuer(evidence, item, labels, said)
        if found["certificate.status"] == "passed" and self.superseded_before(evidence, certificate, item):
            found["certificate.status"] = "failed"
        if "label" not in evidence:
            return found | {f"label.{name}": "not_checked" for name in IDS if name != "issuer"}
        text = evidence["label"]["text"]
        match = ITEM.fullmatch(text)
        is_item = match is not None
        match = match or MODEL.fullmatch(text)
        assert match is not None
        gtin, serial, query = match.groups()
        gtin = gtin if is_item else "8013:" + unquote(gtin)
        parameters = dict(pair.split("=", 1) for pair in query.split("&"))
        prefix, signature = unbase64(parameters["c"]), unbase64(parameters["s"])
        index = 0 if is_item or labels is None else labels["first"]
        for character in serial[:6]:
            index = index * 32 + CROCKFORD.index(character)
        found["label.format"] = "passed"
        found["label.signature"] = self.signed(certificate, labels, gtin, serial, prefix, signature)
        found["label.issued"] = self.issued(evidence, said, labels, gtin, serial, index, item)
        found["label.quota"] = quota(said, labels, index)
        found["label.copied"] = "not_applicable"
        product = found["certificate.product"]
        if said is not None and gtin not in {word_of(one) for one in said["products"]}:
            product = "failed"
        return found | {"certificate.product": product}

    def status(self, said: Json, role: str, formed: bool) -> str:
        return super().status(said, "relied-on" if role == "certificate" else role, formed)

    def superseded_before(self, evidence: Json, certificate: Json, item: Json) -> bool:
        """Labels logged after their certificate was superseded were not printed already."""
        time = None if item is None else self.time_of(evidence, item)
        if time is None:
            return False
        said = certificate["statement"]
        party = keccak(said["issuer"].encode())
        for owner in (party, keccak(b"regulators")):
            for subject in (
                ref.statement_id(said),
                party,
                ref.subject_of_number(said["issuer"], said["body"]["number"]),
            ):
                newest = self.view.word("statusRegistry", keccak(keccak(owner + subject) + u256(2))) & (1 << 42) - 1
                if newest & 7 == 5 and newest >> 10 <= time:
                    return True
        return False

    def issuer(self, said: Json, anchor: Any) -> str:
        if said["kind"] != "labels":
            return super().issuer(said, anchor)
        try:
            party = keccak(said["issuer"].encode())
            digits = said["body"]["gtin"][1:13] if "gtin" in said["body"] else leading_digits(said["body"]["gmn"])
            scopes = ["gs1:" + digits[:length] for length in range(4, min(12, len(digits)) + 1)]
            granted = [one for scope in scopes for one in self.view.grants(party, 16, scope)]
            key = self.key_may(bytes.fromhex(said["signer"][2:]), party, anchor)
            if key != "passed":
                return key
            return "passed" if any(start < anchor[3] < end for start, end in granted) else "failed"
        except UnansweredError:
            self.asked_in_vain = True
            return "inconclusive"

    def key_may(self, address: bytes, party: bytes, anchor: Any) -> str:
        key = self.view.key(address)
        if key is not None and (key["tag"] != int.from_bytes(party[:15], "big") or not key["purposes"] & 16):
            return "failed"
        if anchor is None:
            return "inconclusive"
        in_force = key is not None and key["from"] < anchor[3] < key["until"]
        return "passed" if in_force and not 0 < key["compromised"] <= anchor[3] else "failed"

    def labels_issuer(self, evidence: Json, item: Json, labels: Json, said: Json) -> str:
        if item is None:
            return "not_checked"
        steps = set(self.statement(evidence, item, "labels"))
        party = item["statement"]["issuer"]
        if labels is not None:
            if said is not None and said["holder"] != party:
                steps.add("failed")
            steps.add(self.label_key(evidence, item, labels, party))
        for outcome in ("failed", "inconclusive", "not_checked"):
            if outcome in steps:
                return "failed" if outcome == "failed" else "inconclusive"
        return "passed"

    def label_key(self, evidence: Json, item: Json, labels: Json, party: str) -> str:
        try:
            anchor = self.view.first_anchor(item["index"]) if evidence["origin"] == self.origin else None
        except UnansweredError:
            anchor = None
        try:
            return self.key_may(bytes.fromhex(labels["labelKey"][2:]), keccak(party.encode()), anchor)
        except UnansweredError:
            self.asked_in_vain = True
            return "inconclusive"

    def signed(self, certificate: Json, labels: Json, gtin: str, serial: str, prefix: bytes, raw: bytes) -> str:
        if certificate is not None and ref.statement_id(certificate["statement"])[:16] != prefix:
            return "failed"
        if labels is None:
            return "not_checked"
        named = labels["certificate"]
        if certificate is not None and named != "0x" + ref.statement_id(certificate["statement"]).hex():
            return "failed"
        compared = not (gtin.startswith("8013:") and "gtin" in labels)
        if named[2:34] != prefix.hex() or (compared and word_of(labels) != gtin):
            return "failed"
        domain = {
            "name": "Tanji", "version": "1", "chainId": self.view.deployment["chainId"],
            "verifyingContract": self.view.deployment["anchorLog"],
        }  # fmt: skip
        values = {"gtin": gtin, "serial": serial, "certificate": prefix + bytes(16)}
        words = b"".join(eip712.word(kind, values[name]) for kind, name in LABEL)
        struct = keccak(keccak(b"Label(string gtin,string serial,bytes16 certificate)") + words)
        digest = keccak(b"\x19\x01" + eip712.hash_struct("EIP712Domain", eip712.DOMAIN, domain) + struct)
        s = int.from_bytes(raw[32:], "big")
        whole = raw[:32] + (s & (1 << 255) - 1).to_bytes(32, "big") + bytes([27 + (s >> 255)])
        try:
            return "passed" if Account._recover_hash(digest, signature=whole) == labels["labelKey"] else "failed"
        except Exception:
            return "failed"

    def issued(self, evidence: Json, said: Json, labels: Json, gtin: str, serial: str, index: int, item: Json) -> str:
        if said is not None and said["granularity"] != ("model" if gtin.startswith("8013:") else "item"):
            return "failed"
        if labels is None:
            return "not_checked"
        position = index - labels["first"]
        if not 0 <= position < labels["count"]:
            return "failed"
        if "leaf" not in evidence["label"]:
            return "inconclusive" if self.stolen(evidence, labels, item) else "not_checked"
        leaf = evidence["label"]["leaf"]
        if (leaf["gtin"], leaf["serial"]) != (gtin, serial):
            return "failed"
        raw = unbase64(evidence["label"]["path"])
        path = [raw[at : at + 32] for at in range(0, len(raw), 32)]
        hashed = merkle.leaf(json.dumps(leaf, sort_keys=True, separators=(",", ":")).encode())
        root = merkle.root_by_path(position, labels["count"], hashed, path)
        return "passed" if root is not None and "0x" + root.hex() == labels["root"] else "failed"

    def stolen(self, evidence: Json, labels: Json, item: Json) -> bool:
        time = self.time_of(evidence, item)
        key = self.view.key(bytes.fromhex(labels["labelKey"][2:]))
        return time is not None and key is not None and key["compromised"] > time


def word_of(product: Json) -> str:
    return product["gtin"] if "gtin" in product else "8013:" + product["gmn"]


def leading_digits(text: str) -> str:
    found = re.match("[0-9]*", text)
    return found.group() if found else ""


def quota(said: Json, labels: Json, index: int) -> str:
    if said is None:
        return "not_checked"
    if index >= said["quota"]:
        return "failed"
    if labels is None:
        return "not_checked"
    return "failed" if labels["first"] + labels["count"] > said["quota"] else "passed"
