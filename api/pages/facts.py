"""What a page shows of a verdict: the claims as claims, names as the registry has them, checks in groups, history in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from api.http.verdicts import Judged
from api.pages.words import GROUPS, Pair
from verifier.bodies import (
    Certificate,
    Footprint,
    GradeTable,
    Labels,
    Product,
    Rule,
    UpstreamSupply,
    grade_for,
    parse_body,
)
from verifier.contracts import REGULATORS
from verifier.decimals import Quantity
from verifier.errors import CannotCheckError, MalformedError
from verifier.evidence import Evidence, Item
from verifier.identifiers import party_id
from verifier.label import Label
from verifier.sealed import Sealed
from verifier.state import ChainView
from verifier.statement import statement_id, subject_of_number
from verifier.types import StatementId
from verifier.verdict import Check, CheckId, CheckOutcome, Verdict

MOST_STAGES: Final = 60
MOST_UPSTREAM: Final = 12
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A party and the name TrustRegistry has for it; None where the view does not show it."""

    party: str
    name: str | None
    name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckGroup:
    """Checks about one thing."""

    title: Pair
    checks: tuple[Check, ...]

    @property
    def passed(self) -> int:
        """How many hold or do not apply."""
        return sum(one.outcome in (CheckOutcome.PASSED, CheckOutcome.NOT_APPLICABLE) for one in self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One point of a certificate's history. `kind`: start, warn, end or due (still to come). Unix seconds."""

    time: int
    kind: str
    zh: str
    en: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """A supplied product: who certified it and who makes it, where its certificate is at hand."""

    statement: StatementId | None
    name: str | None
    amount: str | None
    unit: str | None
    emissions: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything the page of a label or a certificate shows.

    `is_claimed`: its figures are not to be relied on and are shown as claims; `is_proven`: an entitled certifier did sign them;
    `is_borrowed`: the label names a certificate that it has nothing to do with.
    """

    verdict: Verdict
    is_claimed: bool
    is_proven: bool
    is_borrowed: bool
    statement: StatementId | None
    certificate: Certificate | None
    footprint: Footprint | None
    product: Product | None
    certifier: Named | None
    holder: Named | None
    table: GradeTable | None
    groups: tuple[CheckGroup, ...]
    against: tuple[Check, ...]
    events: tuple[Event, ...]
    stages: tuple[tuple[str | None, Quantity | None], ...]
    stages_sealed: bool
    supplies: tuple[Supply, ...]
    supplies_sealed: bool
    successor: str | None
    label: Label | None
    label_text: str | None
    batch: str | None


def show(judged: Judged, evidence: Evidence) -> Shown:
    """Put together what a page shows. Never raises: what is not there is left out."""
    verdict, view = judged.verdict, judged.sight.view
    certificate = _body(evidence.certificate, Certificate)
    footprint = _body(evidence.footprint, Footprint)
    label = None if evidence.label is None else evidence.label.label
    labels = _body(evidence.labels, Labels)
    issuer = None if evidence.certificate is None else evidence.certificate.statement.issuer
    is_proven = _is_proven(verdict)
    stages, stages_sealed = _stages(footprint)
    supplies, supplies_sealed = _supplies(evidence, footprint)
    return Shown(
        verdict=verdict,
        is_claimed=verdict.outcome not in ("authentic", "suspect")
        and not (verdict.outcome == "inconclusive" and is_proven),
        is_proven=is_proven,
        is_borrowed=_failed(verdict, CheckId.LABEL_SIGNATURE),
        statement=None if evidence.certificate is None else statement_id(evidence.certificate.statement),
        certificate=certificate,
        footprint=footprint,
        product=_product(certificate, label),
        certifier=None if issuer is None else named(view, issuer),
        holder=None if certificate is None else named(view, certificate.holder),
        table=_table(certificate, evidence),
        groups=groups_of(verdict),
        against=_against(verdict),
        events=tuple(_events(verdict, view, evidence, certificate)),
        stages=stages,
        stages_sealed=stages_sealed,
        supplies=supplies,
        supplies_sealed=supplies_sealed,
        successor=_successor(verdict),
        label=label,
        label_text=None if evidence.label is None else evidence.label.text,
        batch=None if labels is None else labels.batch,
    )


def named(view: ChainView, party: str) -> Named:
    """The party under its registered name."""
    try:
        profile = view.profile(party)
    except CannotCheckError:
        profile = None
    if profile is None:
        return Named(party=party, name=None, name_en=None)
    return Named(party=party, name=profile.name, name_en=profile.name_en)


def groups_of(verdict: Verdict) -> tuple[CheckGroup, ...]:
    """The checks by what they are about, groups without checks left out."""
    found = []
    for prefix, title in GROUPS:
        checks = tuple(check for check in verdict.checks if check.id.startswith(prefix + "."))
        if checks:
            found.append(CheckGroup(title=title, checks=checks))
    return tuple(found)


def _against(verdict: Verdict) -> tuple[Check, ...]:
    """What speaks against it, worst first, at most four."""
    for outcome in (CheckOutcome.FAILED, CheckOutcome.SUSPECT, CheckOutcome.INCONCLUSIVE):
        found = verdict.with_outcome(outcome)
        if found:
            return found[:4]
    return ()


def _failed(verdict: Verdict, check_id: CheckId) -> bool:
    check = verdict.check(check_id)
    return check is not None and check.outcome is CheckOutcome.FAILED


def _is_proven(verdict: Verdict) -> bool:
    wanted = (CheckId.CERTIFICATE_SIGNATURE, CheckId.CERTIFICATE_ISSUER, CheckId.CERTIFICATE_LOGGED)
    found = [verdict.check(one) for one in wanted]
    return all(one is not None and one.outcome is CheckOutcome.PASSED for one in found)


def _body(item: Item | None, wanted: type[T]) -> T | None:
    if item is None:
        return None
    try:
        body = parse_body(item.statement.kind, item.statement.body)
    except MalformedError:
        return None
    return body if isinstance(body, wanted) else None


def _product(certificate: Certificate | None, label: Label | None) -> Product | None:
    if certificate is None:
        return None
    if label is not None:
        for product in certificate.products:
            if (product.gtin, product.gmn) == (label.gtin, label.gmn):
                return product
        return None
    return certificate.products[0]


def _table(certificate: Certificate | None, evidence: Evidence) -> GradeTable | None:
    rule = _body(evidence.rule, Rule)
    if certificate is None or rule is None:
        return None
    return grade_for(
        rule,
        category=certificate.category,
        unit=certificate.unit,
        pcf=certificate.pcf,
        amount=certificate.unit_amount,
    ).table


def _stages(footprint: Footprint | None) -> tuple[tuple[tuple[str | None, Quantity | None], ...], bool]:
    stages = None if footprint is None or footprint.extension is None else footprint.extension.stages
    if isinstance(stages, Sealed):
        return (), True
    shown = tuple(
        (None, None) if isinstance(one, Sealed) else (_open(one.stage), _open(one.amount))
        for one in (stages or ())[:MOST_STAGES]
    )
    return shown, False


def _open(value: T | Sealed) -> T | None:
    return None if isinstance(value, Sealed) else value


def _supplies(evidence: Evidence, footprint: Footprint | None) -> tuple[tuple[Supply, ...], bool]:
    upstream = None if footprint is None or footprint.extension is None else footprint.extension.upstream
    if isinstance(upstream, Sealed):
        return (), True
    given = {statement_id(one.certificate.statement): one.certificate for one in evidence.upstream}
    return tuple(_supply(one, given) for one in (upstream or ())[:MOST_UPSTREAM]), False


def _supply(one: UpstreamSupply | Sealed, given: dict[StatementId, Item]) -> Supply:
    if isinstance(one, Sealed):
        return Supply(statement=None, name=None, amount=None, unit=None, emissions=None)
    statement = _open(one.statement)
    certificate = None if statement is None else _body(given.get(statement), Certificate)
    amount, unit, emissions = _open(one.amount), _open(one.unit), _open(one.emissions)
    return Supply(
        statement=statement,
        name=None if certificate is None else certificate.products[0].name,
        amount=None if amount is None else str(amount),
        unit=unit,
        emissions=None if emissions is None else str(emissions),
    )


def _successor(verdict: Verdict) -> str | None:
    check = verdict.check(CheckId.CERTIFICATE_STATUS)
    found = None if check is None else check.fields.get("successor")
    return found if isinstance(found, str) and found.startswith("0x") else None


_LANE_WORDS: Final = {
    1: ("恢复有效", "restored", "start"),
    2: ("暂停", "suspended", "warn"),
    3: ("撤销", "withdrawn", "end"),
    4: ("注销", "cancelled", "end"),
    5: ("换证，已印标签仍有效", "replaced, printed labels stay good", "warn"),
    6: ("换证，旧证作废", "replaced and void", "end"),
}


def _events(verdict: Verdict, view: ChainView, evidence: Evidence, certificate: Certificate | None) -> Iterator[Event]:
    if evidence.certificate is None or certificate is None:
        return
    events = [*_logged(view, evidence), *_lanes(view, evidence.certificate, certificate)]
    now = verdict.now
    for time, zh, en in (
        (certificate.valid_from, "证书生效", "Certificate takes effect"),
        (certificate.valid_until, "证书到期", "Certificate ends"),
    ):
        kind = "due" if time > now else ("start" if time == certificate.valid_from else "end")
        events.append(Event(time=time, kind=kind, zh=zh, en=en))
    if certificate.replaces is not None:
        link = f"/certificates/0x{certificate.replaces.hex()}"
        time = min(event.time for event in events)
        events.append(
            Event(time=time, kind="start", zh="更正此前的证书", en="Corrects an earlier certificate", link=link)
        )
    yield from sorted(events, key=lambda event: event.time)


def _logged(view: ChainView, evidence: Evidence) -> Iterator[Event]:
    for item, zh, en in (
        (evidence.footprint, "企业申报的碳足迹上链", "The enterprise's footprint is anchored"),
        (evidence.certificate, "认证机构签发的证书上链", "The certifier's certificate is anchored"),
        (evidence.labels, "本批标签上链", "This batch of labels is anchored"),
    ):
        if item is None:
            continue
        try:
            anchor = view.covering(item.index).anchor
        except CannotCheckError:
            continue
        yield Event(time=anchor.time, kind="start", zh=f"{zh}（锚定 #{anchor.seq}）", en=f"{en} (anchor #{anchor.seq})",
                    link=f"/explorer/{item.index}")  # fmt: skip


def _lanes(view: ChainView, item: Item, certificate: Certificate) -> Iterator[Event]:
    issuer = party_id(item.statement.issuer)
    subjects: Sequence[tuple[bytes, Pair]] = (
        (statement_id(item.statement), ("证书", "certificate")),
        (subject_of_number(item.statement.issuer, certificate.number), ("证书编号", "certificate number")),
        (issuer, ("认证机构的全部证书", "all of the certifier's certificates")),
    )
    for owner, by in ((issuer, ("认证机构", "the certifier")), (REGULATORS, ("监管部门", "the regulator"))):
        for subject, about in subjects:
            try:
                steps = view.lane(owner, subject)
            except CannotCheckError:
                continue
            for step in steps:
                zh, en, kind = _LANE_WORDS[int(step.status)]
                yield Event(
                    time=step.time,
                    kind=kind,
                    zh=f"{by[0]}：{about[0]}{zh}",
                    en=f"{by[1].capitalize()}: {about[1]} {en}",
                )
