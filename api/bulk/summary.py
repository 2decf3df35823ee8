"""What a run comes to, for summary.json and the page: totals, and who they concern. The same in whatever order the lines came."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from api.bulk.crosscheck import Crossing
from api.bulk.desk import Facts
from api.bulk.judging import bad_sentence
from api.bulk.tally import UNREADABLE, Case, Tally
from verifier.sentences import sentence
from verifier.verdict import Outcome

OUTCOMES: Final = (
    str(Outcome.AUTHENTIC), str(Outcome.REJECTED), str(Outcome.SUSPECT), str(Outcome.INCONCLUSIVE), UNREADABLE,
)  # fmt: skip
# As tanji-verify with several files: a label that accuses counts most, then a line that could not be read.
_WORST_FIRST: Final = (
    (str(Outcome.REJECTED), 1), (UNREADABLE, 4), (str(Outcome.INCONCLUSIVE), 3), (str(Outcome.SUSPECT), 2),
)  # fmt: skip
_LISTED: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the whole run was judged with. time, age in seconds; block is None where no block was trusted."""

    input: str
    input_kind: str
    input_sha256: str
    input_about: tuple[tuple[str, str], ...]
    deployment: str
    evidence: str
    policy: str
    max_age: int
    now: int
    at: int | None
    block_number: int | None
    block_hash: str
    block_time: int | None
    trust_zh: str
    trust_en: str

    @property
    def age(self) -> int | None:
        """Seconds between the block and the moment of judging."""
        return None if self.block_time is None else self.now - self.block_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A code (`id:reason`) with its sentences and how many lines it concerns. outcome: the verdict it led to, "" for a note."""

    code: str
    zh: str
    en: str
    outcome: str
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """A party, product or certificate and the lines that name it, by outcome. The lines name it: it need not have made them."""

    key: str
    name: str
    detail: str
    outcomes: Counter[str]

    @property
    def lines(self) -> int:
        """All of them."""
        return self.outcomes.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """All figures of a run."""

    ground: Ground
    lines: int
    seconds: float
    outcomes: Counter[str]
    reasons: tuple[Counted, ...]
    notes: tuple[Counted, ...]
    certifiers: tuple[Concerned, ...]
    enterprises: tuple[Concerned, ...]
    products: tuple[Concerned, ...]
    certificates: tuple[Concerned, ...]
    unknown_certificate: Counter[str]
    crossing: Crossing
    tally: Tally

    @property
    def exit_code(self) -> int:
        """0 where every line is authentic, else that of the worst: rejected 1, unreadable 4, inconclusive 3, suspect 2."""
        return next((code for outcome, code in _WORST_FIRST if self.outcomes[outcome]), 0)


def summarize(ground: Ground, tally: Tally, crossing: Crossing, seconds: float) -> Summary:
    """Figures from the counts."""
    known = [
        (case, tally.facts[case.certificate], n) for case, n in tally.cases.items() if case.certificate in tally.facts
    ]
    unknown: Counter[str] = Counter()
    for case, count in tally.cases.items():
        if case.certificate not in tally.facts and case.outcome != UNREADABLE:
            unknown[case.outcome] += count
    return Summary(
        ground=ground,
        lines=tally.lines,
        seconds=seconds,
        outcomes=tally.outcomes(),
        reasons=_counted((case.outcome, code, n) for case, n in tally.cases.items() for code in case.reasons),
        notes=_counted(("", code, n) for case, n in tally.cases.items() for code in case.notes),
        certifiers=_concerned(known, lambda _, facts: (facts.certifier, facts.certifier_name, "")),
        enterprises=_concerned(known, lambda _, facts: (facts.enterprise, facts.enterprise_name, "")),
        products=_concerned([one for one in known if one[0].product], _product),
        certificates=_concerned(known, lambda _, facts: (facts.certificate, facts.number, facts.enterprise_name)),
        unknown_certificate=unknown,
        crossing=crossing,
        tally=tally,
    )


Known = tuple[Case, Facts, int]


def _product(case: Case, facts: Facts) -> tuple[str, str, str]:
    return case.product, facts.products[case.product], facts.enterprise_name


def _counted(found: Iterable[tuple[str, str, int]]) -> tuple[Counted, ...]:
    totals: Counter[tuple[str, str]] = Counter()
    for outcome, code, count in found:
        totals[outcome, code] += count
    return tuple(
        Counted(code=code, zh=words[0], en=words[1], outcome=outcome, lines=lines)
        for (outcome, code), lines in sorted(totals.items(), key=lambda one: (-one[1], one[0]))
        for words in [_sentences(code, outcome)]
    )


def _sentences(code: str, outcome: str) -> tuple[str, str]:
    check, _, reason = code.partition(":")
    if check == "input":
        return bad_sentence(reason)
    state = {Outcome.REJECTED: "failed", Outcome.SUSPECT: "suspect", Outcome.INCONCLUSIVE: "inconclusive"}.get(
        Outcome(outcome) if outcome else Outcome.AUTHENTIC, "not_checked" if reason == "no-leaf" else "passed"
    )
    # many lines, many values: what one line would name is left open
    chinese, english = sentence(check, state, reason, {})
    return chinese.replace("–", "…"), english.replace("–", "…")


def _concerned(known: Iterable[Known], of: Callable[[Case, Facts], tuple[str, str, str]]) -> tuple[Concerned, ...]:
    """Worst first: by rejected lines, then doubtful ones, then all."""
    found: dict[str, tuple[tuple[str, str], Counter[str]]] = {}
    for case, facts, count in known:
        key, name, detail = of(case, facts)
        found.setdefault(key, ((name, detail), Counter()))[1][case.outcome] += count
    made = [
        Concerned(key=key, name=name, detail=detail, outcomes=outcomes)
        for key, ((name, detail), outcomes) in found.items()
    ]
    return tuple(sorted(made, key=_worst_first)[:_LISTED])


def _worst_first(one: Concerned) -> tuple[int, int, int, int, str]:
    by = one.outcomes
    return (-by[Outcome.REJECTED], -by[Outcome.SUSPECT], -by[Outcome.INCONCLUSIVE], -one.lines, one.key)


def summary_document(summary: Summary) -> dict[str, object]:
    """summary.json (docs/bulk.md)."""
    ground, crossing = summary.ground, summary.crossing
    return {
        "v": 1,
        "input": {
            "path": ground.input, "kind": ground.input_kind, "sha256": ground.input_sha256, **dict(ground.input_about),
        },
        "deployment": ground.deployment,
        "evidence": ground.evidence,
        "policy": ground.policy,
        "now": ground.now,
        "at": ground.at,
        "block": None if ground.block_time is None else {
            "number": ground.block_number, "hash": ground.block_hash, "time": ground.block_time, "age": ground.age,
            "trust": ground.trust_en,
        },
        "lines": summary.lines,
        "seconds": round(summary.seconds, 3),
        "exit": summary.exit_code,
        "outcomes": {outcome: summary.outcomes[outcome] for outcome in OUTCOMES},
        "reasons": [_counted_document(one) for one in summary.reasons],
        "notes": [_counted_document(one) for one in summary.notes],
        "certifiers": [_concerned_document(one) for one in summary.certifiers],
        "enterprises": [_concerned_document(one) for one in summary.enterprises],
        "products": [_concerned_document(one) for one in summary.products],
        "certificates": [_concerned_document(one) for one in summary.certificates],
        "unknownCertificate": dict(summary.unknown_certificate),
        "duplicates": {
            "labels": crossing.repeated,
            "extraLines": crossing.repeated_lines,
            "first": [
                {"certificate": one.certificate, "gtin": one.gtin, "serial": one.serial, "seen": one.seen}
                for one in crossing.first_repeated
            ],
        },
        "overIssue": {
            "indexes": crossing.over_issues,
            "lines": crossing.over_issued_lines,
            "first": [
                {"certificate": one.certificate, "index": one.index, "serials": list(one.serials)}
                for one in crossing.first_over_issues
            ],
        },
        "unreadable": {
            "lines": summary.outcomes[UNREADABLE],
            "first": [{"line": one.place, "rule": one.rule, "text": one.text} for one in summary.tally.bad],
        },
    }  # fmt: skip


def _counted_document(one: Counted) -> dict[str, object]:
    return {"code": one.code, "outcome": one.outcome or None, "lines": one.lines, "zh": one.zh, "en": one.en}


def _concerned_document(one: Concerned) -> dict[str, object]:
    return {"key": one.key, "name": one.name, "detail": one.detail, "lines": one.lines, "outcomes": dict(one.outcomes)}
