"""The story up to the present, chapter by chapter; what happened is kept for the verdicts and the closing tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from api.demo import cast
from api.demo.certify import Certified, Refused, Stated, correct, examine, sign, state_footprint
from api.demo.errors import UnexpectedError
from api.demo.narrator import Narrator
from api.demo.operator import AnchorMade, Submitted, submit
from api.demo.output import Output
from api.demo.pack import Pack, evidence_of, pack_at_head
from api.demo.products import DemoProduct, DemoSet
from api.demo.stage import Stage, authorities, enterprises
from api.runtime.statements import serialize_statement
from ledger.domain.chain_errors import CallRevertedError
from ledger.services.status import StatusChange
from verifier.contracts import REGULATORS, Purpose, Status
from verifier.identifiers import party_id
from verifier.receipt import Receipt
from verifier.statement import Statement
from verifier.types import StatementId

# What happens to whose certificate, by the source's row (api/demo/data/products.json).
CORRECTED: Final = "4433-10-2015"  # a notebook: corrected, the old certificate superseded
SUSPENDED: Final = "13360-1-2014"  # a phone: suspended by its certifier
RESTORED: Final = "4226-1-2017"  # an air conditioner: suspended and restored
WITHDRAWN: Final = "28843-4-2014"  # a valve: withdrawn
LIFTED: Final = "20033-1-2013"  # a pipe: suspended by the regulator, "lifted" by its certifier
BARRED: Final = "7283-1-2013"  # pipes and fittings: their enterprise suspended as a party
STOLEN_FOR: Final = "20309-1-2013"  # a car: what the thief certifies with the stolen key

THEFT_DAY: Final = 30.0


@dataclass(slots=True, kw_only=True)
class Tale:
    """What has happened so far. Filled in as the story goes on."""

    rule: Statement | None = None
    stated: list[Stated] = field(default_factory=list)
    certified: dict[str, Certified] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    superseded: Certified | None = None
    stolen: Certified | None = None
    before_withdrawal: Pack | None = None
    anchors: list[AnchorMade] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def published_rule(self) -> Statement:
        """The rule statement. Raises UnexpectedError before it is published."""
        if self.rule is None:
            raise UnexpectedError("no rule was published")
        return self.rule

    def stated_for(self, row: str) -> Stated:
        """The footprint of a product by its source row."""
        return next(one for one in self.stated if one.product.row.pcf_id == row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """The story's chapters."""

    stage: Stage
    output: Output
    data: DemoSet
    narrator: Narrator
    tale: Tale

    def tell(self) -> None:
        """From the deployment to the day before the operator turns. Raises UnexpectedError where it comes out otherwise."""
        self._contracts()
        self._authorities()
        self._enterprises()
        self._rule()
        self._footprints()
        self._certificates()
        self._correction()
        self._theft()
        self._statuses()
        self._endings()

    def _contracts(self) -> None:
        stage, deployment = self.stage, self.stage.deployment
        self.narrator.chapter("部署三份合约", "three contracts deployed")
        self.narrator.say(
            f"本地以太坊节点 {stage.url}，链 {deployment.chain_id}；故事从{_ago(74)}讲到今天",
            f"local Ethereum node, chain {deployment.chain_id}; the story runs from 74 days ago until today",
        )
        self.narrator.say(
            f"TrustRegistry、StatusRegistry、AnchorLog 共用 {stage.deployment_gas:,} gas",
            f"log origin {deployment.origin}, {stage.deployment_gas:,} gas in all",
        )

    def _authorities(self) -> None:
        self.narrator.chapter("监管部门授权两家认证机构", "the regulator accredits two certifiers")
        steps = list(authorities(self.stage, self.data))
        for _, act in self.narrator.along(steps, "登记与授权", "registrations and grants", len(steps)):
            act()
        for profile in cast.PROFILES[1:3]:
            sectors = cast.SECTORS_OF[profile.party]
            names = [category for category in self.data.categories if category.sector in sectors]
            self.narrator.say(
                f"{profile.name}：{len(names)} 个品类（{'、'.join(one.zh for one in names)}）",
                f"{profile.name_en}: {len(names)} categories ({', '.join(one.en.lower() for one in names)})",
            )

    def _enterprises(self) -> None:
        self.narrator.chapter("接纳企业", "enterprises are admitted")
        steps = list(enterprises(self.stage, self.data))
        for _, act in self.narrator.along(steps, "企业入册", "enterprises", len(steps)):
            act()
        self.narrator.say(
            f"{len(steps)} 家企业，各有密钥与 GS1 厂商前缀",
            f"{len(steps)} enterprises, each with a key and a GS1 prefix",
        )
        self.narrator.say(self.data.notice_zh, self.data.notice_en)

    def _rule(self) -> None:
        self.stage.go_to(72)
        self.narrator.chapter("监管部门签署分级规则", "the regulator signs the grading rule")
        rule = sign(self.stage, "rule", cast.REGULATOR, self.data.rule, cast.key("rule"))
        self.tale.rule = rule
        self._submit([rule], "规则", "rule")

    def _footprints(self) -> None:
        self.narrator.chapter("企业签署真实碳足迹", "enterprises sign real footprints")
        for day, sectors in ((70, ("electronics", "appliances")), (68, ("building-materials", "cars"))):
            self.stage.go_to(day)
            products = [one for one in self.data.products if one.category.sector in sectors]
            bar = self.narrator.along(products, "签署足迹", "footprints signed", len(products))
            stated = [state_footprint(self.stage, product) for product in bar]
            self.tale.stated += stated
            self._submit([one.footprint for one in stated], "足迹", "footprints")

    def _certificates(self) -> None:
        self.narrator.chapter("认证机构逐项复算", "certifiers re-compute every footprint")
        number = 0
        for day, certifier in ((60, cast.CERTIFIER_A), (58, cast.CERTIFIER_B)):
            self.stage.go_to(day)
            sectors = cast.SECTORS_OF[certifier]
            waiting = [one for one in self.tale.stated if one.product.category.sector in sectors]
            signed: list[Certified] = []
            for stated in self.narrator.along(waiting, "复算与签署", "examined", len(waiting)):
                number += 1
                outcome = examine(self.stage, stated, self.tale.published_rule(), number)
                if isinstance(outcome, Refused):
                    self.tale.refused.append(outcome)
                else:
                    signed.append(outcome)
                    self.tale.certified[outcome.product.row.pcf_id] = outcome
            self._submit([one.certificate for one in signed], "证书", "certificates")
        for refused in self.tale.refused:
            reason = refused.reasons[0]
            self.narrator.say(
                f"拒绝 {refused.product.enterprise.name}「{title(refused.product)}」：{reason.zh}",
                f"refused: {reason.en} ({reason.detail})",
            )

    def _correction(self) -> None:
        self.stage.go_to(40)
        self.narrator.chapter("更正一张证书", "one certificate is corrected")
        old = self.tale.certified[CORRECTED]
        new = correct(self.stage, old)
        self._submit([new.certificate], "新证书", "new certificate")
        self.tale.superseded, self.tale.certified[CORRECTED] = old, new
        self._change("certifier-a-status", cast.CERTIFIER_A, old.id, Status.SUPERSEDED_LABELS_VOID, successor=new.id)
        self.narrator.say(
            f"「{title(old.product)}」换证，旧证失效",
            "the old certificate is superseded, on the chain, naming its successor",
        )

    def _theft(self) -> None:
        self.narrator.chapter("一把密钥失窃", "a key is stolen")
        self.stage.go_to(THEFT_DAY - 1)
        victim = self.tale.certified[STOLEN_FOR]
        body = dict(victim.certificate.body) | {"number": "TJ-STOLEN-0001", "validFrom": self.stage.clock.now()}
        forged = sign(self.stage, "certificate", cast.CERTIFIER_B, body, cast.key("certifier-b-road"))
        self.tale.stolen = Certified(product=victim.product, footprint=victim.footprint, certificate=forged)
        self._submit([forged], "窃贼所签证书", "the thief's certificate")
        self.stage.go_to(27)
        self.stage.trust().report_compromise(cast.key("certifier-b-road").address, self.stage.days_ago(THEFT_DAY))
        before = sum(one.product.category.sector == "cars" for one in self.tale.certified.values())
        self.narrator.say(
            f"监管部门公布：乙机构的车载密钥自{_ago(THEFT_DAY)}起失窃；此前锚定的 {before} 张证书仍然有效",
            f"reported stolen since {THEFT_DAY:.0f} days ago; the {before} certificates anchored before that stay good",
        )

    def _statuses(self) -> None:
        certified, narrator = self.tale.certified, self.narrator
        narrator.chapter("暂停与撤销", "suspended and withdrawn")
        self.stage.go_to(20)
        self._change("certifier-a-status", cast.CERTIFIER_A, certified[SUSPENDED].id, Status.SUSPENDED)
        self._change("certifier-a-status", cast.CERTIFIER_A, certified[RESTORED].id, Status.SUSPENDED)
        narrator.say(f"暂停「{title(certified[SUSPENDED].product)}」的证书", "suspended: a mobile phone's certificate")
        self._keep_old_pack(certified[WITHDRAWN].id)
        self.stage.go_to(18)
        self._change("certifier-b-status", cast.CERTIFIER_B, certified[WITHDRAWN].id, Status.WITHDRAWN)
        self._change("certifier-a-status", cast.CERTIFIER_A, certified[RESTORED].id, Status.ACTIVE)
        narrator.say(
            f"撤销「{title(certified[WITHDRAWN].product)}」的证书；恢复「{title(certified[RESTORED].product)}」的证书",
            "withdrawn: a valve's certificate; restored: an air conditioner's",
        )
        self._refused_reactivation(certified[WITHDRAWN].id)
        self.stage.go_to(17)
        self._change("regulator", None, certified[LIFTED].id, Status.SUSPENDED)
        self._change("certifier-b-status", cast.CERTIFIER_B, certified[LIFTED].id, Status.SUSPENDED)
        self.stage.go_to(16)
        self._change("certifier-b-status", cast.CERTIFIER_B, certified[LIFTED].id, Status.ACTIVE)
        barred = certified[BARRED].product.enterprise
        self._change("regulator", None, party_id(barred.party), Status.SUSPENDED)
        narrator.say(
            f"监管部门暂停「{title(certified[LIFTED].product)}」的证书和企业 {barred.name}",
            "suspended by the regulator: a pipe's certificate, and one enterprise as a whole",
        )

    def _keep_old_pack(self, certificate: StatementId) -> None:
        """What a shop would hold that still has the pack from before the withdrawal."""
        evidences = evidence_of(self.stage, self.output, [certificate])
        self.tale.before_withdrawal = pack_at_head(self.stage, self.output, self.data, evidences)

    def _refused_reactivation(self, withdrawn: StatementId) -> None:
        try:
            self._change("certifier-b-status", cast.CERTIFIER_B, withdrawn, Status.ACTIVE)
        except CallRevertedError as refusal:
            self.narrator.say(
                f"想把撤销的证书改回有效：合约拒绝（{refusal.name}）",
                f"an attempt to re-activate it: the contract refuses ({refusal.name})",
            )
            return
        raise UnexpectedError("a withdrawn certificate was re-activated")

    def _endings(self) -> None:
        self.stage.go_to(15)
        valve = self.tale.certified[WITHDRAWN].product.category
        trust = self.stage.trust()
        trust.end_key(cast.key("certifier-a-retired").address)
        trust.end_grant(cast.CERTIFIER_B, Purpose.CERTIFICATE, valve.urn)
        self.narrator.say(
            f"甲机构停用一把旧密钥；乙机构失去「{valve.zh}」的资质",
            f"certifier A retires a key; certifier B loses its accreditation for {valve.en.lower()}",
        )

    def _submit(self, statements: list[Statement], zh: str, en: str) -> Submitted:
        answer = submit(self.stage, self.output, [serialize_statement(one) for one in statements])
        if answer.refusals or len(answer.receipts) != len(statements):
            raise UnexpectedError(f"{en}: refused by the log: {[str(one.error) for one in answer.refusals]}")
        self.tale.receipts += answer.receipts
        self.tale.anchors.append(answer.anchor)
        made = answer.anchor
        self.narrator.say(
            f"{len(statements)} 份{zh}入日志，各得回执；锚定 #{made.seq} 覆盖 {made.size} 条，{made.gas:,} gas",
            f"{en}: {len(statements)} logged, each with a receipt; anchor #{made.seq} covers {made.size}, {made.gas:,} gas",
        )
        return answer

    def _change(
        self, key: str, party: str | None, subject: bytes, status: Status, *, successor: bytes = bytes(32)
    ) -> None:
        """Write a transition into a party's lane, or the regulators' (party None)."""
        owner = REGULATORS if party is None else party_id(party)
        change = StatusChange(owner=owner, subject=subject, status=status, successor=successor)
        self.stage.status(key).change(change)


def title(product: DemoProduct) -> str:
    """A product's name, short enough for a line."""
    name = product.row.title
    return name if len(name) <= 40 else name[:39] + "…"


def _ago(days: float) -> str:
    return f" {days:.0f} 天前"
