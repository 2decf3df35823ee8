"""Words of the desks, Chinese and English side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.pages.words import Pair

REASONS: Final[Mapping[str, Pair]] = {
    "surveillance-missed": ("未按期接受监督审核", "Surveillance audit missed"),
    "figures-doubtful": ("碳足迹数据存疑，待核实", "Figures in doubt, to be looked into"),
    "figures-wrong": ("碳足迹数据有误", "Figures found wrong"),
    "product-changed": ("产品、工艺或供应链发生变化", "Product, process or supply chain changed"),
    "misused": ("证书或标签被误用、冒用", "Certificate or labels misused"),
    "holder-asked": ("持证人申请", "At the holder's request"),
    "production-ended": ("产品停产", "Production ended"),
    "investigation": ("正在调查", "Under investigation"),
    "investigation-closed": ("调查结束，未发现问题", "Investigation closed without findings"),
    "corrected": ("问题已整改并经验证", "Corrected, and the correction verified"),
    "replaced": ("已由新证书取代", "Replaced by a new certificate"),
    "other": ("其他（请在说明中写明）", "Other (say what in the note)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """A status change as a desk offers it. reasons: codes that fit; warning: what it means, before anybody signs."""

    name: str
    status: str
    title: Pair
    warning: Pair
    reasons: tuple[str, ...]
    is_final: bool = False


VERBS: Final[Mapping[str, Verb]] = {
    "suspend": Verb(
        name="suspend",
        status="suspended",
        title=("暂停", "Suspend"),
        warning=(
            "暂停期间，这张证书和它的所有标签在每个人的手机上都显示为不可信。可以恢复，但一条状态线一共只能变更六次。",
            "While suspended, certificate and labels are shown as not to be relied on. It can be restored; a lane holds six changes in all.",
        ),
        reasons=("surveillance-missed", "figures-doubtful", "product-changed", "misused", "holder-asked", "investigation", "other"),
    ),
    "restore": Verb(
        name="restore",
        status="active",
        title=("恢复", "Restore"),
        warning=(
            "恢复后，这张证书和它的标签重新有效。暂停的历史仍然公开可查。",
            "Once restored, this certificate and its labels count again. That it was suspended stays public.",
        ),
        reasons=("corrected", "investigation-closed", "holder-asked", "other"),
    ),
    "withdraw": Verb(
        name="withdraw",
        status="withdrawn",
        title=("撤销", "Withdraw"),
        warning=(
            "撤销不可逆：此后这张证书和已印出的标签永远无效，只能重新发证。",
            "Withdrawing is final: certificate and printed labels are void for ever; only a new certificate can follow.",
        ),
        reasons=("figures-wrong", "misused", "product-changed", "surveillance-missed", "other"),
        is_final=True,
    ),
    "cancel": Verb(
        name="cancel",
        status="cancelled",
        title=("注销", "Cancel"),
        warning=(
            "注销不可逆，用于持证人申请、停产等情形：此后这张证书永远无效。",
            "Cancelling is final; it is for the holder's own wish or the end of production. The certificate is void for ever.",
        ),
        reasons=("holder-asked", "production-ended", "replaced", "other"),
        is_final=True,
    ),
    "supersede": Verb(
        name="supersede",
        status="superseded-labels-good",
        title=("标记换证", "Mark as replaced"),
        warning=(
            "换证不可逆：此后以新证书为准。请选择已印出的标签是否继续有效。",
            "This is final: the new certificate counts from now on. Choose whether labels already printed stay good.",
        ),
        reasons=("replaced", "figures-wrong", "product-changed", "other"),
        is_final=True,
    ),
}  # fmt: skip
PURPOSES: Final[Mapping[str, Pair]] = {
    "regulator": ("监管", "regulator"),
    "sequencer": ("定序", "sequencer"),
    "footprint": ("签碳足迹", "footprints"),
    "certificate": ("签证书", "certificates"),
    "labels": ("签标签", "labels"),
    "status": ("改状态", "status"),
    "admin": ("管理密钥", "admin"),
    "rule": ("签规则", "rules"),
}
# The certificate form's fields as people read them.
CERTIFICATE_FIELDS: Final[Mapping[str, Pair]] = {
    "number": ("证书编号", "Number"),
    "version": ("版本", "Version"),
    "category": ("类别", "Category"),
    "schemeId": ("认证方案代号", "Scheme id"),
    "schemeName": ("认证方案名称", "Scheme name"),
    "assurance": ("保证等级", "Assurance"),
    "granularity": ("标签粒度", "Granularity"),
    "validFrom": ("生效日", "Valid from"),
    "validUntil": ("到期日（不含）", "Valid until (exclusive)"),
    "quota": ("标签配额", "Labels allowed"),
    "rule": ("分级规则", "Grade rule"),
    "replaces": ("更正并替换", "Replaces"),
    "product0": ("产品", "Products"),
    "file": ("足迹文件", "The footprint's file"),
}


def product_labels(place: int) -> tuple[tuple[str, Pair], ...]:
    """The same of a product's own fields, counted from 0."""
    return (
        (f"name{place}", (f"产品 {place + 1} 的名称", f"Product {place + 1}, name")),
        (f"model{place}", (f"产品 {place + 1} 的型号", f"Product {place + 1}, model")),
    )


# The same of the form that changes a status.
CHANGE_FIELDS: Final[Mapping[str, Pair]] = {
    "subject": ("声明编号", "Statement id"),
    "verb": ("变更为", "Change to"),
    "code": ("理由", "Reason"),
    "note": ("说明", "Note"),
    "successor": ("新证书的声明编号", "The new certificate's statement id"),
    "understood": ("不可逆的确认", "That it is final"),
}
