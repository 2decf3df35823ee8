"""What pages say about outcomes, units and times: Chinese and English side by side, and the filters templates use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from verifier.encoding import to_hex
from verifier.signature import to_checksum
from verifier.times import TIME_LIMIT, shanghai_date
from verifier.types import Address

Pair = tuple[str, str]
_SHANGHAI: Final = timezone(timedelta(hours=8))

VERDICTS: Final[Mapping[str, Pair]] = {
    "authentic": ("真实", "Authentic"),
    "rejected": ("不可信", "Rejected"),
    "suspect": ("可疑", "Suspect"),
    "inconclusive": ("暂无法判定", "Not decided"),
}
LABEL_LEADS: Final[Mapping[str, Pair]] = {
    "authentic": (
        "标签与证书均经逐项核对，全部成立。请看包装上的产品与下面所写的是否一致。",
        "The label and its certificate were checked step by step and hold. See that the product in your hand is the one named below.",
    ),
    "rejected": (
        "这枚标签没有通过核对，请勿相信它所写的数字。",
        "This label did not pass. Do not rely on the figures it shows.",
    ),
    "suspect": (
        "签名与证书成立，但这枚标签的扫描记录不正常，它可能被翻印。",
        "Signatures and certificate hold, but this label's scans are not those of one item: it may have been copied.",
    ),
    "inconclusive": (
        "现在无法核对完全部项目。这不表示有错，但也不能当作真实。",
        "Not everything could be checked just now. That does not mean it is wrong, nor that it is genuine.",
    ),
}
CERTIFICATE_LEADS: Final[Mapping[str, Pair]] = {
    "authentic": ("这张证书经逐项核对，全部成立。", "This certificate was checked step by step and holds."),
    "rejected": ("这张证书没有通过核对，请勿依赖它。", "This certificate did not pass. Do not rely on it."),
    "suspect": ("这张证书有可疑之处。", "Something about this certificate is suspicious."),
    "inconclusive": LABEL_LEADS["inconclusive"],
}
ADVICE: Final[Mapping[str, tuple[Pair, ...]]] = {
    "rejected": (
        ("先不要据此购买；已经买了的，请保留商品、包装和小票。", "Do not buy on the strength of it; if you have, keep product, packaging and receipt."),
        ("问商家要证书编号，在本站首页查这张证书。", "Ask the seller for the certificate's number and look it up on our front page."),
        ("在本页下方报告这枚标签，或拨打 12315。", "Report the label at the foot of this page, or call 12315 (consumer complaints in China)."),
    ),
    "suspect": (
        ("看刮涂层是否完好；刮开后在本页输入验证码，首次使用即说明您持有原件。", "Enter the PIN from an intact scratch-off: a first use says you hold it."),
        ("涂层已被刮开、或验证码已被用过的，请不要购买并报告。", "If it was scratched before, or the PIN was used, do not buy, and report it."),
    ),
    "inconclusive": (
        ("请过几分钟再扫一次；网络恢复后通常就能判定。", "Scan again in a few minutes; it usually settles once the network is back."),
        ("着急的话，可以用独立工具核对，见“不靠我们也能核对”。", "In a hurry, check it with an independent tool: see “Verify without us”."),
    ),
}  # fmt: skip
STATUSES: Final[Mapping[str, Pair]] = {
    "active": ("有效", "In force"),
    "suspended": ("暂停", "Suspended"),
    "withdrawn": ("撤销", "Withdrawn"),
    "superseded": ("已换证", "Replaced"),
    "expired": ("已过期", "Expired"),
    "unfounded": ("不成立", "Does not hold"),
    "pending": ("未生效", "Not in force yet"),
    "unknown": ("状态未知", "Status not known"),
}
OUTCOMES: Final[Mapping[str, Pair]] = {
    "passed": ("成立", "Holds"),
    "failed": ("不成立", "Does not hold"),
    "suspect": ("可疑", "Suspicious"),
    "inconclusive": ("暂无法核对", "Could not be checked"),
    "not_checked": ("未核对", "Not checked"),
    "not_applicable": ("无此项", "Nothing to check"),
}
GROUPS: Final[tuple[tuple[str, Pair], ...]] = (
    ("label", ("这枚标签", "This label")),
    ("certificate", ("证书", "The certificate")),
    ("footprint", ("碳足迹", "The footprint")),
    ("grade", ("等级", "The grade")),
    ("upstream", ("上游产品", "Upstream products")),
    ("chain", ("区块链数据", "Blockchain data")),
)
UNITS: Final[Mapping[str, Pair]] = {
    "piece": ("件", "piece"),
    "kilogram": ("千克", "kg"),
    "liter": ("升", "litre"),
    "cubic meter": ("立方米", "m³"),
    "square meter": ("平方米", "m²"),
    "kilowatt hour": ("千瓦时", "kWh"),
    "megajoule": ("兆焦", "MJ"),
    "ton kilometer": ("吨公里", "t·km"),
    "hour": ("小时", "hour"),
    "megabit second": ("兆比特", "Mbit"),
}
KINDS: Final[Mapping[str, Pair]] = {
    "footprint": ("碳足迹", "Footprint"),
    "certificate": ("证书", "Certificate"),
    "labels": ("标签批次", "Labels"),
    "rule": ("分级规则", "Rule"),
    "": ("不合规的条目", "Not an entry"),
}
ASSURANCES: Final[Mapping[str, Pair]] = {
    "limited": ("有限保证", "limited assurance"),
    "reasonable": ("合理保证", "reasonable assurance"),
}
BOUNDARIES: Final[Mapping[str, Pair]] = {
    "cradle-to-gate": ("从摇篮到大门", "cradle to gate"),
    "cradle-to-grave": ("从摇篮到坟墓", "cradle to grave"),
}
REPORT_REASONS: Final[Mapping[str, Pair]] = {
    "other-product": ("标签贴在别的产品上", "It is on another product"),
    "damaged-pin": ("刮涂层已被刮开", "The scratch-off was open already"),
    "figures-differ": ("印的数字与网页不同", "The printed figures differ from this page"),
    "looks-printed": ("像是翻印的", "It looks like a reprint"),
    "other": ("其他", "Something else"),
}


def date(time: int) -> str:
    """`YYYY-MM-DD` in Asia/Shanghai."""
    return shanghai_date(time) if 0 <= time < TIME_LIMIT else "–"


def moment(time: int) -> str:
    """`YYYY-MM-DD HH:MM` in Asia/Shanghai."""
    return datetime.fromtimestamp(time, _SHANGHAI).strftime("%Y-%m-%d %H:%M") if 0 <= time < TIME_LIMIT else "–"


def iso(time: int) -> str:
    """RFC 3339 in UTC, for `<time datetime>`."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if 0 <= time < TIME_LIMIT else ""


def hexed(value: bytes) -> str:
    """0x-hex."""
    return to_hex(value)


def short(value: bytes) -> str:
    """The first ten digits of a hash, for people to tell two apart."""
    return to_hex(value)[:12] + "…"


def checksum(address: bytes) -> str:
    """An address as EIP-55 spells it."""
    return to_checksum(Address(address))


def grouped(number: int) -> str:
    """An integer with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u202f")


def last_part(urn: str) -> str:
    """The part of a URN a person reads."""
    return urn.rpartition(":")[2]


def cut(text: str, width: int) -> str:
    """The text within a width in half-width columns, with an ellipsis where it is cut; wide characters count two."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if ord(char) >= 0x1100 else 1
        if used > width:
            return text[: max(0, at - 1)] + "…"
    return text


FILTERS: Final[Mapping[str, Callable[..., str]]] = {
    "date": date,
    "moment": moment,
    "iso": iso,
    "hexed": hexed,
    "short": short,
    "checksum": checksum,
    "grouped": grouped,
    "last_part": last_part,
    "cut": cut,
}
WORDS: Final[Mapping[str, Mapping[str, Pair]]] = {
    "units": UNITS,
    "assurances": ASSURANCES,
    "boundaries": BOUNDARIES,
    "outcomes": OUTCOMES,
    "kinds": KINDS,
    "state_words": STATUSES,
}
