"""Step 13, `upstream.*`: certificates the footprint draws on, how they stand, and how much of them it uses (spec 07; F10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from verifier.arithmetic import check_upstream_emissions
from verifier.bodies import Certificate, Footprint, UpstreamSupply
from verifier.checks.certificate import check_holder
from verifier.checks.entry import Entry
from verifier.checks.footprint import check_figures
from verifier.checks.inquiry import Inquiry
from verifier.checks.statement import Examined, Role, examine, first_not_passed, folded
from verifier.checks.status import Use
from verifier.decimals import Quantity, less_or_equal, product
from verifier.encoding import to_hex
from verifier.sealed import Sealed
from verifier.types import StatementId
from verifier.verdict import Check, CheckId, CheckOutcome, failed, inconclusive, not_applicable, not_checked, passed

_STATEMENT, _STATUS, _AMOUNT = CheckId.UPSTREAM_STATEMENT, CheckId.UPSTREAM_STATUS, CheckId.UPSTREAM_AMOUNT
_IDS: Final = (_STATEMENT, _STATUS, _AMOUNT)
_NONE: Final = tuple(not_applicable(check, "no-upstream") for check in _IDS)


def _role(kind: str) -> Role:
    return Role(
        kind=kind,
        use=Use.RELIED_ON,
        anchored=_STATEMENT,
        logged=_STATEMENT,
        signature=_STATEMENT,
        issuer=_STATEMENT,
        status=_STATUS,
    )


_CERTIFICATE: Final = _role("certificate")
_FOOTPRINT: Final = _role("footprint")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Supplier:
    """One upstream of the evidence, examined."""

    certificate: Examined
    footprint: Examined | None


def check_upstream(
    inquiry: Inquiry, footprint: Footprint | None, given: tuple[tuple[Entry, Entry | None], ...]
) -> tuple[Check, ...]:
    """The three checks, each over all upstreams: a failed one is reported before an open one."""
    if footprint is None:
        return tuple(not_checked(check, "footprint-not-given") for check in _IDS)
    named = None if footprint.extension is None else footprint.extension.upstream
    if not named and not given:
        return _NONE
    if isinstance(named, Sealed):
        return tuple(not_checked(check, "undisclosed") for check in _IDS)
    supplies = [supply for supply in named or () if isinstance(supply, UpstreamSupply)]
    hidden = len(named or ()) - sum(1 for supply in supplies if not isinstance(supply.statement, Sealed))
    if len({certificate.id for certificate, _ in given}) != len(given):
        return _refused("given-twice")
    suppliers = _examine_all(inquiry, given)
    wanted = {supply.statement for supply in supplies if not isinstance(supply.statement, Sealed)}
    if any(key not in wanted for key in suppliers):
        return _refused("not-named")
    missing = [to_hex(key) for key in sorted(wanted) if key not in suppliers]
    return (
        _worst(_STATEMENT, [_check_statement(found) for found in suppliers.values()], missing, hidden),
        _worst(_STATUS, [_check_status(found) for found in suppliers.values()], missing, hidden),
        _worst(_AMOUNT, _check_amounts(supplies, suppliers), missing, hidden),
    )


def _refused(reason: str) -> tuple[Check, ...]:
    """Evidence beside the question: nothing in a file may stand there unchecked."""
    return (failed(_STATEMENT, reason), *(not_checked(check, reason) for check in _IDS[1:]))


def _examine_all(inquiry: Inquiry, given: tuple[tuple[Entry, Entry | None], ...]) -> dict[StatementId, _Supplier]:
    return {
        certified.id: _Supplier(
            certificate=examine(inquiry, certified, _CERTIFICATE),
            footprint=None if behind is None else examine(inquiry, behind, _FOOTPRINT),
        )
        for certified, behind in given
    }


def _worst(check: CheckId, found: Sequence[Check], missing: list[str], hidden: int) -> Check:
    for outcome in (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE):
        for candidate in found:
            if candidate.outcome is outcome:
                return candidate
    if missing:
        return not_checked(check, "upstream-not-given", statements=list(missing))
    if hidden:
        return not_checked(check, "undisclosed", count=hidden)
    for candidate in found:
        if candidate.outcome is CheckOutcome.NOT_CHECKED or candidate.reason:
            return candidate
    return passed(check)


def _check_statement(supplier: _Supplier) -> Check:
    certificate = supplier.certificate
    found = first_not_passed(certificate.checks[:4])
    if found is not None:
        return folded(_STATEMENT, *found)
    if supplier.footprint is None or not isinstance(certificate.body, Certificate):
        return passed(_STATEMENT)
    found = first_not_passed(supplier.footprint.checks[:4])
    if found is not None:
        return folded(_STATEMENT, f"footprint.{found[0]}", found[1])
    if not isinstance(supplier.footprint.body, Footprint):
        return passed(_STATEMENT)
    statement = certificate.entry.item.statement
    relations = {
        "holder": check_holder(statement.issuer, certificate.body, supplier.footprint.entry.item.statement),
        "figures": check_figures(certificate.body, supplier.footprint.body, supplier.footprint.entry.id),
    }
    for step, relation in relations.items():
        if relation.outcome is not CheckOutcome.PASSED:
            return folded(_STATEMENT, step, relation)
    return passed(_STATEMENT)


def _check_status(supplier: _Supplier) -> Check:
    status = supplier.certificate.checks[4]
    if status.outcome is not CheckOutcome.PASSED or supplier.footprint is None:
        return status
    own = supplier.footprint.checks[4]
    return status if own.outcome is CheckOutcome.PASSED and not own.reason else own


def _check_amounts(supplies: Sequence[UpstreamSupply], suppliers: dict[StatementId, _Supplier]) -> list[Check]:
    found: list[Check] = []
    for key, supplier in suppliers.items():
        certificate = supplier.certificate.body
        if isinstance(certificate, Certificate):
            used = [supply for supply in supplies if supply.statement == key]
            found.extend(_check_supply(supply, certificate, key) for supply in used)
            found.append(_check_total(used, certificate, key))
        else:
            found.append(inconclusive(_AMOUNT, "no-certificate", statement=to_hex(key)))
    return found


def _check_supply(supply: UpstreamSupply, certificate: Certificate, key: StatementId) -> Check:
    if any(isinstance(value, Sealed) for value in (supply.amount, supply.unit, supply.emissions)):
        return not_checked(_AMOUNT, "undisclosed", statement=to_hex(key))
    if supply.unit != certificate.unit:
        return failed(
            _AMOUNT, "unit", statement=to_hex(key), unit=str(supply.unit), certificateUnit=str(certificate.unit)
        )
    compared = check_upstream_emissions(
        supply, unit=certificate.unit, unit_amount=certificate.unit_amount, pcf=certificate.pcf
    )
    if compared is None:
        return not_checked(_AMOUNT, "undisclosed", statement=to_hex(key))
    if not compared.agrees:
        return failed(_AMOUNT, "emissions", statement=to_hex(key), computed=compared.computed, stated=compared.stated)
    return passed(_AMOUNT)


def _check_total(used: Sequence[UpstreamSupply], certificate: Certificate, key: StatementId) -> Check:
    """Σ amounts that name one certificate ≤ its quota × its declared amount: it certified no more than that."""
    amounts = [supply.amount for supply in used if isinstance(supply.amount, Quantity)]
    scale = max((amount.places for amount in amounts), default=0)
    total = Quantity(
        coefficient=sum(amount.coefficient * 10 ** (scale - amount.places) for amount in amounts), places=scale
    )
    limit = product(Quantity(coefficient=certificate.quota, places=0), certificate.unit_amount)
    if not less_or_equal(total, limit):
        return failed(_AMOUNT, "beyond-quota", statement=to_hex(key), used=str(total), certified=str(limit))
    return passed(_AMOUNT)
