"""What must not be called forged: files that are no evidence (malformed), and views that show too little (inconclusive)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from api.demo.forgeries.model import members
from api.demo.forgeries.workshop import Body, closed, reopened
from verifier.bulletin import Bulletin, trust_bulletin
from verifier.contracts import Status
from verifier.deployment import Deployment
from verifier.evidence import Evidence, parse_evidence
from verifier.hashing import keccak256
from verifier.identifiers import party_id
from verifier.ladder import verify
from verifier.policy import REGULATOR
from verifier.signature import ORDER
from verifier.snapshot import Snapshot
from verifier.statement import statement_id
from verifier.trust import EarlyWarning, NoTrustedBlock, Trust, trust_by_hand
from verifier.types import BlockHash
from verifier.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Materials:
    """Genuine things to start from: one evidence file, its pack, and the pack from before the withdrawal."""

    evidence: bytes
    withdrawn: bytes
    deployment: Deployment
    snapshot: Snapshot
    bulletin: Bulletin
    old_snapshot: Snapshot
    old_bulletin: Bulletin
    now: int

    def judge(
        self,
        *,
        evidence: Evidence | None = None,
        snapshot: Snapshot | None = None,
        trust: Trust | None = None,
        warnings: tuple[EarlyWarning, ...] = (),
    ) -> Verdict:
        """The verdict with some of the materials replaced."""
        return verify(
            evidence or parse_evidence(self.evidence),
            snapshot=snapshot or self.snapshot,
            trusted_block=trust or trust_bulletin(self.bulletin, self.deployment),
            deployment=self.deployment,
            policy=REGULATOR,
            now=self.now,
            early_warnings=warnings,
        )


Judging: TypeAlias = Callable[[Materials], Verdict]
Spoiling: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A view that shows too little; `check`, `reason`: what says so."""

    row: str
    zh: str
    en: str
    check: str
    reason: str
    judge: Judging


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """A file that is no evidence document."""

    row: str
    slug: str
    zh: str
    en: str
    spoil: Spoiling


def _old_pack(materials: Materials) -> Verdict:
    return materials.judge(
        evidence=parse_evidence(materials.withdrawn),
        snapshot=materials.old_snapshot,
        trust=trust_bulletin(materials.old_bulletin, materials.deployment),
    )


def _early(materials: Materials) -> Verdict:
    evidence = parse_evidence(materials.evidence)
    if evidence.certificate is None:
        raise TypeError("no certificate")
    statement = evidence.certificate.statement
    warning = EarlyWarning(
        owner=party_id(statement.issuer), subject=statement_id(statement), status=Status.WITHDRAWN, time=materials.now
    )
    return materials.judge(warnings=(warning,))


def _forged_bulletin(materials: Materials) -> Verdict:
    forged = replace(materials.bulletin, number=materials.bulletin.number + 1)
    return materials.judge(trust=trust_bulletin(forged, materials.deployment))


def _elsewhere(materials: Materials) -> Verdict:
    return materials.judge(trust=trust_by_hand(BlockHash(keccak256(b"some other block"))))


def _self_vouching(materials: Materials) -> Verdict:
    return materials.judge(trust=NoTrustedBlock(reason="no-block-hash"))


def _without_nodes(materials: Materials) -> Verdict:
    return materials.judge(snapshot=replace(materials.snapshot, nodes=()))


def _without_anchors(materials: Materials) -> Verdict:
    return materials.judge(snapshot=replace(materials.snapshot, anchors=()))


def _without_footprint(materials: Materials) -> Verdict:
    return materials.judge(evidence=replace(parse_evidence(materials.evidence), footprint=None))


DOUBTS: Final = (
    Doubt(row="D06", zh="拿撤销之前的旧快照来核对", en="a pack from before the withdrawal", check="chain.view", reason="too-old", judge=_old_pack),
    Doubt(row="D04", zh="无人作证的区块哈希", en="a block hash nobody vouched for", check="chain.view", reason="header-not-trusted", judge=_elsewhere),
    Doubt(row="P1", zh="快照为自己作证", en="a snapshot that vouches for itself", check="chain.view", reason="no-trusted-block", judge=_self_vouching),
    Doubt(row="D04", zh="篡改的监管公告", en="a bulletin that was changed", check="chain.view", reason="no-trusted-block", judge=_forged_bulletin),
    Doubt(row="D03", zh="快照被抽走全部节点", en="a snapshot without its trie nodes", check="chain.view", reason="account-not-shown", judge=_without_nodes),
    Doubt(row="D03", zh="快照被抽走锚点", en="a snapshot without its anchors", check="certificate.anchored", reason="unanswered", judge=_without_anchors),
    Doubt(row="F00", zh="证据里缺碳足迹", en="evidence without its footprint", check="footprint.signature", reason="not-given", judge=_without_footprint),
    Doubt(row="D19", zh="刚刚撤销，尚未终局", en="withdrawn a moment ago, not final yet", check="certificate.status", reason="early-warning", judge=_early),
)  # fmt: skip


def _document(change: Callable[[Body], None]) -> Spoiling:
    def spoil(data: bytes) -> bytes:
        document = reopened(data)
        change(document)
        return closed(document)

    return spoil


def _no_signature(document: Body) -> None:
    del members(document, "certificate", "statement")["signature"]


def _high_s(document: Body) -> None:
    statement = members(document, "certificate", "statement")
    raw = bytes.fromhex(str(statement["signature"])[2:])
    s = ORDER - int.from_bytes(raw[32:64], "big")
    statement["signature"] = f"0x{raw[:32].hex()}{s:064x}{55 - raw[64]:02x}"


def _text(before: bytes, after: bytes) -> Spoiling:
    return lambda data: data.replace(before, after, 1)


SPOILT: Final = (
    Spoilt(row="A02", slug="signature-removed", zh="删去签名字段", en="the signature member removed", spoil=_document(_no_signature)),
    Spoilt(row="A03", slug="trusted-member", zh="加上“可信”字段", en="a member that says it is trusted", spoil=_document(lambda d: d.update(trusted=True))),
    Spoilt(row="A05", slug="duplicate-key", zh="同一字段写两遍", en="one key written twice", spoil=_text(b'"pcf":"', b'"pcf":"1","pcf":"')),
    Spoilt(row="A06", slug="float-quota", zh="配额写成浮点数", en="the quota as a float", spoil=_text(b'"quota":10000', b'"quota":10000.0')),
    Spoilt(row="A08", slug="byte-order-mark", zh="文件开头加 BOM", en="a byte order mark before the document", spoil=lambda data: b"\xef\xbb\xbf" + data),
    Spoilt(row="B01", slug="high-s", zh="签名的高 s 孪生", en="the signature's high-s twin", spoil=_document(_high_s)),
)  # fmt: skip
