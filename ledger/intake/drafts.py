"""From a footprint to a certificate body, or to the named reasons why not. Signs nothing and reads no clock.

The figures of a certificate are never typed in: pcf and declared unit are the footprint's own text (footprint.figures compares text), and
the grade is derived from the rule (domain notes 4.7).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.intake.inventory import validate_inventory
from ledger.intake.pact import errors_of, validate_footprint
from ledger.intake.refusals import CertificateRefusedError, RefusalReason
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies.certificate import parse_certificate
from verifier.bodies.footprint import Footprint, parse_footprint
from verifier.bodies.rule import Rule, grade_for
from verifier.canonical import canonicalize
from verifier.encoding import to_hex
from verifier.errors import MalformedError
from verifier.types import JsonValue, StatementId

DAY = 86_400
START_BEFORE, START_AFTER, LONGEST = 30 * DAY, 90 * DAY, 731 * DAY  # docs/spec/03-bodies.md, certificate

_GTIN, _GMN = "urn:gtin:", "urn:gmn:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedFootprint:
    """What a certifier looks at: the body, the statement's id, and the parties who made and advised on it."""

    body: JsonValue
    id: StatementId
    issuer: str
    advisers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedProduct:
    """A product as it is to stand in the certificate; `code` is its URN in the footprint (`urn:gtin:…` or `urn:gmn:…`)."""

    code: str
    name: str
    model: str | None = None
    plants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeRule:
    """A published rule statement and its parsed body."""

    id: StatementId
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateTerms:
    """What the certifier decides. Times in unix seconds. No products: all GTINs and GMNs of the footprint, under its name."""

    certifier: str
    number: str
    category: str
    scheme_id: str
    scheme_name: str
    assurance: str
    granularity: str
    valid_from: int
    valid_until: int
    quota: int
    version: int = 1
    products: tuple[CertifiedProduct, ...] = ()
    grade_rule: GradeRule | None = None
    replaces: StatementId | None = None


def draft_certificate(footprint: SignedFootprint, terms: CertificateTerms, *, now: int) -> dict[str, JsonValue]:
    """The certificate body, ready to sign.

    Raises:
        CertificateRefusedError: with every reason found (codes: ledger.intake.refusals.SENTENCES).
    """
    try:
        canonicalize(footprint.body)
        read = parse_footprint(footprint.body)
    except MalformedError as error:
        reason = RefusalReason(code="footprint.malformed", field=error.place, detail=str(error))
        raise CertificateRefusedError((reason,)) from error
    products = terms.products or _all_products(read)
    reasons = (
        *_about_figures(footprint.body, read),
        *_about_parties(footprint, terms),
        *_about_products(read, terms, products),
        *_about_times(read, terms, now),
        *_about_grade(read, terms, now),
    )
    if reasons:
        raise CertificateRefusedError(reasons)
    body = _body(footprint, read, terms, products)
    try:
        canonicalize(body)
        parse_certificate(body)
    except MalformedError as error:
        reason = RefusalReason(code="terms.malformed", field=error.place, detail=str(error))
        raise CertificateRefusedError((reason,)) from error
    return body


def _all_products(read: Footprint) -> tuple[CertifiedProduct, ...]:
    codes = [urn for urn in read.product_ids if urn.startswith((_GTIN, _GMN))]
    return tuple(CertifiedProduct(code=code, name=read.product_name) for code in codes)


def _about_figures(body: JsonValue, read: Footprint) -> Iterator[RefusalReason]:
    for finding in errors_of(validate_footprint(body)):
        yield RefusalReason(code="footprint.pact", field=finding.field, detail=f"{finding.rule}: {finding.detail}")
    for finding in errors_of(validate_inventory(read, body)):
        yield RefusalReason(code="footprint.factors", field=finding.field, detail=finding.detail)
    result = check_arithmetic(read)
    for failure in result.failures:
        figures = failure.comparison
        detail = f"{failure.sum}: {figures.computed} computed, {figures.stated} stated, {figures.difference} apart"
        yield RefusalReason(code="footprint.arithmetic", detail=detail)
    if result.outcome is ArithmeticOutcome.NOT_CHECKED:
        yield RefusalReason(code="footprint.arithmetic-open", detail=", ".join(result.open))
    if read.status == "Deprecated":
        yield RefusalReason(code="footprint.deprecated", field="/status")


def _about_parties(footprint: SignedFootprint, terms: CertificateTerms) -> Iterator[RefusalReason]:
    if terms.certifier == footprint.issuer:
        yield RefusalReason(code="conflict.self", detail=terms.certifier)
    if terms.certifier in footprint.advisers:
        yield RefusalReason(code="conflict.adviser", detail=terms.certifier)


def _about_products(
    read: Footprint, terms: CertificateTerms, products: tuple[CertifiedProduct, ...]
) -> Iterator[RefusalReason]:
    if terms.category not in read.classifications:
        yield RefusalReason(code="category.foreign", field="/category", detail=terms.category)
    if not products:
        yield RefusalReason(code="product.none", field="/productIds")
    for index, product in enumerate(products):
        if product.code not in read.product_ids or not product.code.startswith((_GTIN, _GMN)):
            yield RefusalReason(code="product.foreign", field=f"/products/{index}", detail=product.code)


def _about_times(read: Footprint, terms: CertificateTerms, now: int) -> Iterator[RefusalReason]:
    start, until = terms.valid_from, terms.valid_until
    if now >= read.validity_end:
        yield RefusalReason(code="footprint.expired", field="/validityPeriodEnd", detail=str(read.validity_end))
    if start >= until:
        yield RefusalReason(code="period.order", field="/validUntil", detail=f"{start} to {until}")
    if not now - START_BEFORE <= start <= now + START_AFTER:
        yield RefusalReason(code="period.start", field="/validFrom", detail=str(start))
    if until > start + LONGEST:
        yield RefusalReason(code="period.length", field="/validUntil", detail=str(until))
    if until > read.validity_end:
        yield RefusalReason(code="period.footprint", field="/validUntil", detail=f"{until} > {read.validity_end}")


def _about_grade(read: Footprint, terms: CertificateTerms, now: int) -> Iterator[RefusalReason]:
    if terms.grade_rule is None:
        return
    if not terms.grade_rule.rule.in_effect(now):
        yield RefusalReason(code="rule.not-in-effect", field="/grade", detail=terms.grade_rule.rule.code)
    if _grade(read, terms) is None:
        yield RefusalReason(code="grade.untabled", field="/grade", detail=f"{terms.category} per {read.unit}")


def _grade(read: Footprint, terms: CertificateTerms) -> str | None:
    if terms.grade_rule is None:
        return None
    rule, category = terms.grade_rule.rule, terms.category
    return grade_for(rule, category=category, unit=read.unit, amount=read.unit_amount, pcf=read.pcf).grade


def _body(
    footprint: SignedFootprint, read: Footprint, terms: CertificateTerms, products: tuple[CertifiedProduct, ...]
) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {
        "number": terms.number,
        "version": terms.version,
        "holder": footprint.issuer,
        "footprint": to_hex(footprint.id),
        "products": [_product(product) for product in products],
        "category": terms.category,
        "pcf": read.pcf.text,
        "declaredUnit": {"amount": read.unit_amount.text, "unit": str(read.unit)},
        "scheme": {"id": terms.scheme_id, "name": terms.scheme_name},
        "assurance": terms.assurance,
        "granularity": terms.granularity,
        "validFrom": terms.valid_from,
        "validUntil": terms.valid_until,
        "quota": terms.quota,
    }
    grade = _grade(read, terms)
    if grade is not None and terms.grade_rule is not None:
        body["grade"] = {"value": grade, "rule": to_hex(terms.grade_rule.id)}
    if terms.replaces is not None:
        body["replaces"] = to_hex(terms.replaces)
    return body


def _product(product: CertifiedProduct) -> dict[str, JsonValue]:
    scheme, code = (
        ("gtin", product.code[len(_GTIN) :]) if product.code.startswith(_GTIN) else ("gmn", product.code[len(_GMN) :])
    )
    members: dict[str, JsonValue] = {scheme: code, "name": product.name}
    if product.model is not None:
        members["model"] = product.model
    if product.plants:
        members["plants"] = list(product.plants)
    return members
