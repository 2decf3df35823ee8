"""`tanji keys`: make, show and register keys. Private keys stay in their files."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.keys"

group = LazyGroup(
    name="keys",
    lazy={
        "new": LazyCommand(target=f"{_HERE}.new:account", help="新建账户密钥 make an account key (encrypted keystore)"),
        "new-log": LazyCommand(target=f"{_HERE}.new:log", help="新建日志密钥 make a log key (Ed25519, encrypted)"),
        "show": LazyCommand(target=f"{_HERE}.show:command", help="查看 address of a keystore, public key of a log key"),
        "request": LazyCommand(
            target=f"{_HERE}.request:command", help="登记申请 ask, signed by the key itself, to be registered"
        ),
    },
    help="""密钥 Keys in encrypted files. Nothing here talks to a network.""",
)
