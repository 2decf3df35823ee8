"""Certificates against the footprint they name, labels against their certificate: where the log has it (spec 07, 8–10).

A statement may come before the one it names, so an unknown reference is no ground for refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ledger.domain.entries import Figures, Received, Sequenced, figures_of
from ledger.domain.errors import SubmissionRefusedError
from verifier.bodies import Certificate, Footprint, Labels, parse_body
from verifier.canonical import parse
from verifier.statement import parse_entry
from verifier.types import StatementId


@dataclass(frozen=True, slots=True, kw_only=True)
class Referenced:
    """A statement in the log that another one names; `content` is None where the log does not keep its body."""

    kind: str
    issuer: str
    content: Figures | Certificate | None


def referenced_here(received: Received) -> Referenced:
    """A statement of the batch at hand, as another one of it may name it."""
    content = received.stands_on if isinstance(received.stands_on, Certificate) else received.figures
    return Referenced(kind=received.kind, issuer=received.issuer, content=content)


def referenced_stored(stored: Sequenced, body: bytes | None) -> Referenced:
    """A statement of the log; `body` is what is kept beside a hash-only entry."""
    entry = parse_entry(stored.entry)
    value = entry.body if body is None else parse(body)
    parsed = None if value is None else parse_body(entry.kind, value)
    content = figures_of(parsed) if isinstance(parsed, Footprint) else parsed
    if not isinstance(content, Figures | Certificate):
        content = None
    return Referenced(kind=entry.kind, issuer=entry.issuer, content=content)


def reference_of(body: Certificate | Labels) -> StatementId:
    """The id of the statement that a certificate or labels statement names."""
    return body.footprint if isinstance(body, Certificate) else body.certificate


def check_certificate(issuer: str, certificate: Certificate, known: Mapping[StatementId, Referenced]) -> None:
    """Raise SubmissionRefusedError when the certificate cannot pass steps 7 to 10 of the ladder."""
    if issuer == certificate.holder:
        raise SubmissionRefusedError("/body/holder", "self-certified", "the issuer certifies itself")
    found = known.get(certificate.footprint)
    if found is None:
        return
    if found.kind != "footprint":
        raise SubmissionRefusedError("/body/footprint", "differs", f"the log has a {found.kind} under this id")
    _same("/body/holder", certificate.holder, found.issuer)
    if isinstance(found.content, Figures):
        _compare(certificate, found.content)


def _compare(certificate: Certificate, footprint: Figures) -> None:
    _same("/body/pcf", certificate.pcf.text, footprint.pcf)
    _same("/body/declaredUnit/amount", certificate.unit_amount.text, footprint.unit_amount)
    _same("/body/declaredUnit/unit", certificate.unit, footprint.unit)
    for index, product in enumerate(certificate.products):
        if product.urn not in footprint.product_ids:
            raise SubmissionRefusedError(f"/body/products/{index}", "differs", f"{product.urn} is not in the footprint")
    if certificate.category not in footprint.classifications:
        raise SubmissionRefusedError("/body/category", "differs", "not among the footprint's classifications")
    if certificate.valid_until > footprint.validity_end:
        raise SubmissionRefusedError("/body/validUntil", "differs", f"the footprint ends at {footprint.validity_end}")


def check_labels(issuer: str, labels: Labels, known: Mapping[StatementId, Referenced]) -> None:
    """Raise SubmissionRefusedError when the labels are not the certificate holder's, or for another product (F11)."""
    found = known.get(labels.certificate)
    if found is None:
        return
    certificate = found.content
    if not isinstance(certificate, Certificate):
        raise SubmissionRefusedError("/body/certificate", "differs", f"the log has a {found.kind} under this id")
    _same("/issuer", issuer, certificate.holder)
    if (labels.gtin, labels.gmn) not in {(product.gtin, product.gmn) for product in certificate.products}:
        raise SubmissionRefusedError(
            "/body/gtin" if labels.gmn is None else "/body/gmn", "differs", "not among the certificate's products"
        )
    if labels.first + labels.count > certificate.quota:
        raise SubmissionRefusedError("/body/count", "beyond-quota", f"the certificate's quota is {certificate.quota}")


def _same(field: str, given: str, expected: str) -> None:
    if given != expected:
        raise SubmissionRefusedError(field, "differs", f"{given} here, {expected} there")
