"""`tanji certifier`: what a certification body does. Its keys stay with it."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.certifier"

group = LazyGroup(
    name="certifier",
    lazy={
        "check": LazyCommand(target=f"{_HERE}.check:command", help="审核 every reason against certifying a footprint"),
        "draft": LazyCommand(target=f"{_HERE}.issue:draft", help="起草 a certificate's body from a signed footprint"),
        "issue": LazyCommand(target=f"{_HERE}.issue:issue", help="签发 draft and sign a certificate in one step"),
        "suspend": LazyCommand(target=f"{_HERE}.status:suspend", help="暂停 stop a certificate for now"),
        "restore": LazyCommand(target=f"{_HERE}.status:restore", help="恢复 lift a suspension of one's own"),
        "withdraw": LazyCommand(target=f"{_HERE}.status:withdraw", help="撤销 for good"),
        "cancel": LazyCommand(target=f"{_HERE}.status:cancel", help="注销 for good, at the holder's wish"),
        "supersede": LazyCommand(target=f"{_HERE}.status:supersede", help="换证 replaced by another certificate"),
        "status": LazyCommand(target="api.cli.status_of:command", help="状态 what the chain says of a subject"),
    },
    help="认证机构 Check footprints, issue certificates, suspend, restore, withdraw.",
)
