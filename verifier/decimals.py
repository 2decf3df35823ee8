"""Quantities as written, and the one rule by which sums are judged (spec 01 quantities, spec 03 sums).

A quantity is a decimal *string*; what was written is what was signed, so the number of written places is part of the
value: it says how precisely the author spoke. Everything here is integer arithmetic on scaled values. Nothing is rounded.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.errors import MalformedError

MAX_DIGITS = 30
MAX_PLACES = 18

_QUANTITY = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An exact decimal: `coefficient / 10**places`. `text` is what was written ("" for a computed product)."""

    coefficient: int
    places: int
    text: str = ""

    def __str__(self) -> str:
        return self.text or format_scaled(self.coefficient, self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class SumComparison:
    """Σ terms against a stated total. All four figures are exact decimals as text, in the total's unit.

    `allowed` is the tolerance of spec 03; `agrees` says whether `difference` = |Σ − total| is within it.
    """

    agrees: bool
    computed: str
    stated: str
    difference: str
    allowed: str


def parse_quantity(value: object, place: str) -> Quantity:
    """Parse a quantity of spec 01: full match, no negative zero, ≤ 30 digits, ≤ 18 after the point.

    Raises MalformedError: `quantity`, `quantity-digits` or `negative-zero`.
    """
    if type(value) is not str:
        raise MalformedError("quantity", place, f"{type(value).__name__} where a decimal string is due")
    # 30 digits, a sign and a point; longer text is refused before the pattern sees it.
    match = _QUANTITY.fullmatch(value) if len(value) <= MAX_DIGITS + 2 else None
    if match is None:
        raise MalformedError("quantity", place, f"{value[:40]} is not -?(0|[1-9][0-9]*)(.[0-9]+)?")
    places = len(match.group(1) or "")
    if len(value) - value.startswith("-") - (places > 0) > MAX_DIGITS or places > MAX_PLACES:
        raise MalformedError("quantity-digits", place, "more than 30 digits, or 18 after the point")
    coefficient = int(value.replace(".", "", 1))
    if coefficient == 0 and value[0] == "-":
        raise MalformedError("negative-zero", place, value)
    return Quantity(coefficient=coefficient, places=places, text=value)


def product(left: Quantity, right: Quantity) -> Quantity:
    """The exact product; its written places are the sum of both (so its ulp is that of the exact product)."""
    return Quantity(coefficient=left.coefficient * right.coefficient, places=left.places + right.places)


def format_scaled(coefficient: int, places: int) -> str:
    """`coefficient / 10**places` in plain digits, all `places` written."""
    digits = str(abs(coefficient)).rjust(places + 1, "0")
    sign = "-" if coefficient < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def compare_sum(terms: Sequence[Quantity], total: Quantity) -> SumComparison:
    """Judge Σ terms against `total`: |Σ − total| ≤ 0.005·|total| + min(½·Σ ulp, 0.005·|total|)  (spec 03).

    ulp is one unit in the last written place, over the terms and the total.
    """
    return compare_sums(terms, (total,))


def compare_sums(terms: Sequence[Quantity], totals: Sequence[Quantity]) -> SumComparison:
    """The same rule where the total is itself written as several figures (or as none: zero)."""
    scale = max((quantity.places for quantity in (*terms, *totals)), default=0)
    # A file writes most of its figures to the same few places: each power of ten is made once.
    power = {places: 10 ** (scale - places) for places in {quantity.places for quantity in (*terms, *totals)}}
    return _judge(
        computed=sum(quantity.coefficient * power[quantity.places] for quantity in terms),
        total=sum(quantity.coefficient * power[quantity.places] for quantity in totals),
        ulps=sum(power[quantity.places] for quantity in (*terms, *totals)),
        scale=scale,
    )


def compare_ratio(numerator: Quantity, divisor: Quantity, total: Quantity) -> SumComparison:
    """Judge `numerator / divisor` (divisor > 0) against `total` by the same rule, without dividing.

    Both sides are multiplied by the divisor: the term is `numerator` with its own ulp, the total is `total × divisor`
    and its ulp is `ulp(total) × divisor`. The figures of the result are multiplied in the same way.
    """
    scaled_total = product(total, divisor)
    scale = max(numerator.places, scaled_total.places)
    lift = 10 ** (scale - scaled_total.places)
    return _judge(
        computed=numerator.coefficient * 10 ** (scale - numerator.places),
        total=scaled_total.coefficient * lift,
        # ulp(total) is 1 in units of 10^-total.places; times the divisor's coefficient in the product's scale.
        ulps=10 ** (scale - numerator.places) + divisor.coefficient * lift,
        scale=scale,
    )


def less_or_equal(left: Quantity, right: Quantity) -> bool:
    """Exact `left ≤ right`."""
    scale = max(left.places, right.places)
    lifted_left: int = left.coefficient * 10 ** (scale - left.places)
    lifted_right: int = right.coefficient * 10 ** (scale - right.places)
    return lifted_left <= lifted_right


def _judge(*, computed: int, total: int, ulps: int, scale: int) -> SumComparison:
    # In units of 10^-scale. Both sides × 200 keep integers: 0.005 = 1/200, ½ = 100/200.
    difference = abs(computed - total)
    allowed200 = abs(total) + min(100 * ulps, abs(total))
    return SumComparison(
        agrees=200 * difference <= allowed200,
        computed=format_scaled(computed, scale),
        stated=format_scaled(total, scale),
        difference=format_scaled(difference, scale),
        # allowed200 / 200 = allowed200 · 5 / 1000
        allowed=format_scaled(allowed200 * 5, scale + 3),
    )
