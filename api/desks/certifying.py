"""A certificate from a footprint and a form: what was handed over, the checks before anything is signed, the body or every reason against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from api.desks.book import LedgerBook
from api.desks.fields import FieldReader, Trouble
from ledger.intake.drafts import (
    CertificateTerms,
    CertifiedProduct,
    GradeRule,
    SignedFootprint,
    draft_certificate,
)
from ledger.intake.inventory import validate_inventory
from ledger.intake.pact import errors_of, validate_footprint
from ledger.intake.refusals import CertificateRefusedError
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies import Footprint, parse_footprint
from verifier.bodies.certificate import MAX_QUOTA, MAX_VERSION
from verifier.bodies.fields import read_object
from verifier.canonical import canonicalize, parse
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import parse_party
from verifier.statement import statement_id_from
from verifier.types import BodyHash, JsonValue, StatementId

MAX_BYTES: Final = 1_048_576
MOST_PRODUCTS: Final = 20  # of a form; more by the command line
_DRAFT, _SIGNED = frozenset({"v", "kind", "issuer", "body"}), frozenset({"issuedAt", "signer", "signature"})
# Where a reason against a certificate is shown on the form.
_FIELD_OF: Final[Mapping[str, str]] = {
    "period.order": "validUntil",
    "period.start": "validFrom",
    "period.length": "validUntil",
    "period.footprint": "validUntil",
    "category.foreign": "category",
    "grade.untabled": "rule",
    "rule.not-in-effect": "rule",
}
_MEMBER_FIELDS: Final = (
    "number",
    "version",
    "quota",
    "scheme/id",
    "scheme/name",
    "category",
    "assurance",
    "granularity",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedFootprint:
    """A footprint as an enterprise handed it over: `document` is its canonical text, kept in the form."""

    signed: SignedFootprint
    read: Footprint
    document: str

    @property
    def products(self) -> tuple[str, ...]:
        """The product codes a certificate can name."""
        return tuple(one for one in self.read.product_ids if one.startswith(("urn:gtin:", "urn:gmn:")))[:MOST_PRODUCTS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at before a certificate is signed. outcome: passed, failed or not_checked."""

    outcome: str
    zh: str
    en: str
    detail: str = ""


def read_footprint(data: bytes) -> HandedFootprint:
    """Read a footprint statement (signed or not), as an enterprise hands it over. Raises MalformedError."""
    document = read_object(parse(data, MAX_BYTES), "", _DRAFT, _SIGNED)
    if document["kind"] != "footprint":
        raise MalformedError("kind", "/kind", "a footprint statement is due")
    issuer, body = parse_party(document["issuer"], "/issuer"), document["body"]
    canonical = canonicalize(body)
    found = statement_id_from(kind="footprint", issuer=issuer, body_hash=BodyHash(sha256(canonical)))
    kept: dict[str, JsonValue] = {"v": 1, "kind": "footprint", "issuer": issuer, "body": body}
    return HandedFootprint(
        signed=SignedFootprint(body=body, id=found, issuer=issuer),
        read=parse_footprint(body, "/body"),
        document=canonicalize(kept).decode("utf-8"),
    )


def checks_of(handed: HandedFootprint, book: LedgerBook, *, certifier: str, now: int) -> tuple[Check, ...]:
    """What a certifier looks at first: is it logged, is it sound, does it add up, is it still in force."""
    return tuple(_checks(handed, book, certifier, now))


def _checks(handed: HandedFootprint, book: LedgerBook, certifier: str, now: int) -> Iterator[Check]:
    logged = book.footprint(handed.signed.id)
    yield Check(
        outcome="failed" if logged is None else "passed",
        zh="足迹已由企业签名并收入日志" if logged else "日志里没有这份足迹：请企业先签名提交",
        en="The enterprise signed and logged it" if logged else "The log has no such footprint: the enterprise signs and submits it first",
        detail=to_hex(handed.signed.id),
    )  # fmt: skip
    broken = (
        *errors_of(validate_footprint(handed.signed.body)),
        *errors_of(validate_inventory(handed.read, handed.signed.body)),
    )
    yield Check(
        outcome="failed" if broken else "passed",
        zh="符合 PACT 数据规则",
        en="Keeps to the PACT rules",
        detail="; ".join(f"{one.field} {one.rule}" for one in broken[:5]),
    )
    sums = check_arithmetic(handed.read)
    yield Check(
        outcome={ArithmeticOutcome.PASSED: "passed", ArithmeticOutcome.FAILED: "failed"}.get(sums.outcome, "not_checked"),
        zh="分项之和与总量相符",
        en="The parts add up to the total",
        detail="; ".join(f"{one.sum}: {one.comparison.computed} / {one.comparison.stated}" for one in sums.failures[:5]),
    )  # fmt: skip
    yield Check(
        outcome="passed" if now < handed.read.validity_end else "failed",
        zh="足迹仍在有效期内",
        en="The footprint is still in force",
    )
    yield Check(
        outcome="failed" if handed.signed.issuer == certifier else "passed",
        zh="不是认证机构自己的产品",
        en="It is not the certifier's own product",
    )


def terms_of(
    form: Mapping[str, str], handed: HandedFootprint, book: LedgerBook, certifier: str
) -> tuple[CertificateTerms | None, tuple[Trouble, ...]]:
    """The certifier's terms from the form; None with what is wrong at which field."""
    fields = FieldReader(form)
    terms = CertificateTerms(
        certifier=certifier,
        number=fields.text("number", 40),
        version=fields.number("version", least=1, most=MAX_VERSION),
        category=fields.text("category", 300),
        scheme_id=fields.text("schemeId", 64),
        scheme_name=fields.text("schemeName", 200),
        assurance=fields.choice("assurance", ("limited", "reasonable")),
        granularity=fields.choice("granularity", ("item", "batch", "model")),
        valid_from=fields.day("validFrom"),
        valid_until=fields.day("validUntil"),
        quota=fields.number("quota", least=0, most=MAX_QUOTA),
        products=_products(fields, handed),
        grade_rule=_rule(fields, book),
        replaces=_replaces(fields),
    )
    return (None if fields.troubles else terms), tuple(fields.troubles)


def _products(fields: FieldReader, handed: HandedFootprint) -> tuple[CertifiedProduct, ...]:
    chosen: list[CertifiedProduct] = []
    for number, code in enumerate(handed.products):
        if fields.given(f"product{number}") != code:
            continue
        model = fields.given(f"model{number}").strip()
        name = fields.given(f"name{number}").strip() or handed.read.product_name
        chosen.append(CertifiedProduct(code=code, name=name, model=model or None))
    if not chosen:
        fields.trouble("product0", "至少选一个产品", "Choose at least one product", "missing-member")
    return tuple(chosen)


def _rule(fields: FieldReader, book: LedgerBook) -> GradeRule | None:
    text = fields.given("rule")
    if not text:
        return None
    found = next((one for one in book.rules() if to_hex(one.statement) == text), None)
    if found is None:
        fields.trouble("rule", "没有这份分级规则", "There is no such rule", "choice")
        return None
    return GradeRule(id=found.statement, rule=found.rule)


def _replaces(fields: FieldReader) -> StatementId | None:
    text = fields.given("replaces").strip()
    if not text:
        return None
    try:
        return StatementId(parse_hex(text, "/replaces", 32))
    except MalformedError as error:
        fields.trouble("replaces", "不是声明编号", "Not a statement id", error.rule)
        return None


def certificate_body(
    handed: HandedFootprint, terms: CertificateTerms, *, now: int
) -> tuple[dict[str, JsonValue] | None, tuple[Trouble, ...]]:
    """The body to sign; None with every reason against it."""
    try:
        return draft_certificate(handed.signed, terms, now=now), ()
    except CertificateRefusedError as error:
        return None, tuple(
            Trouble(
                field=_field_of(one.code, one.field),
                zh=f"{one.zh}{_tail(one.detail)}",
                en=f"{one.en}{_tail(one.detail)}",
                rule=one.code,
            )
            for one in error.reasons
        )


def _field_of(code: str, pointer: str) -> str:
    if code == "terms.malformed":
        member = next((one for one in _MEMBER_FIELDS if pointer.startswith(f"/{one}")), "")
        return {"scheme/id": "schemeId", "scheme/name": "schemeName"}.get(member, member)
    if code == "product.foreign":
        return "product0"
    return _FIELD_OF.get(code, "")


def _tail(detail: str) -> str:
    return f" ({detail[:160]})" if detail else ""
