"""`tanji regulator`: the trust root's own acts. Each is one transaction from a key with purpose `regulator`."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.regulator"

group = LazyGroup(
    name="regulator",
    lazy={
        "deploy": LazyCommand(
            target=f"{_HERE}.deploy:command", help="部署 deploy the contracts, write the deployment file"
        ),
        "party": LazyCommand(target=f"{_HERE}.party:group", help="主体 admit, rename, show parties, name successors"),
        "key": LazyCommand(target=f"{_HERE}.key:group", help="密钥 register, end, report stolen"),
        "grant": LazyCommand(target=f"{_HERE}.grant:group", help="资质 open, extend, end entitlements"),
        "log-key": LazyCommand(target=f"{_HERE}.log_key:group", help="日志密钥 record and end the log's public key"),
        "anchor-log": LazyCommand(
            target=f"{_HERE}.anchor_log:group", help="锚定合约 show it, close it for good in favour of another"
        ),
        "status": LazyCommand(
            target=f"{_HERE}.status:group", help="状态 suspend, restore, withdraw, cancel, in the regulators' lane"
        ),
        "bulletin": LazyCommand(
            target=f"{_HERE}.bulletin:group", help="公告 sign a final block, for verification without a network"
        ),
        "rule": LazyCommand(target=f"{_HERE}.rule:group", help="规则 draft and sign grading rules"),
    },
    help="监管 What the regulator does: accredit, admit, suspend, report stolen keys, sign bulletins.",
)
