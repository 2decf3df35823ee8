"""A naive second verdict, straight from docs/spec/05 to 07: dictionaries, recursion, no caches. Shares no code with verifier.

Takes evidence that parses. Gives the outcome and how each check came out; reasons and notes are left to the real one.
"""

from __future__ import annotations

import base64
from fractions import Fraction
from typing import Any

from eth_account import Account
from eth_hash.auto import keccak

from tests.reference import merkle, rlp
from tests.reference import statement as ref

Json = Any
DAY = 86_400
PURPOSES = {"footprint": 4, "certificate": 8, "labels": 16, "rule": 128}
SEVERITY = {1: 0, 5: 1, 2: 2, 6: 3, 4: 4, 3: 5}
CERTIFICATE_MEMBERS = {
    "number", "version", "holder", "footprint", "products", "category", "pcf", "declaredUnit", "scheme", "assurance",
    "granularity", "validFrom", "validUntil", "quota",
}  # fmt: skip
EXTENSION = "urn:tanji:footprint:1"


class UnansweredError(Exception):
    """The view does not say."""


def u256(value: int) -> bytes:
    return value.to_bytes(32, "big")


class View:
    """Words under one block, or nothing at all when the block is not believed."""

    def __init__(self, *, header: bytes, nodes: list[bytes], anchors: list[tuple[int, int, bytes, int]], chain_id: int,
                 trusted: dict[str, Any] | None, deployment: dict[str, Any]) -> None:  # fmt: skip
        self.deployment, self.anchors = deployment, anchors
        self.nodes = {keccak(node): node for node in nodes}
        self.believed = False
        self.time = 0
        if trusted is None or keccak(header) != trusted["hash"] or chain_id != deployment["chainId"]:
            return
        fields = rlp.decode(header)
        number, self.time = int.from_bytes(fields[8], "big"), int.from_bytes(fields[11], "big")
        if not trusted["final"] or trusted["number"] not in (None, number) or number < trusted["oldest"]:
            return
        try:
            self.roots = {}
            for name in ("anchorLog", "trustRegistry", "statusRegistry"):
                account = self.find(fields[3], deployment[name])
                if account is None or rlp.decode(account)[3] != deployment["codeHashes"][name]:
                    return
                self.roots[name] = rlp.decode(account)[2]
        except UnansweredError:
            return
        self.believed = True

    def find(self, root: bytes, key: bytes) -> bytes | None:
        path = keccak(key).hex()
        if root == keccak(b"\x80"):
            return None
        return self.below(root, path)

    def below(self, reference: Any, path: str) -> bytes | None:
        if reference == b"":
            return None
        if isinstance(reference, bytes):
            if reference not in self.nodes:
                raise UnansweredError
            reference = rlp.decode(self.nodes[reference])
        if len(reference) == 17:
            return self.below(reference[int(path[0], 16)], path[1:])
        digits = reference[0].hex()
        leaf, odd = divmod(int(digits[0], 16), 2)
        here = digits[1:] if odd else digits[2:]
        if not path.startswith(here):
            return None
        return reference[1] if leaf else self.below(reference[1], path[len(here) :])

    def word(self, contract: str, slot: bytes) -> int:
        if not self.believed:
            raise UnansweredError
        value = self.find(self.roots[contract], slot)
        return 0 if value is None else int.from_bytes(rlp.decode(value), "big")

    def key(self, address: bytes) -> dict[str, int] | None:
        word = self.word("trustRegistry", keccak(u256(int.from_bytes(address, "big")) + u256(3)))
        if word == 0:
            return None
        parts = {"from": (0, 40), "until": (40, 40), "compromised": (80, 40), "purposes": (128, 8), "tag": (136, 120)}
        return {name: word >> low & (1 << size) - 1 for name, (low, size) in parts.items()}

    def grants(self, party: bytes, purpose: int, scope: str) -> list[tuple[int, int]]:
        scope_word = keccak(scope.encode()) if scope else bytes(32)
        word = self.word("trustRegistry", keccak(keccak(party + u256(purpose) + scope_word) + u256(4)))
        shifted = [word >> 80 * n for n in range(3)]
        return [(part & 2**40 - 1, part >> 40 & 2**40 - 1) for part in shifted if part & 2**80 - 1]

    def first_anchor(self, index: int) -> tuple[int, int, bytes, int]:
        for seq, size, root, time in self.anchors:
            if size > index:
                before = [anchor for anchor in self.anchors if anchor[0] == seq - 1]
                for one in [(seq, size, root, time), *before]:
                    word = self.word("anchorLog", keccak(u256(one[0]) + u256(0)))
                    if word != int.from_bytes(keccak(u256(one[1]) + one[2] + u256(one[3])), "big"):
                        raise UnansweredError
                if seq > 1 and not before:
                    raise UnansweredError
                return seq, size, root, time
        raise UnansweredError

    def status(self, owner: bytes, subject: bytes, moment: int) -> int:
        word = self.word("statusRegistry", keccak(keccak(owner + subject) + u256(2)))
        status = 1
        for place in reversed(range(6)):
            transition = word >> 42 * place & 2**42 - 1
            kind, ordinal, time = transition & 7, transition >> 3 & 127, transition >> 10
            if transition == 0 or time > moment:
                continue
            slot = keccak(u256(ordinal) + keccak(owner + u256(7)))
            writer = self.key(self.word("trustRegistry", slot).to_bytes(20, "big"))
            if writer is not None and 0 < writer["compromised"] <= time:
                continue
            status = kind
            if kind >= 3:
                break
        return status


class Judge:
    """One question put to the evidence."""

    def __init__(self, *, view: View, policy: dict[str, Any], now: int, at: int | None, warnings: list[Any]) -> None:
        self.view, self.policy, self.now, self.at, self.warnings = view, policy, now, at, warnings
        self.moment = now if at is None else at
        self.asked_in_vain = False
        deployment = view.deployment
        self.contract = checksum(deployment["anchorLog"])
        self.origin = f"tanji/{deployment['chainId']}/{self.contract}"

    def verdict(self, evidence: Json) -> tuple[str, dict[str, str]]:
        found = self.checks(evidence)
        age = self.now - self.view.time
        fresh = self.view.believed and -120 <= age <= self.policy["maxAge"] and not self.asked_in_vain
        found["chain.view"] = "passed" if fresh else "inconclusive"
        values = set(found.values())
        if "failed" in values:
            return "rejected", found
        holding = {name for name, value in found.items() if value in ("passed", "not_applicable")}
        if "inconclusive" in values or not self.policy["required"] <= holding:
            return "inconclusive", found
        return "authentic", found

    def checks(self, evidence: Json) -> dict[str, str]:
        found: dict[str, str] = {}
        certificate, footprint = evidence.get("certificate"), evidence.get("footprint")
        steps = ("anchored", "logged", "signature", "issuer", "status")
        for kind, item in (("certificate", certificate), ("footprint", footprint)):
            results = ["not_checked"] * 5 if item is None else self.statement(evidence, item, kind)
            found |= {f"{kind}.{step}": result for step, result in zip(steps, results, strict=True)}
        said = body_of(certificate, "certificate")
        figures = opened_body(footprint)
        found["certificate.period"] = (
            "not_checked" if said is None else self.period(evidence, certificate, said, figures)
        )
        found["certificate.holder"] = holder(certificate, footprint, said)
        found["certificate.product"] = product(said, figures)
        found["footprint.figures"] = figures_agree(said, figures, footprint)
        found["footprint.arithmetic"] = self.arithmetic(footprint, figures)
        found["grade.rule"] = self.grade(evidence, certificate, said)
        found |= self.upstream(evidence, figures)
        return found

    # ------------------------------------------------------------ one statement

    def statement(self, evidence: Json, item: Json, kind: str) -> list[str]:
        said, ours = item["statement"], evidence["origin"] == self.origin
        formed = said["kind"] not in PURPOSES or has_form(said["kind"], said["body"])
        anchor, anchored = None, "inconclusive"
        try:
            anchor = self.view.first_anchor(item["index"])
            anchored = "inconclusive" if self.at is not None and anchor[3] > self.at else "passed"
        except UnansweredError:
            self.asked_in_vain |= ours
        if not ours:
            anchored, anchor = "failed", None
        logged = "not_checked" if not ours or not formed else self.logged(item, anchor)
        signature, is_signed = self.signature(item, kind, formed, anchor)
        issuer = self.issuer(said, anchor) if is_signed else "not_checked"
        return [anchored, logged, signature, issuer, self.status(said, kind, formed)]

    def logged(self, item: Json, anchor: Any) -> str:
        index, size, raw = item["index"], item["size"], unbase64(item["proof"])
        path = [raw[at : at + 32] for at in range(0, len(raw), 32)]
        leaf = merkle.leaf(ref.entry(item["statement"]))
        root = merkle.root_by_path(index, size, leaf, path) if index < size else None
        if root is None:
            return "failed"
        if anchor is not None:
            return "passed" if (size, root) == (anchor[1], anchor[2]) else "failed"
        return self.logged_without_bracket(index, size, root)

    def logged_without_bracket(self, index: int, size: int, root: bytes) -> str:
        """The first anchor is not shown, but one that covers the index may be, and refute what is offered."""
        covering = [one for one in self.view.anchors if one[1] > index][:1]
        for seq, shown_size, shown_root, time in covering:
            try:
                word = self.view.word("anchorLog", keccak(u256(seq) + u256(0)))
            except UnansweredError:
                continue
            if word != int.from_bytes(keccak(u256(shown_size) + shown_root + u256(time)), "big"):
                continue
            before = [one for one in self.view.anchors if one[0] == seq - 1]
            if not before and (size > shown_size or (size == shown_size and root != shown_root)):
                return "failed"
        self.asked_in_vain = True
        return "inconclusive"

    def signature(self, item: Json, kind: str, formed: bool, anchor: Any) -> tuple[str, bool]:
        said = item["statement"]
        if said["kind"] != kind or not formed or said["signature"] == "0x":
            return "failed", False
        digest = ref.digest(said, self.view.deployment["chainId"], self.contract)
        try:
            signer = Account._recover_hash(digest, signature=bytes.fromhex(said["signature"][2:]))
        except Exception:
            return "failed", False
        if signer != said["signer"]:
            return "failed", False
        if anchor is not None and not anchor[3] - 7 * DAY <= said["issuedAt"] <= anchor[3] + 120:
            return "failed", True
        return ("passed" if kind != "footprint" or opened(item) is not None else "failed"), True

    def issuer(self, said: Json, anchor: Any) -> str:
        try:
            key = self.view.key(bytes.fromhex(said["signer"][2:]))
            purpose, party = PURPOSES[said["kind"]], keccak(said["issuer"].encode())
            if key is not None and (key["tag"] != int.from_bytes(party[:15], "big") or not key["purposes"] & purpose):
                return "failed"
            if anchor is None:
                self.view.grants(party, purpose, said["body"].get("category", ""))
                return "inconclusive"
            time = anchor[3]
            if key is None or not key["from"] < time < key["until"] or 0 < key["compromised"] <= time:
                return "failed"
            scope = said["body"]["category"] if said["kind"] == "certificate" else ""
            grants = self.view.grants(party, purpose, scope)
            return "passed" if any(start < time < end for start, end in grants) else "failed"
        except UnansweredError:
            self.asked_in_vain = True
            return "inconclusive"

    def status(self, said: Json, role: str, formed: bool) -> str:
        if said["kind"] == "footprint" and formed and said["body"]["status"] == "Deprecated":
            return "failed"
        party = keccak(said["issuer"].encode())
        subjects = [ref.statement_id(said), party]
        if said["kind"] == "certificate" and formed:
            subjects.append(ref.subject_of_number(said["issuer"], said["body"]["number"]))
        lanes = [(owner, subject) for owner in (party, keccak(b"regulators")) for subject in subjects]
        found, vain = [], False
        for owner, subject in lanes:
            try:
                found.append(self.view.status(owner, subject, 2**40 if self.at is None else self.at))
            except UnansweredError:
                vain = True
        worst = max(found, key=lambda status: SEVERITY[status], default=1)
        if worst == 2 and self.at is None and self.now - self.view.time > self.policy["maxAge"]:
            return "inconclusive"
        if worst not in (1, 5) or (worst == 5 and role == "certificate"):
            return "failed"
        if vain:
            self.asked_in_vain = True
            return "inconclusive"
        warned = any(
            (w.owner, w.subject) in lanes and w.status != 1 and (self.at is None or w.time <= self.at)
            for w in self.warnings
        )
        return "inconclusive" if warned else "passed"

    def time_of(self, evidence: Json, item: Json) -> int | None:
        try:
            return self.view.first_anchor(item["index"])[3] if evidence["origin"] == self.origin else None
        except UnansweredError:
            return None

    # ------------------------------------------------------------ what it says

    def period(self, evidence: Json, item: Json, said: Json, figures: Json) -> str:
        start, end, time = said["validFrom"], said["validUntil"], self.time_of(evidence, item)
        if not start < end <= start + 731 * DAY or (figures is not None and end > validity_end(figures)):
            return "failed"
        if time is not None and not time - 30 * DAY <= start <= time + 90 * DAY:
            return "failed"
        behind = self.at is None and self.view.time > self.now + 120
        moment = self.view.time if behind else self.moment
        if moment >= end:
            return "failed"
        return "passed" if moment >= start else "inconclusive" if behind else "failed"

    def arithmetic(self, item: Json, figures: Json) -> str:
        if figures is None:
            return "not_checked"
        sealed = "$sealed" in str(figures)
        if sealed:
            # the corpus seals stages whole; what is left to add is the inventory
            data = next(e["data"] for e in figures["extensions"] if e["dataSchema"] == EXTENSION)
            partial = figures | {"extensions": [{"dataSchema": EXTENSION, "data": {**data, "stages": None}}]}
            return "failed" if ref.arithmetic_holds(partial) is False else (
                "inconclusive" if self.policy["sealed"] == "refused" else "not_checked"
            )  # fmt: skip
        return {True: "passed", False: "failed", None: "not_checked"}[ref.arithmetic_holds(figures)]

    def grade(self, evidence: Json, item: Json, said: Json) -> str:
        rule = evidence.get("rule")
        if said is None:
            return "not_checked"
        claim = said.get("grade")
        if claim is None or "rule" not in claim:
            return "failed" if rule is not None else "not_applicable" if claim is None else "inconclusive"
        if rule is None:
            return "inconclusive"
        steps = self.statement(evidence, rule, "rule")
        if "0x" + ref.statement_id(rule["statement"]).hex() != claim["rule"] or "failed" in steps:
            return "failed"
        time, table = self.time_of(evidence, item), rule["statement"]["body"]
        if time is None:
            return "inconclusive"
        if not table["effectiveFrom"] <= time < table.get("effectiveUntil", 2**60):
            return "failed"
        unit = said["declaredUnit"]
        if ref.grade(table, said["category"], unit["unit"], unit["amount"], said["pcf"]) != claim["value"]:
            return "failed"
        return "passed" if set(steps) == {"passed"} else "inconclusive"

    def upstream(self, evidence: Json, figures: Json) -> dict[str, str]:
        names = ("upstream.statement", "upstream.status", "upstream.amount")
        if figures is None:
            return dict.fromkeys(names, "not_checked")
        data = next((e["data"] for e in figures.get("extensions", []) if e["dataSchema"] == EXTENSION), {})
        named, given = data.get("upstream", []), evidence.get("upstream", [])
        ids = ["0x" + ref.statement_id(one["certificate"]["statement"]).hex() for one in given]
        if len(set(ids)) < len(ids) or any(one not in [supply["statement"] for supply in named] for one in ids):
            return dict(zip(names, ("failed", "not_checked", "not_checked"), strict=True))
        if not named:
            return dict.fromkeys(names, "not_applicable")
        results: dict[str, list[str]] = {name: [] for name in names}
        if any(supply["statement"] not in ids for supply in named):
            results = {name: ["not_checked"] for name in names}
        for one, key in zip(given, ids, strict=True):
            self.one_upstream(evidence, one, [supply for supply in named if supply["statement"] == key], results)
        order = ("failed", "inconclusive", "not_checked", "passed")
        return {name: min(found, key=order.index) for name, found in results.items()}

    def one_upstream(self, evidence: Json, one: Json, used: list[Json], results: dict[str, list[str]]) -> None:
        steps = self.statement_of_upstream(evidence, one["certificate"], "certificate")
        said = body_of(one["certificate"], "certificate")
        if "footprint" in one:
            more = self.statement_of_upstream(evidence, one["footprint"], "footprint")
            steps = [min(pair, key=("failed", "inconclusive", "not_checked", "passed").index)
                     for pair in zip(steps, more, strict=True)]  # fmt: skip
            figures = opened_body(one["footprint"])
            steps += [
                holder(one["certificate"], one["footprint"], said),
                figures_agree(said, figures, one["footprint"]),
            ]
        statement = [step for place, step in enumerate(steps) if place != 4]
        results["upstream.statement"].append(
            "failed" if "failed" in statement else "passed" if set(statement) == {"passed"} else "inconclusive"
        )
        results["upstream.status"].append(steps[4])
        if said is None:
            results["upstream.amount"].append("inconclusive")
            return
        unit = said["declaredUnit"]
        good = all(
            supply["unit"] == unit["unit"]
            and ref.upstream_agrees(supply["amount"], said["pcf"], unit["amount"], supply["emissions"])
            for supply in used
        )
        total = sum(Fraction(supply["amount"]) for supply in used)
        enough = total <= said["quota"] * Fraction(unit["amount"])
        results["upstream.amount"].append("passed" if good and enough else "failed")

    def statement_of_upstream(self, evidence: Json, item: Json, kind: str) -> list[str]:
        steps = self.statement(evidence, item, kind)
        said = item["statement"]
        # built upon while it was good: superseded with labels good does not undo it
        steps[4] = self.status(said, "upstream", has_form(said["kind"], said["body"]))
        return steps


# ---------------------------------------------------------------- documents


def checksum(address: bytes) -> str:
    digits, nibbles = address.hex(), keccak(address.hex().encode()).hex()
    return "0x" + "".join(c.upper() if n >= "8" else c for c, n in zip(digits, nibbles, strict=False))


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def has_form(kind: str, body: Json) -> bool:
    """As much of the form as the corpus breaks."""
    if kind == "certificate":
        return CERTIFICATE_MEMBERS <= set(body) <= CERTIFICATE_MEMBERS | {"replaces", "grade"}
    if kind == "labels":
        return "labelKey" in body
    return "pcf" in body and "productIds" in body if kind == "footprint" else "tables" in body


def body_of(item: Json, kind: str) -> Json:
    if item is None or item["statement"]["kind"] != kind or not has_form(kind, item["statement"]["body"]):
        return None
    return item["statement"]["body"]


def opened(item: Json) -> Json:
    """The body with what is disclosed in its place; None when a disclosure does not open its commitment."""
    import copy

    body = copy.deepcopy(item["statement"]["body"])
    for disclosure in item.get("disclosures", []):
        *parents, last = disclosure["path"].split("/")[1:]
        place = body
        for token in parents:
            place = place[int(token)] if isinstance(place, list) else place[token]
        salt = bytes.fromhex(disclosure["salt"][2:])
        due = ref.commitment(item["statement"]["issuer"], disclosure["path"], disclosure["value"], salt)
        held = place[last]
        if not isinstance(held, dict) or unbase64(held.get("$sealed", "")) != due:
            return None
        place[last] = disclosure["value"]
    return body


def opened_body(item: Json) -> Json:
    if body_of(item, "footprint") is None:
        return None
    body = opened(item)
    return item["statement"]["body"] if body is None else body


def validity_end(figures: Json) -> int:
    from datetime import datetime

    if "validityPeriodEnd" in figures:
        return int(datetime.fromisoformat(figures["validityPeriodEnd"]).timestamp())
    end = datetime.fromisoformat(figures["pcf"]["referencePeriodEnd"])
    return int(end.replace(year=end.year + 3).timestamp())


def holder(certificate: Json, footprint: Json, said: Json) -> str:
    if said is None:
        return "not_checked"
    if certificate["statement"]["issuer"] == said["holder"]:
        return "failed"
    if footprint is None:
        return "not_checked"
    return "passed" if footprint["statement"]["issuer"] == said["holder"] else "failed"


def product(said: Json, figures: Json) -> str:
    if said is None or figures is None:
        return "not_checked"
    urns = {f"urn:gtin:{p['gtin']}" if "gtin" in p else f"urn:gmn:{p['gmn']}" for p in said["products"]}
    inside = urns <= set(figures["productIds"]) and said["category"] in figures.get("productClassifications", [])
    return "passed" if inside else "failed"


def figures_agree(said: Json, figures: Json, footprint: Json) -> str:
    if said is None or figures is None:
        return "not_checked"
    pcf = figures["pcf"]
    same = (
        said["footprint"] == "0x" + ref.statement_id(footprint["statement"]).hex()
        and said["pcf"] == pcf["pcfExcludingBiogenicUptake"]
        and said["declaredUnit"] == {"amount": pcf["declaredUnitAmount"], "unit": pcf["declaredUnitOfMeasurement"]}
    )
    return "passed" if same else "failed"
