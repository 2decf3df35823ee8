"""Quantities as written, and the one rule by which sums are judged (spec 01 quantities, spec 03 sums).

A quantity is a decimal *string*; what was written is what was signed, so the number of written places is part of the
value: it says how precisely the author spoke. Everything here is integer arithmetic on scaled values. Nothing is rounded.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from verifier.errors import MalformedError

MAX_DIGITS = 30
MAX_PLACES = 18

# Powers of ten up to the places of a product of two products, more than any sum here has.
_POWERS = tuple(10**exponent for exponent in range(4 * MAX_PLACES + 1))

_QUANTITY = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


class Quantity(NamedTuple):
    """An exact decimal: `coefficient / 10**places`. `text` is what was written ("" for a computed product).

    A named tuple where the house has frozen dataclasses: an inventory is made of these, and a tuple is made in a third
    of the time.
    """

    coefficient: int
    places: int
    text: str = ""

    def __str__(self) -> str:
        return self.text or format_scaled(self.coefficient, self.places)


class SumComparison(NamedTuple):
    """Σ terms against a stated total; the two sums and the Σ ulp are in units of 10^-scale. A tuple as Quantity is.

    The figures of a failure are exact decimals as text, in the total's unit. `allowed` is the tolerance of spec 03;
    `agrees` says whether `difference` = |Σ − total| is within it.
    """

    computed_scaled: int
    stated_scaled: int
    ulps_scaled: int
    scale: int

    @property
    def agrees(self) -> bool:
        """|Σ − total| ≤ 0.005·|total| + min(½·Σ ulp, 0.005·|total|)."""
        # Figures that add up exactly, as most lines do, need no tolerance.
        off = self.computed_scaled - self.stated_scaled
        return off == 0 or 200 * abs(off) <= self._allowed200()

    @property
    def computed(self) -> str:
        """Σ terms."""
        return format_scaled(self.computed_scaled, self.scale)

    @property
    def stated(self) -> str:
        """The total as stated, or several totals added."""
        return format_scaled(self.stated_scaled, self.scale)

    @property
    def difference(self) -> str:
        """|Σ − total|."""
        return format_scaled(abs(self.computed_scaled - self.stated_scaled), self.scale)

    @property
    def allowed(self) -> str:
        """The tolerance: allowed200 / 200 = allowed200 · 5 / 1000."""
        return format_scaled(self._allowed200() * 5, self.scale + 3)

    def _allowed200(self) -> int:
        # Both sides × 200 keep integers: 0.005 = 1/200, ½ = 100/200.
        share = abs(self.stated_scaled)
        return share + min(100 * self.ulps_scaled, share)


def parse_quantity(value: object, place: str) -> Quantity:
    """Parse a quantity of spec 01: full match, no negative zero, ≤ 30 digits, ≤ 18 after the point.

    Raises MalformedError: `quantity`, `quantity-digits` or `negative-zero`.
    """
    if type(value) is not str:
        raise MalformedError("quantity", place, f"{type(value).__name__} where a decimal string is due")
    # 30 digits, a sign and a point; longer text is refused before anything keeps it or the pattern sees it.
    if len(value) > MAX_DIGITS + 2:
        raise MalformedError("quantity", place, f"{value[:40]} is not -?(0|[1-9][0-9]*)(.[0-9]+)?")
    try:
        return _read_quantity(value)
    except MalformedError as error:
        raise error.within(place) from error


# A figure stands in the certificate, in the footprint's total, among its stages and in its inventory.
@lru_cache(maxsize=4096)
def _read_quantity(text: str) -> Quantity:
    if (match := _QUANTITY.fullmatch(text)) is None:
        raise MalformedError("quantity", "", f"{text} is not -?(0|[1-9][0-9]*)(.[0-9]+)?")
    fraction = match[1]
    places = 0 if fraction is None else len(fraction)
    digits = len(text) - text.startswith("-") - (places > 0)
    if places > MAX_PLACES or digits > MAX_DIGITS:
        raise MalformedError("quantity-digits", "", "more than 30 digits, or 18 after the point")
    coefficient = int(text.replace(".", "", 1) if places else text)
    if coefficient == 0 and text[0] == "-":
        raise MalformedError("negative-zero", "", text)
    return Quantity(coefficient, places, text)


def product(left: Quantity, right: Quantity) -> Quantity:
    """The exact product; its written places are the sum of both (so its ulp is that of the exact product)."""
    return Quantity(left.coefficient * right.coefficient, left.places + right.places)


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
    scale = 0
    for quantity in (*terms, *totals):
        if quantity.places > scale:  # noqa: PLR1730  # max() is a call for each of thousands of terms
            scale = quantity.places
    computed = stated = ulps = 0
    for quantity in terms:
        ulp = _POWERS[scale - quantity.places]
        computed += quantity.coefficient * ulp
        ulps += ulp
    for quantity in totals:
        ulp = _POWERS[scale - quantity.places]
        stated += quantity.coefficient * ulp
        ulps += ulp
    return SumComparison(computed_scaled=computed, stated_scaled=stated, ulps_scaled=ulps, scale=scale)


def compare_ratio(numerator: Quantity, divisor: Quantity, total: Quantity) -> SumComparison:
    """Judge `numerator / divisor` (divisor > 0) against `total` by the same rule, without dividing.

    Both sides are multiplied by the divisor: the term is `numerator` with its own ulp, the total is `total × divisor`
    and its ulp is `ulp(total) × divisor`. The figures of the result are multiplied in the same way.
    """
    scaled_total = product(total, divisor)
    scale = max(numerator.places, scaled_total.places)
    lift = 10 ** (scale - scaled_total.places)
    return SumComparison(
        computed_scaled=numerator.coefficient * 10 ** (scale - numerator.places),
        stated_scaled=scaled_total.coefficient * lift,
        # ulp(total) is 1 in units of 10^-total.places; times the divisor's coefficient in the product's scale.
        ulps_scaled=10 ** (scale - numerator.places) + divisor.coefficient * lift,
        scale=scale,
    )


def less_or_equal(left: Quantity, right: Quantity) -> bool:
    """Exact `left ≤ right`."""
    scale = max(left.places, right.places)
    lifted_left: int = left.coefficient * 10 ** (scale - left.places)
    lifted_right: int = right.coefficient * 10 ** (scale - right.places)
    return lifted_left <= lifted_right
