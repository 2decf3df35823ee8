"""Counts of a run. Their number is bounded by the certificates known, never by what the lines say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from api.bulk.desk import Facts
from verifier.types import JsonValue

BAD_SHOWN: Final = 100


class Case(NamedTuple):
    """What lines are counted by. outcome: a verdict's, or `unreadable`; reasons: `id:reason` of the checks that decided;
    notes: the same of others worth reading; certificate: 0x id, "" where unknown; product: GTIN if the certificate has it."""

    outcome: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    certificate: str
    product: str


UNREADABLE: Final = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that is no label. text: its beginning, as it was."""

    place: str
    rule: str
    text: str


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts so far, facts of the certificates they name, and the first bad lines."""

    cases: Counter[Case] = field(default_factory=Counter)
    facts: dict[str, Facts] = field(default_factory=dict)
    bad: list[BadLine] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in the counts of the lines that follow."""
        self.cases.update(other.cases)
        self.facts.update(other.facts)
        self.bad.extend(other.bad[: max(0, BAD_SHOWN - len(self.bad))])

    def move(self, before: Case, after: Case) -> None:
        """One line turns out otherwise."""
        self.cases[before] -= 1
        if not self.cases[before]:
            del self.cases[before]
        self.cases[after] += 1

    @property
    def lines(self) -> int:
        """All lines counted."""
        return self.cases.total()

    def outcomes(self) -> Counter[str]:
        """Lines by outcome."""
        found: Counter[str] = Counter()
        for case, count in self.cases.items():
            found[case.outcome] += count
        return found

    def document(self) -> dict[str, JsonValue]:
        """For the state file; `tally_of` reads it."""
        return {
            "cases": [
                [*case[:1], list(case.reasons), list(case.notes), *case[3:], n] for case, n in self.cases.items()
            ],
            "facts": [
                [
                    f.certificate,
                    f.number,
                    f.certifier,
                    f.certifier_name,
                    f.enterprise,
                    f.enterprise_name,
                    dict(f.products),
                ]
                for f in self.facts.values()
            ],
            "bad": [[one.place, one.rule, one.text] for one in self.bad],
        }


def tally_of(document: dict[str, JsonValue]) -> Tally:
    """The tally of a state file. Raises KeyError, TypeError, ValueError for anything else."""
    tally = Tally()
    for outcome, reasons, notes, certificate, product, count in _rows(document["cases"]):
        tally.cases[Case(str(outcome), _words(reasons), _words(notes), str(certificate), str(product))] = int(
            str(count)
        )
    for row in _rows(document["facts"]):
        *texts, products = row
        names = dict(zip(_FACT_NAMES, map(str, texts), strict=True))
        if not isinstance(products, dict):
            raise TypeError("products")
        facts = Facts(**names, products={key: str(name) for key, name in products.items()})
        tally.facts[facts.certificate] = facts
    for place, rule, text in _rows(document["bad"]):
        tally.bad.append(BadLine(place=str(place), rule=str(rule), text=str(text)))
    return tally


_FACT_NAMES: Final = ("certificate", "number", "certifier", "certifier_name", "enterprise", "enterprise_name")


def _rows(value: JsonValue) -> list[list[JsonValue]]:
    if not isinstance(value, list):
        raise TypeError("rows")
    return [row for row in value if isinstance(row, list)]


def _words(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("words")
    return tuple(str(word) for word in value)
