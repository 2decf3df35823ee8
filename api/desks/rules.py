"""Rules of footprints in words, for whoever fills a table: Chinese and English. A rule without words of its own is shown by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.pages.words import Pair

_WORDS: Final[Mapping[str, Pair]] = {
    "member.missing": ("必填，没有填", "Required, and missing"),
    "missing-member": ("必填，没有填", "Required, and missing"),
    "unknown-member": ("没有这一项", "No such member"),
    "decimal": ("应为十进制数字，如 310.5（不带单位、千分号）", "A decimal number is due, like 310.5 (no unit, no separators)"),
    "quantity": ("应为十进制数字，如 310.5", "A decimal number is due, like 310.5"),
    "quantity-digits": ("数字太长：至多 30 位，小数 18 位", "Too many digits: at most 30, 18 after the point"),
    "positive": ("应大于 0", "Must be above 0"),
    "not-positive": ("应大于 0", "Must be above 0"),
    "non-negative": ("不能为负", "Must not be negative"),
    "percent": ("应为 0 至 100", "From 0 to 100"),
    "date-time": ("应为带时区的时间，如 2025-01-01T00:00:00+08:00", "A time with its zone is due, like 2025-01-01T00:00:00+08:00"),
    "urn": ("应为 URN，如 urn:gtin:06901234567892", "A URN is due, like urn:gtin:06901234567892"),
    "gtin": ("GTIN 校验位不对，或不是 14 位", "The GTIN's check digit is wrong, or it has not 14 digits"),
    "uuid": ("应为 UUID", "A UUID is due"),
    "declared-unit": ("不是 PACT 的申报单位（piece、kilogram、liter……）", "Not a declared unit of PACT (piece, kilogram, liter…)"),
    "status": ("应为 Active 或 Deprecated", "Active or Deprecated"),
    "boolean": ("应为 true 或 false", "true or false"),
    "choice": ("不在可选值之内", "Not one of the values there are"),
    "array": ("应为列表", "A list is due"),
    "array.length": ("至少一项", "At least one item"),
    "array.repeated": ("有重复项", "An item stands twice"),
    "listed-twice": ("有重复项", "An item stands twice"),
    "object": ("应为对象", "An object is due"),
    "text": ("应为文字", "Text is due"),
    "name": ("名称过长，或含 「」· 或换行", "The name is too long, or holds 「」 · or a line break"),
    "name-separator": ("名称里不能有 「」 ·", "A name holds no 「」 ·"),
    "line": ("不能有换行或制表符", "No line breaks or tabs"),
    "string-length": ("长度不合规定", "Too short or too long"),
    "nfc": ("文字须为 NFC 规范形式", "Text must be in NFC form"),
    "control": ("含控制字符", "Holds control characters"),
    "bidi-control": ("含方向控制字符", "Holds direction controls"),
    "period": ("期间起止颠倒，或不合规定", "The period ends before it starts, or breaks a rule"),
    "period.order": ("期间起止颠倒", "The period ends before it starts"),
    "number": ("数量应写成带引号的十进制文字", "Quantities are decimal texts, in quotes"),
    "id.repeated": ("与本文件中另一行相同", "The same as another row of this file"),
    "sum.stages": ("各阶段之和与总量不符：不会有认证机构接受", "The stages do not add up to the total: no certifier can accept it"),
    "sum.inventory": ("清单之和与总量不符：不会有认证机构接受", "The inventory does not add up to the total: no certifier can accept it"),
    "company.other": ("企业代码里没有本企业：请确认是自己的产品", "Your own code is not among the company's: see that the product is yours"),
    "sum.open": ("没有可供复算的分项：认证机构需要分项", "No parts to add up: a certifier needs them"),
    "text.non-empty": ("不能为空", "Must not be empty"),
    "uri": ("应为 URI", "A URI is due"),
    "member.unknown": ("PACT 没有这一项", "PACT has no such member"),
    "components.sum": ("各组成之和与总量不符", "The components do not add up to the total"),
    "exempted.unexplained": ("有排除项时须写明排除了什么", "Say what was exempted"),
    "geography.one": ("地理范围只能填一级", "Give the geography at one level only"),
    "gtin.check-digit": ("GTIN 校验位不对", "The GTIN's check digit is wrong"),
    "mass.kilogram": ("以千克申报时，每单位质量应与申报数量一致", "Declared in kilograms, the mass per unit is the declared amount"),
    "packaging.excluded": ("未含包装排放时不应填包装数字", "Packaging is excluded, and has a figure"),
    "packaging.missing": ("含包装排放时须填包装数字", "Packaging is included, and has no figure"),
    "uptake.sum": ("含与不含生物吸收的两个总量对不上", "The totals with and without biogenic uptake disagree"),
    "uptake.carbon": ("生物吸收与生物碳含量不一致", "Biogenic uptake and carbon content disagree"),
    "uptake.half": ("生物吸收的数字只填了一半", "Only half of the uptake figures are given"),
    "validity.start": ("有效期起点不合规定", "The validity's start breaks a rule"),
    "validity.end": ("有效期终点不合规定（至多三年）", "The validity's end breaks a rule (three years at most)"),
    "validity.order": ("有效期起止颠倒", "The validity ends before it starts"),
    "validity.half": ("有效期只填了一半", "Only half of the validity is given"),
    "verification.provider": ("核查须写明机构", "A verification names its provider"),
    "verification.incomplete": ("核查信息不全", "The verification is incomplete"),
    "extension.one": ("扩展只能有一个", "Only one extension"),
    "lineage.self": ("不能替换自己", "Does not replace itself"),
    "form": ("写法不对", "Not of its form"),
    "uptake-sum": ("含与不含生物吸收的两个总量对不上", "The totals with and without biogenic uptake disagree"),
}  # fmt: skip


def sentence(rule: str) -> Pair:
    """What a rule asks for."""
    return _WORDS.get(rule, (f"不合规则 {rule}", f"Breaks the rule {rule}"))
