"""What a status change is about, in words: a footprint is withdrawn and replaced as a certificate is, and means something else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from api.desks.parts import DeskParts
from api.desks.words import Verb
from api.pages.words import Pair
from verifier.types import StatementId

_FOOTPRINT: Final[Mapping[str, tuple[Pair, Pair]]] = {
    "suspend": (
        ("暂停", "Suspend"),
        ("暂停期间，依据这份碳足迹的证书和标签在每个人的手机上都不再显示为真实。可以恢复，但一条状态线一共只能变更六次。",
         "While suspended, what rests on this footprint is not shown as authentic. It can be restored; a lane holds six changes in all."),
    ),
    "restore": (
        ("恢复", "Restore"),
        ("恢复后，这份碳足迹重新有效。暂停的历史仍然公开可查。", "Once restored, this footprint counts again. That it was suspended stays public."),
    ),
    "withdraw": (
        ("撤回", "Withdraw"),
        ("撤回不可逆：依据这份碳足迹的证书和标签此后都不成立。数字有误时，请先通知认证机构。",
         "Withdrawing is final: certificates and labels that rest on this footprint no longer hold. Where figures are wrong, tell the certifier first."),
    ),
    "cancel": (
        ("注销", "Cancel"),
        ("注销不可逆，用于停产、不再声明等情形：依据这份碳足迹的证书此后不成立。",
         "Cancelling is final; it is for products no longer made or stated. Certificates that rest on this footprint no longer hold."),
    ),
    "supersede": (
        ("标记替换", "Mark as replaced"),
        ("替换不可逆：此后以新的碳足迹为准，新的证书须依据它。请选择依据旧足迹的证书是否继续有效。",
         "This is final: the new footprint counts from now on, for new certificates. Choose whether those that rest on the old one stay good."),
    ),
}  # fmt: skip


def is_footprint(parts: DeskParts, subject: StatementId | None) -> bool:
    """Whether the log has it as a footprint."""
    return subject is not None and parts.book.footprint(subject) is not None


def worded(parts: DeskParts, subject: StatementId, verbs: Iterable[Verb]) -> tuple[Verb, ...]:
    """The same changes, in the words for what the subject is."""
    if not is_footprint(parts, subject):
        return tuple(verbs)
    found = ((verb, _FOOTPRINT.get(verb.name, (verb.title, verb.warning))) for verb in verbs)
    return tuple(replace(verb, title=title, warning=warning) for verb, (title, warning) in found)
