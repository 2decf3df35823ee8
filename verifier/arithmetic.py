"""Whether a footprint's own figures add up (spec 03, sums). Pure; used by the verdict and by imports.

Sums looked at, each by the tolerance of `verifier.decimals`:

    stages            Σ stage amounts                          against pcfExcludingBiogenicUptake
    line <n>          amount × factor of one inventory line    against its emissions
    stage <name>      Σ emissions of the lines naming a stage  against Σ amounts of the stages of that name
    inventory         Σ emissions of all lines                 against pcfExcludingBiogenicUptake
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeGuard, TypeVar

from verifier.bodies.extension import FactorUnit, FootprintExtension, InventoryLine, Stage, UpstreamSupply
from verifier.bodies.footprint import Footprint
from verifier.decimals import Quantity, SumComparison, compare_ratio, compare_sums, product
from verifier.sealed import Sealed

# A failing inventory of thousands of lines is told by its first failures, not by a megabyte of them.
MAX_FAILURES = 20

T = TypeVar("T")


class ArithmeticOutcome(StrEnum):
    """Passed: every sum was checked and holds. Failed: some sum does not hold. Not checked: none fails, some is open."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SumFailure:
    """A sum that does not hold: its name (module docstring) and the figures as exact decimals."""

    sum: str
    comparison: SumComparison


class ArithmeticResult(NamedTuple):
    """`checked`: how many sums were compared; `failures`: the first 20 that do not hold.

    `open`: why sums were left open: "no-figures" (neither stages nor inventory) or "sealed:<JSON pointer>".
    `co2_only`: indexes of inventory lines whose factor counts carbon dioxide alone (kgCO2) among kgCO2e totals.
    """

    outcome: ArithmeticOutcome
    checked: int
    failures: tuple[SumFailure, ...]
    open: tuple[str, ...]
    co2_only: tuple[int, ...]


def check_arithmetic(footprint: Footprint) -> ArithmeticResult:
    """Re-compute the sums of a footprint as signed or with disclosures opened. Never raises.

    A sealed term leaves its sums open (not checked), never passed; another sum that fails still fails.
    """
    extension = footprint.extension
    if extension is None or (extension.stages is None and extension.inventory is None):
        return ArithmeticResult(
            outcome=ArithmeticOutcome.NOT_CHECKED, checked=0, failures=(), open=("no-figures",), co2_only=()
        )
    tally = _Tally()
    stages = _opened(extension.stages, tally)
    lines = _opened(extension.inventory, tally)
    if stages is not None:
        amounts = [stage.amount if isinstance(stage, Stage) else stage for stage in stages]
        tally.compare("stages", amounts, (footprint.pcf,))
    if lines is not None:
        for index, line in enumerate(lines):
            _check_line(index, line, tally)
        emissions = [line.emissions if isinstance(line, InventoryLine) else line for line in lines]
        tally.compare("inventory", emissions, (footprint.pcf,))
    if stages is not None and lines is not None:
        _check_stages(stages, lines, tally)
    return tally.result(_co2_only(extension))


def check_upstream_emissions(
    supply: UpstreamSupply, *, unit: str, unit_amount: Quantity, pcf: Quantity
) -> SumComparison | None:
    """The emissions a footprint states for an upstream supply, against amount / declared unit amount × upstream pcf.

    `unit`, `unit_amount` (> 0) and `pcf` are those of the certificate it names. The figures of the result are multiplied by
    `unit_amount`, so that nothing is divided. None: a sealed term, or another unit, so they cannot be compared.
    """
    amount, emissions = supply.amount, supply.emissions
    if isinstance(amount, Sealed) or isinstance(emissions, Sealed) or supply.unit != unit:
        return None
    return compare_ratio(product(amount, pcf), unit_amount, emissions)


class _Tally:
    """Collects comparisons; a list holding a sealed term is noted as open instead of being compared."""

    def __init__(self) -> None:
        self._checked = 0
        self._failures: list[SumFailure] = []
        self._open: dict[str, None] = {}  # ordered, each once

    def compare(self, name: str, terms: Sequence[Quantity | Sealed], totals: Sequence[Quantity | Sealed]) -> None:
        if not (_all_open(terms) and _all_open(totals)):
            self.leave_open(term for term in (*terms, *totals) if isinstance(term, Sealed))
            return
        comparison = compare_sums(terms, totals)
        self._checked += 1
        if not comparison.agrees and len(self._failures) < MAX_FAILURES:
            self._failures.append(SumFailure(sum=name, comparison=comparison))

    def leave_open(self, sealed: Iterable[Sealed]) -> None:
        for value in sealed:
            self._open[f"sealed:{value.path}"] = None

    def result(self, co2_only: tuple[int, ...]) -> ArithmeticResult:
        outcome = ArithmeticOutcome.PASSED
        if self._failures:
            outcome = ArithmeticOutcome.FAILED
        elif self._open or not self._checked:
            outcome = ArithmeticOutcome.NOT_CHECKED
        return ArithmeticResult(outcome, self._checked, tuple(self._failures), tuple(self._open), co2_only)


def _all_open(terms: Sequence[Quantity | Sealed]) -> TypeGuard[Sequence[Quantity]]:
    return Sealed not in map(type, terms)


def _opened(items: tuple[T, ...] | Sealed | None, tally: _Tally) -> tuple[T, ...] | None:
    if isinstance(items, Sealed):
        tally.leave_open((items,))
        return None
    return items


def _check_line(index: int, line: InventoryLine | Sealed, tally: _Tally) -> None:
    if isinstance(line, Sealed):
        tally.leave_open((line,))
        return
    amount, factor = line.amount, line.factor
    if isinstance(amount, Sealed) or isinstance(factor, Sealed):
        tally.leave_open(term for term in (amount, factor) if isinstance(term, Sealed))
        return
    tally.compare(f"line {index}", (product(amount, factor),), (line.emissions,))


def _check_stages(stages: tuple[Stage | Sealed, ...], lines: tuple[InventoryLine | Sealed, ...], tally: _Tally) -> None:
    # A sealed name may be any stage's, so no stage's lines are known to be all there.
    named = [item.stage if isinstance(item, (Stage, InventoryLine)) else item for item in (*stages, *lines)]
    unnamed = [name for name in named if isinstance(name, Sealed)]
    if unnamed:
        tally.leave_open(unnamed)
        return
    amounts: defaultdict[str, list[Quantity | Sealed]] = defaultdict(list)
    for stage in stages:
        if isinstance(stage, Stage) and isinstance(stage.stage, str):
            amounts[stage.stage].append(stage.amount)
    emissions: defaultdict[str, list[Quantity | Sealed]] = defaultdict(list)
    for line in lines:
        if isinstance(line, InventoryLine) and isinstance(line.stage, str):
            emissions[line.stage].append(line.emissions)
    for name, terms in emissions.items():
        # A stage listed twice counts as one; a stage that only lines name has nothing to stand against but zero.
        tally.compare(f"stage {name}", terms, amounts.get(name, ()))


def _co2_only(extension: FootprintExtension) -> tuple[int, ...]:
    if not isinstance(extension.inventory, tuple):
        return ()
    return tuple(
        index
        for index, line in enumerate(extension.inventory)
        if isinstance(line, InventoryLine)
        and isinstance(line.factor_unit, FactorUnit)
        and line.factor_unit.gas == "kgCO2"
    )
