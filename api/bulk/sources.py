"""What a checking process is made of: a pack file, who vouches for its block, and the policy; sent to the process once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from api.bulk.codes import codes_of
from api.bulk.desk import Desk
from api.bulk.judging import LineJudge, ReadCodes
from verifier.deployment import Deployment
from verifier.evidence import IssuedLeaf
from verifier.label import Label
from verifier.pack.judge import PackJudge
from verifier.pack.reader import open_pack
from verifier.policy import policy_named
from verifier.state import open_view
from verifier.trust import EarlyWarning, Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDesk:
    """Makes the judge of one process. policy: its name; now, at: unix seconds; leaves: of single labels, where known."""

    pack: Path
    trust: Trust
    deployment: Deployment
    policy: str
    now: int
    at: int | None = None
    early_warnings: tuple[EarlyWarning, ...] = ()
    leaves: tuple[tuple[Label, IssuedLeaf], ...] = ()

    def __call__(self) -> LineJudge:
        """Open the pack and its view. Raises PackFileError, MalformedError."""
        return self.make(codes_of)

    def make(self, read_codes: ReadCodes) -> LineJudge:
        """The same, pictures read by `read_codes`."""
        policy = policy_named(self.policy)
        pack = open_pack(self.pack)
        view = open_view(pack.snapshot(), self.trust, self.deployment)
        judge = PackJudge(pack, view, policy=policy, now=self.now, at=self.at, early_warnings=self.early_warnings)
        desk = Desk(pack, view, judge, dict(self.leaves))
        return LineJudge(desk, required=policy.required | policy.label_required, read_codes=read_codes)
