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
_TWO_PIECES: Final[Body] = {"amount": "2", "unit": "piece"}
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


CLAIMS: Final = (
    Forgery(row="F07", slug="pcf-below-footprint", check="footprint.figures", reason="pcf", said=_claims({"pcf": "309"})),
    Forgery(row="F07", slug="another-unit", check="footprint.figures", reason="declared-unit", said=_claims({"declaredUnit": _TWO_PIECES})),
    Forgery(row="F07", slug="grade-too-good", check="grade.rule", reason="grade", said=_grade_a),
    Forgery(row="F07", slug="home-made-rule", check="grade.rule", reason="", said=_home_made_rule),
    Forgery(row="F08", slug="monitor-does-not-add-up", check="footprint.arithmetic", reason="sum", said=_refused(REFUSED_MONITOR, BASE, "certifier-a")),
    Forgery(row="F08", slug="car-does-not-add-up", check="footprint.arithmetic", reason="sum", said=_refused(REFUSED_CAR, STOLEN_FOR, "certifier-b")),
    Forgery(row="F11", slug="self-certified", check="certificate.holder", reason="self-certified", said=_self_certified),
    Forgery(row="F11", slug="footprint-of-another", check="certificate.holder", reason="footprint-of-another", said=_holder_of_another),
    Forgery(row="F11", slug="foreign-product", check="certificate.product", reason="not-in-footprint", said=_foreign_product),
    Forgery(row="F11", slug="foreign-category", check="certificate.product", reason="another-category", said=_foreign_category),
    Forgery(row="F11", slug="three-years", check=_PERIOD, reason="period-length", said=_period(0, 1096)),
    Forgery(row="F11", slug="long-before", check=_PERIOD, reason="start-too-far", said=_period(-40, 300)),
    Forgery(row="F11", slug="not-yet", check=_PERIOD, reason="not-yet", said=_period(60, 300)),
    Forgery(row="F03", slug="expired", check=_PERIOD, reason="expired", said=_period(0, 5)),
)  # fmt: skip

STATUSES: Final = (
    Forgery(row="D06", slug="withdrawn", check=_STATUS, reason="withdrawn", said=_offered(WITHDRAWN)),
    Forgery(row="D09", slug="suspended", check=_STATUS, reason="suspended", said=_offered(SUSPENDED)),
    Forgery(row="F03", slug="superseded", check=_STATUS, reason="superseded-void", said=_superseded),
    Forgery(row="D13", slug="suspension-lifted", check=_STATUS, reason="suspended", said=_offered(LIFTED)),
    Forgery(row="D13", slug="enterprise-barred", check="footprint.status", reason="suspended", said=_offered(BARRED)),
    Forgery(row="B10", slug="stolen-key", check="certificate.issuer", reason="key-compromised", said=_stolen),
)  # fmt: skip
