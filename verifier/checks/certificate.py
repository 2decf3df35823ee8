"""Steps 7 to 9: the certificate's period, holder and products (docs/spec/03, certificate; docs/spec/07)."""

from __future__ import annotations

from typing import Final

from verifier.bodies import Certificate, Footprint
from verifier.checks.inquiry import Inquiry
from verifier.statement import Statement
from verifier.verdict import Check, CheckId, failed, inconclusive, not_checked, passed

DAY: Final = 86_400
EARLIEST_START: Final = 30 * DAY
LATEST_START: Final = 90 * DAY
LONGEST_PERIOD: Final = 731 * DAY

_PERIOD, _HOLDER, _PRODUCT = CheckId.CERTIFICATE_PERIOD, CheckId.CERTIFICATE_HOLDER, CheckId.CERTIFICATE_PRODUCT


def check_period(inquiry: Inquiry, certificate: Certificate, footprint: Footprint | None, time: int | None) -> Check:
    """In force at the moment asked about, and of a length it may have. `time`: the entry's, None when not shown."""
    start, end = certificate.valid_from, certificate.valid_until
    wrong = _check_length(start, end, footprint, time)
    if wrong is not None:
        return wrong
    moment = inquiry.moment
    if inquiry.at is None and inquiry.clock_is_behind and inquiry.view.header is not None:
        # the clock is wrong, but the chain shows that at least this much time has passed
        moment = inquiry.view.header.time
        if not start <= moment < end:
            return _outside(start, end, moment) if moment >= end else inconclusive(_PERIOD, "clock-behind")
    if not start <= moment < end:
        return _outside(start, end, moment)
    return passed(_PERIOD)


def _outside(start: int, end: int, moment: int) -> Check:
    reason = "expired" if moment >= end else "not-yet"
    return failed(_PERIOD, reason, validFrom=start, validUntil=end, moment=moment)


def _check_length(start: int, end: int, footprint: Footprint | None, time: int | None) -> Check | None:
    if not start < end <= start + LONGEST_PERIOD:
        return failed(_PERIOD, "period-length", validFrom=start, validUntil=end)
    if footprint is not None and end > footprint.validity_end:
        return failed(_PERIOD, "beyond-footprint", validUntil=end, footprintUntil=footprint.validity_end)
    if time is not None and not time - EARLIEST_START <= start <= time + LATEST_START:
        return failed(_PERIOD, "start-too-far", validFrom=start, time=time)
    return None


def check_holder(issuer: str, certificate: Certificate, footprint: Statement | None) -> Check:
    """Nobody certifies itself, and the footprint is the holder's own."""
    if issuer == certificate.holder:
        return failed(_HOLDER, "self-certified", holder=certificate.holder)
    if footprint is None:
        return not_checked(_HOLDER, "footprint-not-given")
    if footprint.issuer != certificate.holder:
        return failed(_HOLDER, "footprint-of-another", holder=certificate.holder, footprintIssuer=footprint.issuer)
    return passed(_HOLDER)


def check_product(certificate: Certificate, footprint: Footprint | None) -> Check:
    """The certificate's products are among the footprint's ids, its category among the footprint's classifications."""
    if footprint is None:
        return not_checked(_PRODUCT, "footprint-not-given")
    for product in certificate.products:
        if product.urn not in footprint.product_ids:
            return failed(_PRODUCT, "not-in-footprint", product=product.urn)
    if certificate.category not in footprint.classifications:
        return failed(_PRODUCT, "another-category", category=certificate.category)
    return passed(_PRODUCT)
