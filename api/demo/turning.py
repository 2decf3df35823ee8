"""The operator turns dishonest, is found out by anybody who looks, and the story reaches the present."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from api.demo import cast
from api.demo.forgeries.catalogue import FORGERIES
from api.demo.forgeries.edits import OTHER
from api.demo.forgeries.model import Forgery
from api.demo.forgeries.workshop import Said, Workshop, closed, entry_of, reopened
from api.demo.narrator import Narrator
from api.demo.operator import Smuggled, promise, smuggle, whole_log
from api.demo.output import Output
from api.demo.stage import Stage
from api.demo.story import Tale
from verifier.merkle import leaf_hash
from verifier.promise import BrokenPromise
from verifier.receipt import Receipt
from verifier.statement import Statement

FINAL_BLOCKS: Final = 66  # more than the node's distance between `finalized` and its head
BLOCK_SECONDS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Forged:
    """A forgery and its evidence file."""

    forgery: Forgery
    data: bytes


@dataclass(slots=True, kw_only=True)
class Turning:
    """The last chapters of the story. Fills in the tale's anchors; afterwards `forged` and `broken` are complete."""

    stage: Stage
    output: Output
    narrator: Narrator
    tale: Tale
    forged: list[Forged] = field(default_factory=list)
    broken: BrokenPromise | None = None

    def tell(self) -> Workshop:
        """Log what no rule would admit, reach the present, and write the forged evidence."""
        self.narrator.chapter("运营方变坏", "the operator turns dishonest")
        self.stage.go_to(12)
        workshop = Workshop(stage=self.stage, tale=self.tale, signing_at=self.stage.clock.now())
        said = self._wave(workshop, 1)
        self.stage.go_to(10)
        self.stage.register(cast.LATE_KEY, cast.LATE_ROLE)
        self.stage.go_to(8)
        workshop.signing_at = self.stage.clock.now()
        said |= self._wave(workshop, 2)
        self._reach_the_present()
        workshop.log = whole_log(self.output)
        self.forged = [Forged(forgery=one, data=_offer(workshop, one, said[one.slug])) for one in FORGERIES]
        return workshop

    def _wave(self, workshop: Workshop, wave: int) -> dict[str, Said]:
        forgeries = [one for one in FORGERIES if one.wave == wave]
        said = {one.slug: one.said(workshop) for one in forgeries}
        log = whole_log(self.output)
        smuggled: dict[bytes, Smuggled] = {}
        for one in said.values():
            for candidate in workshop.to_log(one):
                leaf = leaf_hash(candidate.entry)
                if leaf not in log.places:
                    smuggled.setdefault(leaf, candidate)
        chosen = list(smuggled.values())
        dropped = self._promise(workshop, len(log.leaves)) if self.broken is None else None
        made = smuggle(self.stage, self.output, chosen)
        if dropped is not None:
            workshop.log = whole_log(self.output)
            item = workshop.place(chosen[0].statement, len(log.leaves))
            self.broken = BrokenPromise(receipt=dropped, item=item)
        self.tale.anchors.append(made)
        self.narrator.say(
            f"绕过审查记入 {len(chosen)} 份不合格声明；锚定 #{made.seq} 覆盖 {made.size} 条，{made.gas:,} gas",
            f"{len(chosen)} statements logged past every rule; anchor #{made.seq} covers {made.size} entries, {made.gas:,} gas",
        )
        return said

    def _promise(self, workshop: Workshop, index: int) -> Receipt:
        """A receipt for a certifier's good statement, whose place is then given to a forged one (P5)."""
        one = workshop.genuine(OTHER)
        good: Statement = workshop.sign("certificate", cast.CERTIFIER_A, workshop.body(one), cast.key("certifier-a"))
        return promise(self.stage, good, entry_of(good), index)

    def _reach_the_present(self) -> None:
        self.stage.clock.advance(self.stage.chain, self.stage.today - FINAL_BLOCKS * BLOCK_SECONDS)
        self.stage.chain.call("hardhat_mine", hex(FINAL_BLOCKS), hex(BLOCK_SECONDS))


def _offer(workshop: Workshop, forgery: Forgery, said: Said) -> bytes:
    data = workshop.evidence(said)
    if forgery.edit is None:
        return data
    document = reopened(data)
    forgery.edit(workshop, document)
    return closed(document)
