"""F: figures, products, sealed values, upstream; what of "Label and product" needs no label."""

from __future__ import annotations

import json
from typing import Any

from tests.support.attacks.corpus import add, attack, changed_chain, changed_story, put
from tests.support.bodies import CERTIFIER, HOLDER, REGULATOR
from tests.support.world import (
    CERTIFIED_AT,
    DAY,
    SAMPLE_UPSTREAM,
    STEEL,
    STEEL_GTIN,
    SUPPLIER,
    Case,
    Story,
    genuine,
)
from verifier.contracts import Purpose, Status
from verifier.policy import AUDITOR, CONSUMER
from verifier.policy import REGULATOR as REGULATOR_POLICY
from verifier.sealed import seal

_SALT = bytes(range(32))
_DATA = "/extensions/0/data"


def _certificate(**members: Any) -> Case:
    return changed_story(lambda story: story.bodies["certificate"].update(members))


def _data(story: Story) -> dict[str, Any]:
    data: dict[str, Any] = story.bodies["footprint"]["extensions"][0]["data"]
    return data


def _footprint_data(**members: Any) -> Case:
    return changed_story(lambda story: _data(story).update(members))


@attack("F07", "rejected", "footprint.figures", "pcf")
def certificate_states_a_lower_pcf() -> Case:
    return _certificate(pcf="300.5")


@attack("F07", "rejected", "footprint.figures", "pcf")
def pcf_equal_as_a_number_but_not_as_text() -> Case:
    return _certificate(pcf="310.50")


@attack("F07", "rejected", "footprint.figures", "declared-unit")
def certificate_states_another_declared_unit() -> Case:
    return _certificate(declaredUnit={"amount": "2", "unit": "piece"})


@attack("F07", "rejected", "footprint.figures", "another-footprint")
def certificate_of_another_footprint() -> Case:
    return _certificate(footprint="0x" + "0e" * 32)


@attack("F07", "rejected", "grade.rule", "grade")
def grade_better_than_the_rule_gives() -> Case:
    def change(story: Story) -> None:
        story.bodies["certificate"]["grade"]["value"] = "A"

    return changed_story(change)


@attack("F07", "rejected", "grade.rule", "another-rule")
def rule_that_the_certificate_does_not_name() -> Case:
    def change(story: Story) -> None:
        story.bodies["certificate"]["grade"]["rule"] = "0x" + "0d" * 32

    return changed_story(change)


@attack("F07", "inconclusive", "grade.rule", "no-rule-named")
def grade_without_a_rule() -> Case:
    case = _certificate(grade={"value": "B"})
    del case.document["rule"]
    return case


@attack("F07", "inconclusive", "grade.rule", "rule-not-given")
def rule_left_out_of_the_evidence() -> Case:
    case = genuine()
    del case.document["rule"]
    return case


@attack("F07", "rejected", "grade.rule", "rule-not-in-effect")
def rule_not_in_effect_yet() -> Case:
    return changed_story(lambda story: story.bodies["rule"].update(effectiveFrom=CERTIFIED_AT + 1))


@attack("F07", "rejected", "grade.rule", "rule-not-in-effect")
def rule_out_of_effect() -> Case:
    return changed_story(lambda story: story.bodies["rule"].update(effectiveUntil=CERTIFIED_AT))


@attack("F07", "rejected", "grade.rule", "no-table")
def rule_without_a_table_for_the_category() -> Case:
    def change(story: Story) -> None:
        story.bodies["rule"]["tables"][0]["category"] = STEEL

    return changed_story(change)


@attack("F07", "rejected", "grade.rule", "not-included")
def rule_tampered_with() -> Case:
    # thresholds eased after signing; the certificate names the eased rule
    case = genuine()
    put(case, "/rule/statement/issuedAt", case.document["rule"]["statement"]["issuedAt"] + 1)
    return case


@attack("F07", "authentic", "grade.rule")
def no_grade_claimed() -> Case:
    def change(story: Story) -> None:
        del story.bodies["certificate"]["grade"]

    case = changed_story(change)
    del case.document["rule"]
    return case


@attack("F07", "rejected", "footprint.status", "deprecated")
def certificate_stands_on_a_footprint_that_is_out_of_use() -> Case:
    return changed_story(lambda story: story.bodies["footprint"].update(status="Deprecated"))


@attack("F08", "rejected", "footprint.arithmetic", "sum")
def stages_do_not_add_up() -> Case:
    return _footprint_data(stages=[{"stage": "原材料", "amount": "250.0"}, {"stage": "制造", "amount": "50.5"}])


@attack("F08", "rejected", "footprint.arithmetic", "sum")
def inventory_line_does_not_multiply_out() -> Case:
    def change(story: Story) -> None:
        _data(story)["inventory"][0]["factor"] = "2.4"

    return changed_story(change)


@attack("F08", "authentic", "footprint.arithmetic", "open-sums")
def nothing_to_add_up_is_enough_for_a_shopper() -> Case:
    return changed_story(_no_sums)


@attack("F08", "inconclusive", "footprint.arithmetic", "open-sums")
def nothing_to_add_up_is_not_enough_for_a_regulator() -> Case:
    case = changed_story(_no_sums)
    case.policy = REGULATOR_POLICY
    return case


def _no_sums(story: Story) -> None:
    data = _data(story)
    del data["stages"], data["inventory"]


# ---------------------------------------------------------------- sealed values


def _sealed(path: str = f"{_DATA}/stages", issuer: str = HOLDER) -> tuple[Case, Any]:
    """The case with the stages sealed, and what was sealed."""
    kept: list[Any] = []

    def change(story: Story) -> None:
        data = _data(story)
        kept.append(data["stages"])
        data["stages"] = seal(issuer=issuer, path=path, value=data["stages"], salt=_SALT)

    return changed_story(change), kept[0]


def _disclosed(case: Case, value: Any, *, salt: bytes = _SALT, path: str = f"{_DATA}/stages") -> Case:
    case.document["footprint"]["disclosures"] = [{"path": path, "salt": "0x" + salt.hex(), "value": value}]
    return case


@attack("F09", "authentic", "footprint.arithmetic")
def disclosed_as_sealed() -> Case:
    case, stages = _sealed()
    case.policy = REGULATOR_POLICY
    return _disclosed(case, stages)


@attack("F09", "authentic", "footprint.signature", "undisclosed")
def undisclosed_is_enough_for_a_shopper() -> Case:
    return _sealed()[0]


@attack("F09", "inconclusive", "footprint.arithmetic", "undisclosed")
def undisclosed_is_not_enough_for_a_regulator() -> Case:
    case = _sealed()[0]
    case.policy = REGULATOR_POLICY
    return case


@attack("F09", "rejected", "footprint.signature", "disclosure")
def disclosed_with_a_wrong_salt() -> Case:
    case, stages = _sealed()
    return _disclosed(case, stages, salt=bytes(32))


@attack("F09", "rejected", "footprint.signature", "disclosure")
def disclosed_with_another_value() -> Case:
    case, stages = _sealed()
    return _disclosed(case, stages[:1])


@attack("F09", "rejected", "footprint.signature", "disclosure")
def disclosed_where_nothing_is_sealed() -> Case:
    return _disclosed(genuine(), "x", path=f"{_DATA}/note")


@attack("F19", "rejected", "footprint.signature", "disclosure")
def sealed_value_of_another_party() -> Case:
    case, stages = _sealed(issuer=SUPPLIER)
    return _disclosed(case, stages)


@attack("F19", "rejected", "footprint.signature", "disclosure")
def sealed_value_of_another_path() -> Case:
    case, stages = _sealed(path=f"{_DATA}/inventory")
    return _disclosed(case, stages)


for _kind, _member in (
    ("certificate", "validUntil"),
    ("certificate", "quota"),
    ("certificate", "pcf"),
    ("certificate", "category"),
    ("footprint", "productIds"),
):
    add(
        "F20", f"{_kind}_{_member}_sealed", "malformed", "", "",
        lambda kind=_kind, member=_member: put(  # type: ignore[misc]
            genuine(), f"/{kind}/statement/body/{member}", {"$sealed": "A" * 43}
        ),
    )  # fmt: skip


# ---------------------------------------------------------------- holder, product, period


@attack("F11", "rejected", "certificate.holder", "self-certified")
def certifier_certifies_itself() -> Case:
    def change(story: Story) -> None:
        story.bodies["certificate"]["holder"] = CERTIFIER

    return changed_story(change)


@attack("F11", "rejected", "certificate.holder", "footprint-of-another")
def holder_has_another_partys_footprint() -> Case:
    return _certificate(holder=SUPPLIER)


@attack("F11", "rejected", "certificate.product", "not-in-footprint")
def product_outside_the_footprint() -> Case:
    return _certificate(products=[{"gtin": STEEL_GTIN, "name": "冷轧钢板"}])


@attack("F11", "rejected", "certificate.product", "another-category")
def category_outside_the_footprint() -> Case:
    def change(story: Story) -> None:
        story.bodies["certificate"]["category"] = STEEL
        del story.bodies["certificate"]["grade"]
        story.world.grant(CERTIFIER, Purpose.CERTIFICATE, STEEL)

    case = changed_story(change)
    del case.document["rule"]
    return case


@attack("F11", "rejected", "certificate.period", "start-too-far")
def valid_from_more_than_30_days_before_the_entry() -> Case:
    return _certificate(validFrom=CERTIFIED_AT - 30 * DAY - 1, validUntil=CERTIFIED_AT + 90 * DAY)


@attack("F11", "rejected", "certificate.period", "start-too-far")
def valid_from_more_than_90_days_after_the_entry() -> Case:
    return _certificate(validFrom=CERTIFIED_AT + 90 * DAY + 1)


@attack("F11", "rejected", "certificate.period", "not-yet")
def not_in_force_yet() -> Case:
    return _certificate(validFrom=CERTIFIED_AT + 60 * DAY)


@attack("F11", "rejected", "certificate.period", "period-length")
def longer_than_two_years() -> Case:
    return _certificate(validUntil=CERTIFIED_AT + 732 * DAY, validFrom=CERTIFIED_AT)


@attack("F11", "rejected", "certificate.period", "beyond-footprint")
def outlives_the_footprint() -> Case:
    def change(story: Story) -> None:
        story.bodies["footprint"]["validityPeriodEnd"] = "2028-01-01T00:00:00+08:00"

    return changed_story(change)


# ---------------------------------------------------------------- upstream


def _upstream(**members: Any) -> Case:
    def change(story: Story) -> None:
        _data(story)["upstream"][0] |= members

    return changed_story(change)


@attack("F10", "rejected", "upstream.status", "withdrawn")
def upstream_certificate_withdrawn() -> Case:
    return changed_chain(
        lambda story: story.world.change_status(
            "other-certifier-status", story.id("steel-certificate"), Status.WITHDRAWN, CERTIFIED_AT + DAY
        )
    )


@attack("F10", "rejected", "upstream.status", "withdrawn")
def upstream_footprint_withdrawn() -> Case:
    return changed_chain(
        lambda story: story.world.change_status(
            "supplier-status", story.id("steel-footprint"), Status.WITHDRAWN, CERTIFIED_AT + DAY
        )
    )


@attack("F10", "authentic", "upstream.status", "superseded-later")
def upstream_certificate_superseded_later() -> Case:
    return changed_chain(
        lambda story: story.world.change_status(
            "other-certifier-status", story.id("steel-certificate"), Status.SUPERSEDED_LABELS_GOOD, CERTIFIED_AT + DAY
        )
    )


@attack("F10", "rejected", "upstream.amount", "beyond-quota")
def amount_counted_twice_beyond_what_was_certified() -> Case:
    def change(story: Story) -> None:
        story.bodies["steel-certificate"]["quota"] = 150
        supply = _data(story)["upstream"][0]
        _data(story)["upstream"] = [dict(supply), dict(supply)]

    return changed_story(change)


@attack("F10", "authentic", "upstream.amount")
def amount_up_to_what_was_certified() -> Case:
    return changed_story(lambda story: story.bodies["steel-certificate"].update(quota=100))


@attack("F10", "rejected", "upstream.amount", "emissions")
def upstream_emissions_do_not_follow() -> Case:
    return _upstream(emissions="240.0")


@attack("F10", "rejected", "upstream.amount", "unit")
def upstream_amount_in_another_unit() -> Case:
    return _upstream(unit="piece")


@attack("F10", "rejected", "upstream.statement", "not-included")
def upstream_certificate_tampered_with() -> Case:
    case = genuine()
    statement = case.document["upstream"][0]["certificate"]["statement"]
    statement["issuedAt"] += 1
    return case


@attack("F10", "rejected", "upstream.statement", "key-not-in-force")
def upstream_certifier_key_not_in_force() -> Case:
    return changed_story(
        lambda story: story.world.change_key("other-certifier", ends_at=story.anchored_at["steel-certificate"])
    )


@attack("F10", "rejected", "upstream.statement", "not-named")
def upstream_that_the_footprint_does_not_name() -> Case:
    return _upstream(statement="0x" + "0c" * 32)


@attack("F10", "rejected", "upstream.statement", "given-twice")
def upstream_given_twice() -> Case:
    case = genuine()
    case.document["upstream"].append(case.document["upstream"][0])
    return case


@attack("F10", "authentic", "upstream.statement", "upstream-not-given")
def upstream_left_out_is_enough_for_a_shopper() -> Case:
    case = genuine()
    del case.document["upstream"]
    return case


@attack("F10", "inconclusive", "upstream.statement", "upstream-not-given")
def upstream_left_out_is_not_enough_for_an_auditor() -> Case:
    case = genuine()
    del case.document["upstream"]
    case.policy = AUDITOR
    return case


@attack("F10", "authentic", "upstream.statement")
def upstream_complete_for_an_auditor() -> Case:
    case = genuine()
    case.policy = AUDITOR
    return case


@attack("F00", "authentic")
def genuine_case() -> Case:
    return genuine()


@attack("F00", "inconclusive", "footprint.signature", "not-given")
def footprint_left_out() -> Case:
    case = genuine()
    del case.document["footprint"], case.document["upstream"]
    return case


@attack("F00", "inconclusive", "certificate.signature", "not-given")
def certificate_left_out() -> Case:
    case = genuine()
    del case.document["certificate"], case.document["rule"]
    return case


@attack("F00", "inconclusive", "certificate.signature", "not-given")
def nothing_in_it() -> Case:
    case = genuine()
    case.document = {"v": 1, "origin": case.document["origin"]}
    return case


__all__ = ["CONSUMER", "REGULATOR", "SAMPLE_UPSTREAM", "json"]
