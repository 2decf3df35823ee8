"""What the parties sign: footprints, the rule, certificates; and why a certifier signs some and refuses others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from api.demo import cast
from api.demo.products import DemoProduct, footprint_body
from api.demo.stage import DAY, Stage
from api.runtime.statements import make_draft, sign_draft
from ledger.intake.drafts import CertificateTerms, GradeRule, SignedFootprint, draft_certificate
from ledger.intake.refusals import CertificateRefusedError, RefusalReason
from ledger.keys.memory import MemorySigner
from verifier.bodies.rule import parse_rule
from verifier.statement import Statement, statement_id
from verifier.times import shanghai_date
from verifier.types import JsonValue, StatementId

YEAR: Final = 365 * DAY
QUOTA: Final = 10_000
SCHEME: Final = ("tanji-demo", "碳足迹标识认证（演示）Footprint label scheme (demonstration)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A product and the footprint its enterprise signed."""

    product: DemoProduct
    footprint: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Certified:
    """A product, its footprint, and the certificate of one certifier."""

    product: DemoProduct
    footprint: Statement
    certificate: Statement

    @property
    def id(self) -> StatementId:
        """The certificate's id."""
        return statement_id(self.certificate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A product that was not certified, and why."""

    product: DemoProduct
    footprint: Statement
    reasons: tuple[RefusalReason, ...]


def sign(stage: Stage, kind: str, issuer: str, body: JsonValue, key: MemorySigner) -> Statement:
    """Sign a statement now. Raises MalformedError, FootprintRefusedError."""
    draft = make_draft(kind, issuer, body)
    return sign_draft(draft, key, stage.deployment.domain_separator, issued_at=stage.clock.now())


def state_footprint(stage: Stage, product: DemoProduct) -> Stated:
    """An enterprise signs the footprint of its product."""
    enterprise = product.enterprise
    body = footprint_body(product, created=stage.clock.now())
    return Stated(
        product=product, footprint=sign(stage, "footprint", enterprise.party, body, cast.enterprise_key(enterprise))
    )


def grade_rule(rule: Statement) -> GradeRule:
    """The rule as certifiers use it."""
    return GradeRule(id=statement_id(rule), rule=parse_rule(rule.body))


def signing_key(product: DemoProduct) -> str:
    """Which key of its certifier signs for this product: certifier B keeps one for cars, in the field."""
    if product.category.sector == "cars":
        return "certifier-b-road"
    return "certifier-a" if cast.certifier_of(product.category.sector) == cast.CERTIFIER_A else "certifier-b"


def examine(stage: Stage, stated: Stated, rule: Statement, number: int) -> Certified | Refused:
    """A certifier re-computes a footprint and signs a certificate, or refuses with every reason."""
    product = stated.product
    certifier = cast.certifier_of(product.category.sector)
    try:
        body = certificate_body(stage, stated, rule, certifier=certifier, number=number)
    except CertificateRefusedError as refusal:
        return Refused(product=product, footprint=stated.footprint, reasons=refusal.reasons)
    certificate = sign(stage, "certificate", certifier, body, cast.key(signing_key(product)))
    return Certified(product=product, footprint=stated.footprint, certificate=certificate)


def certificate_body(
    stage: Stage, stated: Stated, rule: Statement, *, certifier: str, number: int
) -> dict[str, JsonValue]:
    """The certificate's body. Raises CertificateRefusedError."""
    product, now = stated.product, stage.clock.now()
    read = SignedFootprint(
        body=stated.footprint.body, id=statement_id(stated.footprint), issuer=product.enterprise.party
    )
    terms = CertificateTerms(
        certifier=certifier,
        number=f"TJ-{shanghai_date(now)[:4]}-{number:04d}",
        category=product.category.urn,
        scheme_id=SCHEME[0],
        scheme_name=SCHEME[1],
        assurance="limited",
        granularity="item",
        valid_from=now,
        valid_until=now + YEAR,
        quota=QUOTA,
        grade_rule=grade_rule(rule),
    )
    return draft_certificate(read, terms, now=now)


def correct(stage: Stage, old: Certified) -> Certified:
    """A corrected certificate (变更): next version, smaller quota, naming the one it replaces."""
    from verifier.encoding import to_hex

    now = stage.clock.now()
    body: dict[str, JsonValue] = dict(old.certificate.body) | {
        "version": 2,
        "replaces": to_hex(old.id),
        "quota": QUOTA // 2,
        "validFrom": now,
    }
    key = cast.key(signing_key(old.product))
    certificate = sign(stage, "certificate", old.certificate.issuer, body, key)
    return Certified(product=old.product, footprint=old.footprint, certificate=certificate)
