"""`tanji log`: what the log says, and whether it says it honestly."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.log"

group = LazyGroup(
    name="log",
    lazy={
        "checkpoint": LazyCommand(target=f"{_HERE}.tree:checkpoint", help="检查点 the newest signed checkpoint"),
        "entry": LazyCommand(target=f"{_HERE}.entry:command", help="条目 an entry by index or statement id"),
        "proof": LazyCommand(target=f"{_HERE}.tree:proof", help="证明 that an entry is in the log"),
        "consistency": LazyCommand(target=f"{_HERE}.tree:consistency", help="一致性 that the log only grew"),
        "evidence": LazyCommand(target=f"{_HERE}.evidence:command", help="证据 an evidence file for verifiers"),
        "hints": LazyCommand(target=f"{_HERE}.evidence:hints", help="线索 preimages that online verification needs"),
        "receipt": LazyCommand(target=f"{_HERE}.receipt:receipt", help="回执 check receipts"),
        "broken-promise": LazyCommand(
            target=f"{_HERE}.receipt:broken", help="失约 judge a broken promise by the chain"
        ),
        "monitor": LazyCommand(target=f"{_HERE}.monitor:command", help="监督 recompute the tree from the public files"),
    },
    help="日志 Checkpoint, entries, proofs, evidence, receipts; and the monitor, which trusts nobody.",
)
