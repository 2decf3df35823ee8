"""What each check says to a person who shops: Chinese first, English beside it (docs/spec/07, sentences)."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Final, NamedTuple

from verifier.label_sentences import LABEL_REASONS
from verifier.signals import COPY_SENTENCES
from verifier.types import JsonValue

Pair = tuple[str, str]

# Who or what an id speaks of, put into the general sentences as {it}.
_NAMES: Final[Mapping[str, Pair]] = {
    "chain.view": ("区块链数据", "The blockchain data"),
    "label.format": ("标签格式", "The label's format"),
    "label.signature": ("标签签名", "The label's signature"),
    "label.issuer": ("标签签发方资格", "The label issuer's entitlement"),
    "label.issued": ("标签发放记录", "The label's issue record"),
    "label.quota": ("标签数量额度", "The label quota"),
    "label.copied": ("标签复制迹象", "Signs of copying"),
    "certificate.anchored": ("证书的上链记录", "The certificate's anchoring"),
    "certificate.logged": ("证书的日志记录", "The certificate's log entry"),
    "certificate.signature": ("证书签名", "The certificate's signature"),
    "certificate.issuer": ("认证机构资格", "The certifier's entitlement"),
    "certificate.status": ("证书状态", "The certificate's status"),
    "certificate.period": ("证书有效期", "The certificate's period"),
    "certificate.holder": ("证书持有人", "The certificate's holder"),
    "certificate.product": ("证书所列产品", "The certified product"),
    "footprint.anchored": ("碳足迹的上链记录", "The footprint's anchoring"),
    "footprint.logged": ("碳足迹的日志记录", "The footprint's log entry"),
    "footprint.signature": ("碳足迹签名", "The footprint's signature"),
    "footprint.issuer": ("碳足迹申报企业资格", "The enterprise's entitlement"),
    "footprint.status": ("碳足迹状态", "The footprint's status"),
    "footprint.figures": ("证书与碳足迹数值一致性", "Agreement of certificate and footprint"),
    "footprint.arithmetic": ("碳足迹核算", "The footprint's arithmetic"),
    "grade.rule": ("等级评定", "The grade"),
    "upstream.statement": ("上游产品证书", "The upstream certificates"),
    "upstream.status": ("上游证书状态", "The upstream certificates' status"),
    "upstream.amount": ("上游用量", "The upstream amounts"),
}

_OUTCOMES: Final[Mapping[str, Pair]] = {
    "passed": ("{it}已核对，无误。", "{it}: checked and in order."),
    "failed": ("{it}不符，不可信。", "{it}: does not hold. Do not rely on it."),
    "suspect": ("{it}可疑，请谨慎。", "{it}: suspicious. Take care."),
    "inconclusive": (
        "{it}暂时无法核对，这不表示有错。",
        "{it}: could not be checked just now. That does not mean it is wrong.",
    ),
    "not_checked": ("{it}未核对：缺少所需材料。", "{it}: not checked; what it takes was not given."),
    "not_applicable": ("{it}：无此项内容，无需核对。", "{it}: nothing here to check."),
}

# By check id and reason; "*" stands for any id of the same last part (certificate.issuer and footprint.issuer …).
_REASONS: Final[Mapping[str, Pair]] = {
    # chain.view
    "chain.view no-trusted-block": (
        "没有可信来源为该区块作证（{because}）。",
        "Nobody we trust vouches for the block ({because}).",
    ),
    "chain.view header-not-trusted": (
        "快照中的区块不是可信来源所指的区块。",
        "The snapshot's block is not the one vouched for.",
    ),
    "chain.view header-unreadable": ("快照中的区块头无法读取。", "The snapshot's block header cannot be read."),
    "chain.view another-chain": ("快照来自另一条链（{chainId}）。", "The snapshot is of another chain ({chainId})."),
    "chain.view block-not-final": (
        "区块 {number} 尚未最终确认，请稍后再试。",
        "Block {number} is not final yet. Try again later.",
    ),
    "chain.view voucher-disagrees": (
        "作证的区块高度或时间与区块头不符。",
        "Number or time vouched for differ from the header's.",
    ),
    "chain.view older-than-accepted": (
        "快照比本设备以前接受过的更旧（{number} < {accepted}）。",
        "The snapshot is older than one this device has accepted ({number} < {accepted}).",
    ),
    "chain.view account-not-shown": ("快照缺少合约账户的证明。", "The snapshot does not show the contracts' accounts."),
    "chain.view contract-absent": ("链上没有合约 {address}。", "There is no contract {address} on the chain."),
    "chain.view other-code": (
        "合约 {address} 的代码与固定版本不同。",
        "Contract {address} holds other code than the pinned one.",
    ),
    "chain.view too-old": (
        "数据太旧：{age} 秒前，上限 {limit} 秒。请联网更新。",
        "The data is too old: {age} s, the limit is {limit} s. Please update.",
    ),
    "chain.view clock-behind": (
        "本机时钟比区块链慢，请校准时间。",
        "This device's clock is behind the chain. Please set it.",
    ),
    "chain.view unanswered": (
        "快照缺少 {askedBy} 所需的数据（{why}）。",
        "The snapshot lacks what {askedBy} asked for ({why}).",
    ),
    # anchored, logged
    "* anchored another-log": (
        "来自另一本账，不是本系统的记录。",
        "It comes from another log, not from this ledger.",
    ),
    "* anchored anchored-after-at": (
        "在所询问的时间之后才上链。",
        "It was anchored only after the moment asked about.",
    ),
    "* anchored unanswered": ("快照尚未覆盖这条记录（{why}）。", "The snapshot does not reach this entry ({why})."),
    "* logged proof-form": ("存证路径的形式不对。", "The inclusion proof has the wrong form."),
    "* logged not-first-anchor": (
        "存证路径不是指向最早覆盖它的上链点。",
        "The proof does not lead to the first anchor that covers the entry.",
    ),
    "* logged not-included": (
        "账中没有这条记录，内容可能被改动过。",
        "The log holds no such entry: it may have been altered.",
    ),
    # signature
    "* signature kind": (
        "这是“{kind}”类声明，不是“{expected}”。",
        "This is a statement of kind {kind}, not {expected}.",
    ),
    "* signature body-form": ("内容不符合该类声明的格式。", "The content has not the form of this kind of statement."),
    "* signature not-signed": ("没有签名。", "It is not signed."),
    "* signature unrecoverable": ("签名无效，任何密钥都不可能签出。", "No key can have made this signature."),
    "* signature another-signer": (
        "签名不是所称的签名人所签，或内容被改动。",
        "It was not signed by the signer it names, or it was altered.",
    ),
    "* signature issued-at": (
        "所写的签署时间与上链时间不符。",
        "The signing time it states does not fit the time it entered the log.",
    ),
    "* signature disclosure": (
        "披露的保密数据与签署时的承诺不符（{path}）。",
        "A disclosed value is not the one that was sealed ({path}).",
    ),
    "* signature disclosed-form": ("披露的数据格式不对。", "Disclosed values have the wrong form."),
    "* signature undisclosed": (
        "签名无误；部分保密数据未披露。",
        "Properly signed; some confidential values are not disclosed.",
    ),
    # issuer
    "* issuer unknown-key": ("签名密钥未经监管部门登记。", "The signing key was never registered with the regulator."),
    "* issuer key-of-another-party": ("签名密钥属于另一主体。", "The signing key belongs to another party."),
    "* issuer wrong-purpose": ("签名密钥没有此项用途的授权。", "The signing key may not be used for this."),
    "* issuer key-not-in-force": ("上链时该密钥不在有效期内。", "The key was not in force when this entered the log."),
    "* issuer key-compromised": (
        "上链时该密钥已报告失窃。",
        "The key was reported stolen by the time this entered the log.",
    ),
    "* issuer out-of-scope": (
        "该机构未获此产品类别的认可（{category}）。",
        "The certifier is not accredited for this category ({category}).",
    ),
    "* issuer no-grant": ("该主体未获准发布此类声明。", "The party was never admitted to make such statements."),
    "* issuer grant-not-in-force": (
        "上链时该主体的资格不在有效期内。",
        "The party's accreditation was not in force when this entered the log.",
    ),
    "* issuer entry-time-unknown": (
        "不知上链时间，无法判断当时的资格。",
        "Without the entry's time, entitlement cannot be judged.",
    ),
    "* issuer key-compromised-later": (
        "签发时有效；该密钥后来报告失窃。",
        "Entitled at the time; the key was reported stolen later.",
    ),
    "* issuer grant-ended-later": (
        "签发时有资格；该资格后来已终止。",
        "Entitled at the time; the accreditation has ended since.",
    ),
    "* issuer key-ended-later": (
        "签发时有效；该密钥后来已停用。",
        "Entitled at the time; the key has been retired since.",
    ),
    "* issuer not-signed": ("签名不成立，未再核对资格。", "Not checked, since the signature does not hold."),
    # status
    "* status suspended": ("已被暂停。", "It is suspended."),
    "* status withdrawn": ("已被撤销。", "It has been withdrawn."),
    "* status cancelled": ("已注销。", "It has been cancelled."),
    "* status superseded": ("已换发新证：{successor}。", "It has been replaced by {successor}."),
    "* status superseded-void": (
        "已换发新证，旧证作废：{successor}。",
        "It has been replaced by {successor} and is void.",
    ),
    "* status deprecated": (
        "足迹声明自己写明已停用（PACT Deprecated）。",
        "The footprint itself says that it is no longer in use (PACT Deprecated).",
    ),
    "* status superseded-later": (
        "当时有效；后来已有新版本：{successor}。",
        "Good at the time; replaced since by {successor}.",
    ),
    "* status suspended-when-seen": (
        "数据较旧：当时处于暂停状态，现在不明。",
        "It was suspended when this data was taken; how it stands now is not known.",
    ),
    "* status early-warning": (
        "刚有一项不利的状态变更，尚待最终确认。",
        "A change for the worse has just been recorded and is not final yet.",
    ),
    # period, holder, product
    "certificate.period expired": ("证书已过期。", "The certificate has expired."),
    "certificate.period not-yet": ("证书尚未生效。", "The certificate is not in force yet."),
    "certificate.period period-length": (
        "证书有效期长度不合规。",
        "The certificate's period is not of a permitted length.",
    ),
    "certificate.period beyond-footprint": (
        "证书有效期超出碳足迹的有效期。",
        "The certificate outlives the footprint it rests on.",
    ),
    "certificate.period start-too-far": (
        "证书生效日与上链时间相差过大。",
        "The certificate starts too far from the time it entered the log.",
    ),
    "certificate.period clock-behind": (
        "本机时钟不准，无法判断有效期。",
        "This device's clock is wrong, so the period cannot be judged.",
    ),
    "certificate.holder self-certified": ("认证机构给自己发证，无效。", "The certifier certified itself."),
    "certificate.holder footprint-of-another": ("碳足迹属于另一企业。", "The footprint belongs to another enterprise."),
    "certificate.product not-in-footprint": (
        "碳足迹中没有证书所列的产品（{product}）。",
        "The footprint does not cover a certified product ({product}).",
    ),
    "certificate.product another-category": (
        "证书的产品类别与碳足迹不符。",
        "The certificate's category is not among the footprint's.",
    ),
    # figures, arithmetic, grade
    "footprint.figures another-footprint": (
        "所附碳足迹不是证书所认证的那一份。",
        "This is not the footprint that was certified.",
    ),
    "footprint.figures pcf": (
        "证书写 {certificate}，碳足迹写 {footprint}，数值不同。",
        "The certificate says {certificate}, the footprint {footprint}.",
    ),
    "footprint.figures declared-unit": (
        "证书与碳足迹的声明单位不同。",
        "Certificate and footprint use different declared units.",
    ),
    "footprint.arithmetic sum": (
        "明细合计 {computed}，声明 {stated}，对不上。",
        "The parts give {computed}, but {stated} is stated.",
    ),
    "footprint.arithmetic undisclosed": (
        "部分数据未披露，此项核对需要全部披露。",
        "Some values are not disclosed, and this inspection needs them all.",
    ),
    "footprint.arithmetic open-sums": ("没有可供重算的明细，或明细未披露。", "There are no open figures to add up."),
    "footprint.arithmetic co2-only-factors": (
        "合计相符；部分排放因子只计二氧化碳。",
        "The sums agree; some factors count carbon dioxide only.",
    ),
    "grade.rule rule-not-named": ("所附评级规则与证书无关。", "A rule is enclosed that the certificate does not name."),
    "grade.rule another-rule": ("所附评级规则不是证书所用的那一份。", "This is not the rule the certificate names."),
    "grade.rule no-grade": ("证书未标等级。", "The certificate claims no grade."),
    "grade.rule no-rule-named": ("证书标了等级，但未说明依据的规则。", "A grade is claimed without naming the rule."),
    "grade.rule rule-not-given": (
        "未附评级规则，无法核对等级。",
        "The rule is not enclosed, so the grade cannot be checked.",
    ),
    "grade.rule rule-not-in-effect": (
        "发证时该评级规则不在施行期内。",
        "The rule was not in effect when the certificate was issued.",
    ),
    "grade.rule no-table": ("评级规则没有这一产品类别。", "The rule has no table for this category."),
    "grade.rule grade": (
        "标称 {claimed} 级，按规则应为 {derived} 级。",
        "Grade {claimed} is claimed; the rule gives {derived}.",
    ),
    # upstream
    "upstream.statement not-named": (
        "所附上游证书与该碳足迹无关。",
        "An upstream certificate is enclosed that the footprint does not name.",
    ),
    "* upstream-not-given": (
        "碳足迹引用的上游证书未附上。",
        "Upstream certificates the footprint names are not enclosed.",
    ),
    "upstream.amount unit": (
        "上游用量的单位与其证书不符。",
        "The upstream amount is in another unit than its certificate.",
    ),
    "upstream.amount emissions": (
        "上游排放量与其证书的数值对不上。",
        "The upstream emissions do not follow from its certificate.",
    ),
    "upstream.amount beyond-quota": (
        "使用量 {used} 超出上游证书认证的数量 {certified}。",
        "{used} is used where only {certified} was certified.",
    ),
    "* no-upstream": ("未引用上游证书。", "No upstream certificates are named."),
    # label
    **COPY_SENTENCES,
    **LABEL_REASONS,
    # general
    "* another-log": ("属于另一本账，未核对。", "Not checked: it belongs to another log."),
    "* no-entry": ("内容格式不对，无从查账。", "Not checked: the content has not the form of an entry."),
    "* no-anchor": ("没有可供核对的上链点。", "There is no anchor to check against."),
    "* given-twice": ("同一份上游证书附了两次。", "The same upstream certificate is enclosed twice."),
    "* not-named": (
        "所附上游证书与该碳足迹无关。",
        "An upstream certificate is enclosed that the footprint does not name.",
    ),
    "* entry-time-unknown": ("不知上链时间，无法判断。", "Without the entry's time this cannot be judged."),
    "* unanswered": ("快照缺少所需的数据（{why}）。", "The snapshot lacks the data needed ({why})."),
    "* not-given": ("未提供相应材料。", "It was not enclosed."),
    "* footprint-not-given": ("未附碳足迹，无法核对。", "The footprint is not enclosed."),
    "* no-certificate": ("没有可供核对的证书。", "There is no certificate to check against."),
    "* undisclosed": ("相关数据未披露。", "The values are not disclosed."),
}


class _Shown(dict[str, JsonValue]):
    """Fields for the sentences; one that is missing shows as a dash instead of failing."""

    def __missing__(self, key: str) -> JsonValue:
        return "–"


class Templates(NamedTuple):
    """Sentences with {fields} in them, as `sentence` puts them together: of checks by name, of outcomes, of `check reason`."""

    names: Mapping[str, Pair]
    outcomes: Mapping[str, Pair]
    reasons: Mapping[str, Pair]


def sentence_templates() -> Templates:
    """The sentences themselves, for who shows checks elsewhere (a script in a page)."""
    return Templates(names=_NAMES, outcomes=_OUTCOMES, reasons=_REASONS)


def sentence(check: str, outcome: str, reason: str, fields: Mapping[str, JsonValue]) -> Pair:
    """The Chinese and the English sentence of a check. Every id, outcome and reason has one."""
    shown = _Shown(fields)
    template = _template(check, reason, fields) if reason else None
    if template is None:
        chinese, english = _OUTCOMES[outcome]
        name = _NAMES[check]
        shown_in_chinese, shown_in_english = _Shown({"it": name[0]}), _Shown({"it": name[1]})
        return _fill(chinese, shown_in_chinese), _fill(english, shown_in_english)
    name = _NAMES[check]
    return f"{name[0]}：{_fill(template[0], shown)}", f"{name[1]}: {_fill(template[1], shown)}"


def _template(check: str, reason: str, fields: Mapping[str, JsonValue]) -> Pair | None:
    part = check.rpartition(".")[2]
    step = str(fields.get("step", "")).rpartition(".")[2]  # a rule's or upstream's own step, folded into one check
    for key in (f"{check} {reason}", f"* {part} {reason}", f"* {step} {reason}", f"* {reason}"):
        found = _REASONS.get(key)
        if found is not None:
            return found
    return None


def _fill(template: str, fields: _Shown) -> str:
    return string.Formatter().vformat(template, (), fields)
