"""Forged by those entitled to sign: certificates whose content does not hold, and certificates that no longer hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.demo import cast
from api.demo.certify import grade_rule
from api.demo.errors import UnexpectedError
from api.demo.forgeries.edits import BASE, OTHER
from api.demo.forgeries.model import Forgery, Saying
from api.demo.forgeries.workshop import Body, Said, Workshop
from api.demo.stage import DAY
from api.demo.story import BARRED, LIFTED, STOLEN_FOR, SUSPENDED, WITHDRAWN
from verifier.bodies.footprint import parse_footprint
from verifier.bodies.rule import grade_for
from verifier.encoding import to_hex
from verifier.statement import statement_id

REFUSED_MONITOR: Final = "23195-10-2013"
REFUSED_CAR: Final = "7164-1-2015"
HOLDER_OF: Final = "23195-8-2013"  # another enterprise's notebook
_STATUS: Final = "certificate.status"
_PERIOD: Final = "certificate.period"


def _claims(changes: Body) -> Saying:
    """Certifier A signs the genuine notebook's certificate with something changed."""
    return lambda workshop: workshop.certify(workshop.genuine(BASE), "certifier-a", changes)


def _period(start: int, end: int) -> Saying:
    """Validity counted in days from the signing."""

    def said(workshop: Workshop) -> Said:
        at = workshop.signing_at
        dates: Body = {"validFrom": at + start * DAY, "validUntil": at + end * DAY}
        return workshop.certify(workshop.genuine(BASE), "certifier-a", dates)

    return said


def _grade_a(workshop: Workshop) -> Said:
    return workshop.certify(workshop.genuine(BASE), "certifier-a", {"grade": _grade(workshop, "A")})


def _grade(workshop: Workshop, value: str) -> Body:
    return {"value": value, "rule": to_hex(statement_id(workshop.tale.published_rule()))}


def _home_made_rule(workshop: Workshop) -> Said:
    """A rule with gentler thresholds, signed by the certifier itself."""
    one = workshop.genuine(BASE)
    table: Body = {
        "category": one.product.category.urn, "unit": one.product.unit, "amount": one.product.unit_amount,
        "grades": [{"grade": "A", "max": "999"}, {"grade": "E"}],
    }  # fmt: skip
    body = workshop.tale.published_rule().body | {"code": "HOME-MADE", "tables": [table]}
    rule = workshop.sign("rule", cast.CERTIFIER_A, body, cast.key("certifier-a"))
    grade: Body = {"value": "A", "rule": to_hex(statement_id(rule))}
    return replace(workshop.certify(one, "certifier-a", {"grade": grade}), rule=rule)


def _refused(row: str, like: str, key: str) -> Saying:
    """A real product that its certifier refused, certified after all by a bribed one."""

    def said(workshop: Workshop) -> Said:
        stated = workshop.tale.stated_for(row)
        read = parse_footprint(stated.footprint.body)
        product = stated.product
        rule = grade_rule(workshop.tale.published_rule()).rule
        grade = grade_for(
            rule, category=product.category.urn, unit=read.unit, amount=read.unit_amount, pcf=read.pcf
        ).grade
        changes: Body = {
            "holder": stated.footprint.issuer,
            "footprint": to_hex(statement_id(stated.footprint)),
            "products": [{"gtin": product.gtin, "name": read.product_name}],
            "category": product.category.urn,
            "pcf": read.pcf.text,
            "declaredUnit": {"amount": read.unit_amount.text, "unit": str(read.unit)},
            "grade": _grade(workshop, grade or "E"),
        }
        return replace(workshop.certify(workshop.genuine(like), key, changes), footprint=stated.footprint)

    return said


def _self_certified(workshop: Workshop) -> Said:
    return workshop.certify(workshop.genuine(BASE), "certifier-a", {"holder": cast.CERTIFIER_A})


def _holder_of_another(workshop: Workshop) -> Said:
    holder = workshop.genuine(HOLDER_OF).footprint.issuer
    return workshop.certify(workshop.genuine(BASE), "certifier-a", {"holder": holder})


def _foreign_product(workshop: Workshop) -> Said:
    other = workshop.genuine(OTHER).product
    products: Body = {"products": [{"gtin": other.gtin, "name": other.row.title}]}
    return workshop.certify(workshop.genuine(BASE), "certifier-a", products)


def _foreign_category(workshop: Workshop) -> Said:
    category = workshop.genuine(OTHER).product.category.urn
    said = workshop.certify(workshop.genuine(BASE), "certifier-a", {"category": category, "grade": None})
    return replace(said, rule=None)


def _offered(row: str) -> Saying:
    """A certificate of the story as it stands, offered as if nothing had happened since."""
    return lambda workshop: workshop.offered(workshop.genuine(row))


def _superseded(workshop: Workshop) -> Said:
    old = workshop.tale.superseded
    if old is None:
        raise UnexpectedError("no certificate was superseded")
    return workshop.offered(old)


def _stolen(workshop: Workshop) -> Said:
    stolen = workshop.tale.stolen
    if stolen is None:
        raise UnexpectedError("no key was stolen")
    return workshop.offered(stolen)


def _forgery(row: str, slug: str, zh: str, en: str, check: str, reason: str, said: Saying) -> Forgery:
    return Forgery(row=row, slug=slug, zh=zh, en=en, check=check, reason=reason, said=said)


CLAIMS: Final = (
    _forgery("F07", "pcf-below-footprint", "证书数值低于足迹", "certified below the footprint", "footprint.figures", "pcf", _claims({"pcf": "309"})),
    _forgery("F07", "another-unit", "改换声明单位", "another declared unit", "footprint.figures", "declared-unit", _claims({"declaredUnit": {"amount": "2", "unit": "piece"}})),
    _forgery("F07", "grade-too-good", "等级好于规则所给", "a better grade than the rule gives", "grade.rule", "grade", _grade_a),
    _forgery("F07", "home-made-rule", "机构自造分级规则", "a home-made grading rule", "grade.rule", "", _home_made_rule),
    _forgery("F08", "monitor-does-not-add-up", "分项对不上的显示器", "a monitor whose stages do not add up", "footprint.arithmetic", "sum", _refused(REFUSED_MONITOR, BASE, "certifier-a")),
    _forgery("F08", "car-does-not-add-up", "分项对不上的汽车", "cars whose stages do not add up", "footprint.arithmetic", "sum", _refused(REFUSED_CAR, STOLEN_FOR, "certifier-b")),
    _forgery("F11", "self-certified", "机构给自己发证", "a certifier certifies itself", "certificate.holder", "self-certified", _self_certified),
    _forgery("F11", "footprint-of-another", "用别家的足迹", "another enterprise's footprint", "certificate.holder", "footprint-of-another", _holder_of_another),
    _forgery("F11", "foreign-product", "证书写上另一产品", "another product in the certificate", "certificate.product", "not-in-footprint", _foreign_product),
    _forgery("F11", "foreign-category", "证书写上另一品类", "another category in the certificate", "certificate.product", "another-category", _foreign_category),
    _forgery("F11", "three-years", "有效期三年", "valid for three years", _PERIOD, "period-length", _period(0, 1096)),
    _forgery("F11", "long-before", "生效日倒签四十天", "in force since forty days before", _PERIOD, "start-too-far", _period(-40, 300)),
    _forgery("F11", "not-yet", "尚未生效的证书", "not in force yet", _PERIOD, "not-yet", _period(60, 300)),
    _forgery("F03", "expired", "过期的证书", "expired", _PERIOD, "expired", _period(0, 5)),
)  # fmt: skip

STATUSES: Final = (
    _forgery("D06", "withdrawn", "已撤销的证书", "the withdrawn certificate", _STATUS, "withdrawn", _offered(WITHDRAWN)),
    _forgery("D09", "suspended", "已暂停的证书", "the suspended certificate", _STATUS, "suspended", _offered(SUSPENDED)),
    _forgery("F03", "superseded", "已换证的旧证书", "the superseded certificate", _STATUS, "superseded-void", _superseded),
    _forgery("D13", "suspension-lifted", "机构擅自解除监管暂停", "a certifier lifts the regulator's suspension", _STATUS, "suspended", _offered(LIFTED)),
    _forgery("D13", "enterprise-barred", "企业整体被暂停", "the enterprise as a whole suspended", "footprint.status", "suspended", _offered(BARRED)),
    _forgery("B10", "stolen-key", "失窃密钥所签的证书", "signed with the stolen key", "certificate.issuer", "key-compromised", _stolen),
)  # fmt: skip
