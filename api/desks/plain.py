"""A regulator's acts in plain words: what each will do, to whom, what it will not do, and whether it can be undone. Said before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.desks.acts import NOW, Act
from api.desks.words import PURPOSES
from api.pages.words import Pair, last_part, moment
from verifier.contracts import FOREVER

TITLES: Final[Mapping[str, Pair]] = {
    "admit": ("主体入册", "Admit a party"),
    "rename": ("更名", "Rename a party"),
    "succeed": ("登记继承者", "Name a successor"),
    "register-key": ("登记密钥", "Register a key"),
    "end-key": ("终止密钥", "End a key"),
    "compromise": ("密钥失窃挂失", "Report a key compromised"),
    "open-grant": ("授予资质", "Open a grant"),
    "extend-grant": ("延长资质", "Extend a grant"),
    "end-grant": ("终止资质", "End a grant"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the words are made from."""

    act: Act
    form: Mapping[str, str]
    now: int

    @property
    def wish(self) -> Mapping[str, Any]:
        return self.act.wish


def said_of(name: str, act: Act, form: Mapping[str, str], now: int) -> tuple[Pair, ...]:
    """The words of an act, the first the one that matters most. now: unix seconds."""
    return _SAID[name](_Told(act=act, form=form, now=now))


def _when(time: int) -> Pair:
    if time == NOW:
        return "写入链上时立即", "as soon as it is on the chain"
    return f"{moment(time)}（北京时间）", f"at {moment(time)} (UTC+8)"


def _until(time: int) -> Pair:
    return (
        ("长期有效", "with no end")
        if time >= FOREVER
        else (f"到 {moment(time)}（北京时间）止", f"until {moment(time)} (UTC+8)")
    )


def _purpose(name: str) -> Pair:
    return PURPOSES.get(name, (name, name))


def _scope(scope: str) -> Pair:
    return (f"，范围 {last_part(scope)}", f", scope {last_part(scope)}") if scope else ("", "")


def _admit(told: _Told) -> tuple[Pair, ...]:
    profile = told.wish["profile"]
    reason = told.form.get("irregular", "").strip()[:200]
    return (
        (
            f"把 {profile['party']} 以名称“{profile['name']}”写入名册。此后各页面只显示这个名称。",
            f"Writes {profile['party']} into the registry under the name “{profile['name']}”. Pages show this name and no other.",
        ),
        (
            "入册本身不给任何权力：还要登记密钥、授予资质。入册不能撤回，可以更名。",
            "This gives no power by itself: keys and grants follow. It cannot be taken back; the name can be changed.",
        ),
        *(
            ((f"代码校验位不合规则，理由：{reason}", f"The code's check character is irregular, because: {reason}"),)
            if reason
            else ()
        ),
    )


def _rename(told: _Told) -> tuple[Pair, ...]:
    profile = told.wish["profile"]
    return (
        (
            f"{profile['party']} 的公开名称改为“{profile['name']}”。",
            f"The public name of {profile['party']} becomes “{profile['name']}”.",
        ),
        ("密钥、资质、证书都不变。可以再改回来。", "Keys, grants and certificates stay. It can be changed back."),
    )


def _succeed(told: _Told) -> tuple[Pair, ...]:
    return (
        (
            f"登记 {told.wish['successor']} 为 {told.wish['party']} 的继承者（合并、换照）。",
            f"Names {told.wish['successor']} as the party that took over from {told.wish['party']}.",
        ),
        (
            "密钥、资质、声明仍归原主体。登记错了，再登记另一个。",
            "Keys, grants and statements stay where they are. A mistake is put right by naming another.",
        ),
    )


def _register(told: _Told) -> tuple[Pair, ...]:
    asked = told.wish["registration"]
    zh, en = zip(*(_purpose(one) for one in asked["purposes"]), strict=True)
    until = _until(asked["until"])
    lines = [
        (
            f"密钥 {asked['key']} 此后代表 {asked['party']}：{'、'.join(zh)}，{until[0]}。",
            f"Key {asked['key']} acts for {asked['party']} from then on: {', '.join(en)}, {until[1]}.",
        ),
        (
            "请先当面或经可靠途径核对这个地址确实是该主体的：这一步是整个账本里唯一靠人判断的地方。",
            "First make sure by a way you trust that the address is that party's: here alone the ledger rests on a person's judgement.",
        ),
        (
            "一把密钥永远属于一个主体，不能改用途，只能终止。",
            "A key belongs to one party for ever; its purposes never change, it can only be ended.",
        ),
    ]
    if "regulator" in asked["purposes"]:
        lines.insert(
            0,
            (
                "这把密钥将拥有监管部门的全部权力，包括登记和终止别人的密钥。",
                "This key will have all the regulator's power, registering and ending others' keys included.",
            ),
        )
    return tuple(lines)


def _end_key(told: _Told) -> tuple[Pair, ...]:
    zh, en = _when(told.wish["at"])
    return (
        (
            f"密钥 {told.wish['key']} {zh}失效，之后的签名不算数。",
            f"Key {told.wish['key']} ends {en}; what it signs later counts for nothing.",
        ),
        (
            "此前锚定的声明继续有效。终止不能撤回：要继续，请登记新密钥。",
            "What was anchored before stays good. It cannot be taken back: register a new key to go on.",
        ),
        (
            "监管密钥只能由另一把期限不短于它的监管密钥终止。",
            "A regulator's key is ended only by another that lasts at least as long.",
        ),
    )


def _compromise(told: _Told) -> tuple[Pair, ...]:
    since = moment(told.wish["since"])
    return (
        (
            f"密钥 {told.wish['key']} 自 {since}（北京时间）起视为失窃：此后锚定的、由它签的一切都不算数，包括已发出的证书和标签。",
            (
                f"Key {told.wish['key']} counts as stolen since {since} (UTC+8): all it signed that was anchored from then on is void, certificates "
                "and labels included."
            ),
        ),
        (
            "合约只接受 90 天以内的时间：更早签的东西不会因此失效，要逐件撤销。挂失不能撤回，以后只能把时间改得更早（仍在 90 天内）。",
            (
                "The contract takes a time at most 90 days back: what was signed earlier is not undone by this and must be withdrawn one "
                "by one. A report cannot be taken back; the time can only be moved earlier, within 90 days."
            ),
        ),
        (
            "被它作废的证书，须由该主体用新密钥重新签发。请同时查看它在此期间写过的状态变更。",
            "Certificates voided by it must be issued anew with another key. Look at the status changes it wrote meanwhile.",
        ),
    )


def _open(told: _Told) -> tuple[Pair, ...]:
    purpose, scope, until = _purpose(told.wish["purpose"]), _scope(told.wish["scope"]), _until(told.wish["until"])
    start = _when(told.wish["from"])
    return (
        (
            f"授予 {told.wish['party']} “{purpose[0]}”的资质{scope[0]}，{start[0]}开始，{until[0]}。",
            f"Entitles {told.wish['party']} for {purpose[1]}{scope[1]}, beginning {start[1]}, {until[1]}.",
        ),
        (
            "同一主体、事项、范围一共只能开三段期间：到期前请用“延长”。",
            "A party, purpose and scope have three intervals in all: extend before the end rather than open anew.",
        ),
        ("只对开始之后锚定的声明起作用。", "It counts for what is anchored after its beginning only."),
    )


def _extend(told: _Told) -> tuple[Pair, ...]:
    purpose, scope, until = _purpose(told.wish["purpose"]), _scope(told.wish["scope"]), _until(told.wish["until"])
    return (
        (
            f"{told.wish['party']} “{purpose[0]}”的资质{scope[0]}延长，{until[0]}。",
            f"Extends the grant of {told.wish['party']} for {purpose[1]}{scope[1]}, {until[1]}.",
        ),
        ("要改早，用“终止”。", "To move it earlier again, end it."),
    )


def _end(told: _Told) -> tuple[Pair, ...]:
    purpose, scope, when = _purpose(told.wish["purpose"]), _scope(told.wish["scope"]), _when(told.wish["at"])
    return (
        (
            f"{told.wish['party']} “{purpose[0]}”的资质{scope[0]}{when[0]}终止：之后锚定的证书、标签会被每个核对者拒绝。",
            f"Ends the grant of {told.wish['party']} for {purpose[1]}{scope[1]} {when[1]}: what is anchored later is rejected by every verifier.",
        ),
        (
            "此前锚定的继续有效；要作废它们，须逐张变更状态。可以再次授予，一共三段。",
            "What was anchored before stays good; to void it, change statuses one by one. It may be opened again, three times in all.",
        ),
    )


_SAID: Final[Mapping[str, Callable[[_Told], tuple[Pair, ...]]]] = {
    "admit": _admit,
    "rename": _rename,
    "succeed": _succeed,
    "register-key": _register,
    "end-key": _end_key,
    "compromise": _compromise,
    "open-grant": _open,
    "extend-grant": _extend,
    "end-grant": _end,
}
