"""`tanji enterprise`: what a company does with its own footprints. `pack` joins it with the label release."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.enterprise"

group = LazyGroup(
    name="enterprise",
    lazy={
        "check": LazyCommand(target=f"{_HERE}.check:command", help="检查 footprints against PACT and their own sums"),
        "draft": LazyCommand(
            target=f"{_HERE}.footprint:draft", help="起草 a footprint statement, to be signed elsewhere"
        ),
        "sign": LazyCommand(target=f"{_HERE}.footprint:sign", help="签名 check and sign a footprint"),
        "sign-table": LazyCommand(
            target=f"{_HERE}.table:command", help="批量 sign a CSV table of footprints, row by row"
        ),
        "labels": LazyCommand(target=f"{_HERE}.labels:group", help="标签 issue and print labels"),
        "items": LazyCommand(
            target=f"{_HERE}.items:group", help="商品 sold, returned, used up, recalled; when a batch goes on sale"
        ),
        "identifiers": LazyCommand(
            target=f"{_HERE}.identifiers:group", help="标识 industrial-internet identifiers of products"
        ),
        "suspend": LazyCommand(target=f"{_HERE}.status:suspend", help="暂停 a statement of one's own"),
        "restore": LazyCommand(target=f"{_HERE}.status:restore", help="恢复 a statement of one's own"),
        "withdraw": LazyCommand(target=f"{_HERE}.status:withdraw", help="撤销 a statement of one's own, for good"),
        "status": LazyCommand(target="api.cli.status_of:command", help="状态 what the chain says of one's statements"),
    },
    help="企业 Check and sign footprints, and look after them.",
)
