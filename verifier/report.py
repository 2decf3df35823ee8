"""A verdict on a terminal: marks differ by shape and not by colour alone, Chinese first, English beside it.

Names of parties are those TrustRegistry holds the hash of; what a statement says of itself is shown as its own claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from verifier.bodies.certificate import Certificate, parse_certificate
from verifier.errors import CannotCheckError, MalformedError
from verifier.evidence import Evidence
from verifier.state import ChainView
from verifier.times import shanghai_date
from verifier.trust import NoTrustedBlock, Trust, TrustSource
from verifier.verdict import Check, CheckId, CheckOutcome, Outcome, Verdict

_HEADLINES: Final = {
    Outcome.AUTHENTIC: ("✔", "真实", "AUTHENTIC", "32"),
    Outcome.REJECTED: ("✘", "不可信", "REJECTED", "31"),
    Outcome.SUSPECT: ("!", "可疑", "SUSPECT", "33"),
    Outcome.INCONCLUSIVE: ("?", "暂无法判定", "INCONCLUSIVE", "36"),
}
_MARKS: Final = {
    CheckOutcome.PASSED: ("[✔]", "32"),
    CheckOutcome.FAILED: ("[✘]", "31"),
    CheckOutcome.SUSPECT: ("[!]", "33"),
    CheckOutcome.INCONCLUSIVE: ("[?]", "36"),
    CheckOutcome.NOT_CHECKED: ("[ ]", "2"),
    CheckOutcome.NOT_APPLICABLE: ("[–]", "2"),
}
SOURCE_WORDS: Final = {
    TrustSource.BY_HAND: ("手工给出的区块哈希", "block hash given by hand"),
    TrustSource.BULLETIN: ("监管公告", "the regulator's bulletin"),
    TrustSource.QUORUM: ("多个端点一致", "endpoints that agree"),
    TrustSource.REMEMBERED: ("本设备先前由多个端点确认", "remembered from an earlier agreement of endpoints"),
}
_ADVICE: Final = {
    "no-block-hash": (
        "快照不能为自己作证。请用 --block-hash 给出从别处得到的区块哈希，或用 --bulletin 给出监管公告，或改用 --rpc。",
        "A snapshot cannot vouch for itself. Give a hash obtained elsewhere (--block-hash), a bulletin, or use --rpc.",
    ),
    "no-quorum": (
        "各端点未能就同一区块达成一致，见下列各方所说。请稍后再试，或换用其他运营者的端点。",
        "The endpoints do not agree on a block; who said what is listed below. Try again later or name other operators.",
    ),
    "bulletin-signature": (
        "公告不是部署文件中固定的公告密钥所签。请从监管部门重新取得公告。",
        "The bulletin is not signed by the deployment's bulletin key. Obtain it again from the regulator.",
    ),
    "bulletin-of-another-chain": ("公告属于另一条链。", "The bulletin is of another chain."),
    "another-block-accepted": (
        "本设备在同一高度接受过另一个区块，其中一个是假的。请勿使用此快照，并报告监管部门。",
        "This device has accepted another block at this height: one of the two is false. Report it to the regulator.",
    ),
    "memory-damaged": (
        "本设备的记忆文件无法读写，不能排除旧快照。请修复该文件，或用 --memory 另指一处。",
        "The device memory cannot be read or written, so an old snapshot could pass. Repair it or name another (--memory).",
    ),
    "endpoint-answer": (
        "端点的证明不完整或不正确。请换用其他端点。",
        "The endpoints' proofs are incomplete or wrong. Name other endpoints.",
    ),
    "endpoint-unreachable": (
        "连接中断。请检查网络后再试。",
        "The connection was lost. Check the network and try again.",
    ),
    "endpoint-refused": (
        "端点拒绝提供证明（可能不保存该区块的状态）。请换用支持 eth_getProof 的端点。",
        "The endpoints refuse to give proofs (perhaps pruned). Name endpoints that support eth_getProof.",
    ),
    "trie.malformed": (
        "链上没有部署文件所述的合约。请核对部署文件。",
        "The chain does not hold the contracts of the deployment file. Check that file.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One file's result: its name, the evidence, the verdict, and what the verdict was read from."""

    file: str
    evidence: Evidence
    verdict: Verdict
    view: ChainView
    trust: Trust
    account: tuple[str, ...] = ()


class Paint:
    """Terminal colours; the plain one adds nothing."""

    def __init__(self, *, escapes: tuple[str, str] = ("", "")) -> None:
        self._start, self._end = escapes

    def __call__(self, text: str, colour: str) -> str:
        """The text in a colour (an ANSI SGR code), or as it is."""
        return f"{self._start}{colour}m{text}{self._end}" if self._start else text


COLOURS: Final = Paint(escapes=("\x1b[", "\x1b[0m"))
PLAIN: Final = Paint()


def render(shown: Shown, paint: Paint) -> Iterator[str]:
    """The lines of one result, without line ends."""
    mark, chinese, english, colour = _HEADLINES[shown.verdict.outcome]
    yield paint(f"{mark} {chinese} {english}", f"1;{colour}") + f"  {plain_name(shown.file)}"
    yield from _facts(shown)
    yield f"  区块 Block        {_block(shown)}"
    yield ""
    for check in shown.verdict.checks:
        yield from _check_lines(check, paint)
    advice = tuple(_advice(shown))
    if advice:
        yield ""
    for chinese, english in advice:
        yield f"  → {chinese}"
        yield f"    {english}"
    yield from (f"    · {line}" for line in shown.account)


def plain_name(file: str) -> str:
    """A file's name without anything that a terminal would obey."""
    return "".join(char if char.isprintable() else "?" for char in file)


def trust_document(shown: Shown) -> dict[str, object]:
    """Where trust in the block came from, for JSON output."""
    if isinstance(shown.trust, NoTrustedBlock):
        return {"source": None, "reason": shown.trust.reason, "account": list(shown.account)}
    return {
        "source": shown.trust.source.value,
        "vouchers": list(shown.trust.vouchers),
        "account": list(shown.account),
    }


def names_document(shown: Shown) -> dict[str, str | None]:
    """Registered names of the parties, by role; None where the view shows none."""
    return {role: name for role, _, name in _parties(shown)}


def _facts(shown: Shown) -> Iterator[str]:
    certificate = _certificate(shown.evidence)
    if certificate is not None:
        claimed = "" if _passed(shown.verdict, CheckId.CERTIFICATE_SIGNATURE) else "（未经证实 as claimed）"
        product = certificate.products[0]
        more = f" +{len(certificate.products) - 1}" if len(certificate.products) > 1 else ""
        grade = f" · 等级 grade {certificate.grade.value}" if certificate.grade else ""
        unit = f"{certificate.unit_amount} {certificate.unit}"
        yield f"  产品 Product      「{product.name}」 {product.gtin or product.gmn}{more}{claimed}"
        yield f"  碳足迹 Footprint  {certificate.pcf} kgCO2e / {unit}{grade}{claimed}"
        period = f"{shanghai_date(certificate.valid_from)} — {shanghai_date(certificate.valid_until)}"
        yield f"  证书 Certificate  {certificate.number} v{certificate.version} · {period}{claimed}"
    for role, party, name in _parties(shown):
        label = "认证机构 Certifier " if role == "certifier" else "企业 Enterprise  "
        yield f"  {label} {name or '登记名称未显示 registered name not shown'}（{party}）"


def _parties(shown: Shown) -> Iterator[tuple[str, str, str | None]]:
    """Role, party and registered name."""
    certificate, footprint = shown.evidence.certificate, shown.evidence.footprint
    if certificate is not None:
        party = certificate.statement.issuer
        yield "certifier", party, _registered_name(shown.view, party)
    if footprint is not None:
        party = footprint.statement.issuer
        yield "enterprise", party, _registered_name(shown.view, party)


def _registered_name(view: ChainView, party: str) -> str | None:
    try:
        profile = view.profile(party)
    except CannotCheckError:
        return None
    if profile is None:
        return None
    return f"{profile.name} ({profile.name_en})" if profile.name_en else profile.name


def _certificate(evidence: Evidence) -> Certificate | None:
    if evidence.certificate is None:
        return None
    try:
        return parse_certificate(evidence.certificate.statement.body)
    except MalformedError:
        return None


def _passed(verdict: Verdict, check_id: CheckId) -> bool:
    check = verdict.check(check_id)
    return check is not None and check.outcome is CheckOutcome.PASSED


def _block(shown: Shown) -> str:
    seen = shown.verdict.block
    if seen is None or isinstance(shown.trust, NoTrustedBlock):
        return "无可信区块 none that is trusted"
    chinese, english = SOURCE_WORDS[shown.trust.source]
    who = f"：{', '.join(shown.trust.vouchers)}" if shown.trust.vouchers else ""
    return f"{seen.number} 0x{seen.hash.hex()[:16]}… · {_age(seen.age)} · {chinese} {english}{who}"


def _age(seconds: int) -> str:
    if seconds < 0:
        return f"比本机时钟早 {-seconds} 秒 {-seconds} s ahead of this clock"
    for size, chinese, english in ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {chinese}前 {seconds // size} {english} old"
    return f"{seconds} 秒前 {seconds} s old"


def _check_lines(check: Check, paint: Paint) -> Iterator[str]:
    mark, colour = _MARKS[check.outcome]
    chinese, english = check.sentences()
    yield f"  {paint(mark, colour)} {check.id:<22} {chinese}"
    yield f"  {'':<26} {english}"


def _advice(shown: Shown) -> Iterable[tuple[str, str]]:
    reasons: Sequence[str] = [shown.trust.reason] if isinstance(shown.trust, NoTrustedBlock) else ()
    return [_ADVICE[reason] for reason in reasons if reason in _ADVICE]
