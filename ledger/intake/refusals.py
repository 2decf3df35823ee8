"""Why a certifier refuses a footprint: stable codes, each with a Chinese and an English sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.domain.errors import LedgerError

SENTENCES: dict[str, tuple[str, str]] = {
    "footprint.malformed": ("足迹数据格式不合规定", "The footprint is not of the protocol's form"),
    "footprint.pact": ("足迹违反 PACT 数据规则", "The footprint breaks a rule of PACT"),
    "footprint.factors": ("排放因子的单位有误", "An emission factor is written in the wrong unit"),
    "footprint.arithmetic": ("分项之和与总量不符", "The parts do not add up to the declared total"),
    "footprint.arithmetic-open": ("没有可供复算的分项", "There are no open figures to re-compute the total from"),
    "footprint.deprecated": ("足迹已被新版本取代", "The footprint has been superseded"),
    "footprint.expired": ("足迹已过有效期", "The footprint's validity is over"),
    "conflict.self": ("认证机构不得认证自己的产品", "A certifier does not certify itself"),
    "conflict.adviser": ("为该足迹提供过咨询的机构不得认证", "Whoever advised on a footprint does not certify it"),
    "category.foreign": ("认证类别不在足迹的产品分类之内", "The category is not among the footprint's classifications"),
    "product.foreign": ("产品编码不在足迹之内", "A product code is not among the footprint's products"),
    "product.none": ("足迹中没有可认证的 GTIN 或 GMN", "The footprint names no GTIN or GMN to certify"),
    "period.order": ("有效期起止颠倒", "The validity ends before it starts"),
    "period.start": (
        "生效日期须在签发前 30 日至后 90 日之间",
        "Validity starts within 30 days before and 90 days after issue",
    ),
    "period.length": ("有效期超过两年", "Validity is longer than two years"),
    "period.footprint": ("证书有效期超出足迹有效期", "The certificate would outlive the footprint"),
    "grade.untabled": ("规则中没有该类别的分级表", "The rule has no table for this category and unit"),
    "rule.not-in-effect": ("分级规则此时未生效", "The rule is not in effect"),
    "terms.malformed": ("证书条款格式不合规定", "The certificate's terms are not of the protocol's form"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalReason:
    """One reason: a code of `SENTENCES`, where (JSON pointer into the footprint or certificate body), and the offending values."""

    code: str
    field: str = ""
    detail: str = ""

    @property
    def zh(self) -> str:
        """The Chinese sentence."""
        return SENTENCES[self.code][0]

    @property
    def en(self) -> str:
        """The English sentence."""
        return SENTENCES[self.code][1]


class CertificateRefusedError(LedgerError):
    """No certificate can be drafted. `reasons` holds every one found, in the order of the checks."""

    code: ClassVar[str] = "certificate.refused"

    def __init__(self, reasons: tuple[RefusalReason, ...]) -> None:
        super().__init__("; ".join(f"{reason.code} ({reason.en}) {reason.detail}".rstrip() for reason in reasons))
        self.reasons = reasons
