"""A certificate from a footprint and a form: what was handed over, the checks before anything is signed, the body or every reason against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.desks.book import LedgerBook, LoggedRule
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
from ledger.intake.refusals import CertificateRefusedError, RefusalReason
from verifier.arithmetic import ArithmeticOutcome, check_arithmetic
from verifier.bodies import Footprint, parse_footprint
from verifier.bodies.certificate import MAX_QUOTA, MAX_VERSION, NUMBER
from verifier.bodies.fields import read_name, read_object, read_pattern, read_token
from verifier.canonical import canonicalize, parse
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import parse_party
from verifier.statement import statement_id_from
from verifier.types import BodyHash, JsonValue, StatementId

MAX_BYTES: Final = 1_048_576
MOST_PRODUCTS: Final = 20  # of a form; more by the command line
_NUMBER_FORM: Final = (
    "只用字母、数字和 . / _ -，以字母或数字开头，最多 40 个字",
    "Letters, digits and . / _ - only, a letter or digit first, at most 40 characters",
)
_TOKEN_FORM: Final = (
    "只用英文字母、数字和符号，不含空格，最多 64 个字",
    "Latin letters, digits and signs without spaces, at most 64 characters",
)
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


def has_table(rule: LoggedRule, footprint: Footprint) -> bool:
    """Whether a rule can grade a footprint: a table for one of its categories, in its unit."""
    return any(
        table.category in footprint.classifications and table.unit == footprint.unit for table in rule.rule.tables
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTerms:
    """The certifier's terms from the form. Fields with a trouble hold a stand-in: nothing is signed from these terms then."""

    terms: CertificateTerms
    troubles: tuple[Trouble, ...]

    @property
    def bad(self) -> frozenset[str]:
        """The fields that hold a stand-in."""
        return frozenset(one.field for one in self.troubles)


def terms_of(
    form: Mapping[str, str], handed: HandedFootprint, rules: Sequence[LoggedRule], *, certifier: str, now: int
) -> FormTerms:
    """Read the whole form, with one of `rules` or none. Everything wrong is noted, not only the first."""
    fields = FieldReader(form)
    starts_at = fields.day("validFrom") or now
    terms = CertificateTerms(
        certifier=certifier,
        number=fields.read("number", _read_number, "0", _NUMBER_FORM),
        version=fields.number("version", least=1, most=MAX_VERSION),
        category=fields.choice("category", handed.read.classifications),
        scheme_id=fields.read("schemeId", read_token, "0", _TOKEN_FORM),
        scheme_name=fields.read("schemeName", read_name, "0"),
        assurance=fields.choice("assurance", ("limited", "reasonable")),
        granularity=fields.choice("granularity", ("item", "batch", "model")),
        valid_from=starts_at,
        valid_until=fields.day("validUntil") or starts_at + 1,
        quota=fields.number("quota", least=0, most=MAX_QUOTA),
        products=_products(fields, handed),
        grade_rule=_rule(fields, rules),
        replaces=_replaces(fields),
    )
    return FormTerms(terms=terms, troubles=tuple(fields.troubles))


def _read_number(value: object, place: str) -> str:
    return read_pattern(value, place, NUMBER)


def _products(fields: FieldReader, handed: HandedFootprint) -> tuple[CertifiedProduct, ...]:
    chosen: list[CertifiedProduct] = []
    for number, code in enumerate(handed.products):
        if fields.given(f"product{number}") != code:
            continue
        name = fields.read(f"name{number}", read_name, "0")
        model = fields.read(f"model{number}", read_name, "") if fields.given(f"model{number}").strip() else ""
        chosen.append(CertifiedProduct(code=code, name=name, model=model or None))
    if not chosen:
        fields.trouble("product0", "至少选一个产品", "Choose at least one product", "missing-member")
    return tuple(chosen)


def _rule(fields: FieldReader, rules: Sequence[LoggedRule]) -> GradeRule | None:
    text = fields.given("rule")
    if not text:
        return None
    found = next((one for one in rules if to_hex(one.statement) == text), None)
    if found is None:
        fields.trouble("rule", "没有这份现行的分级规则", "There is no such rule in effect", "choice")
        return None
    return GradeRule(id=found.statement, rule=found.rule)


def _replaces(fields: FieldReader) -> StatementId | None:
    text = fields.given("replaces").strip()
    if not text:
        return None
    try:
        return StatementId(parse_hex(text, "/replaces", 32))
    except MalformedError as error:
        fields.trouble(
            "replaces", "不是声明编号（0x 加 64 位十六进制）", "Not a statement id (0x and 64 hex digits)", error.rule
        )
        return None


def certificate_body(
    handed: HandedFootprint, asked: FormTerms, *, now: int
) -> tuple[dict[str, JsonValue] | None, tuple[Trouble, ...]]:
    """The body to sign; None with everything that is wrong: the form's troubles, and every reason against the certificate."""
    try:
        body = draft_certificate(handed.signed, asked.terms, now=now)
    except CertificateRefusedError as error:
        found = (one for one in error.reasons if not _of_stand_in(one.code, asked.bad))
        return None, (*asked.troubles, *(_trouble_of(one) for one in found))
    return (None if asked.troubles else body), asked.troubles


def _of_stand_in(code: str, bad: frozenset[str]) -> bool:
    """Whether a reason speaks of a field that was not read, and so of the stand-in."""
    if code.startswith("period."):
        return bool(bad & {"validFrom", "validUntil"})
    if code in ("category.foreign", "grade.untabled"):
        return "category" in bad
    return code == "terms.malformed" and bool(bad)


def _trouble_of(reason: RefusalReason) -> Trouble:
    return Trouble(
        field=_field_of(reason.code, reason.field),
        zh=f"{reason.zh}{_tail(reason)}",
        en=f"{reason.en}{_tail(reason)}",
        rule=reason.code,
    )


def _field_of(code: str, pointer: str) -> str:
    if code == "terms.malformed":
        member = next((one for one in _MEMBER_FIELDS if pointer.startswith(f"/{one}")), "")
        return {"scheme/id": "schemeId", "scheme/name": "schemeName"}.get(member, member)
    if code == "product.foreign":
        return "product0"
    return _FIELD_OF.get(code, "")


def _tail(reason: RefusalReason) -> str:
    """The offending values; of periods none, since they are unix seconds and the field stands beside."""
    return f" ({reason.detail[:160]})" if reason.detail and not reason.code.startswith("period.") else ""
