"""What stops the demo, with advice in both languages."""

from __future__ import annotations

from typing import ClassVar

from ledger.domain.errors import LedgerError


class DemoError(LedgerError):
    """The demo cannot go on; the text says what to do."""

    code: ClassVar[str] = "demo"


class ForeignFilesError(DemoError):
    """The output directory holds files that are not the demo's: nothing of it is touched."""

    code: ClassVar[str] = "demo.foreign-files"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"{place} 里有别的文件，未作任何改动。请用 --out 指定空目录。"
            f"{place} holds files that are not the demo's; nothing was touched. Name an empty directory with --out."
        )
        self.place = place


class NodeMissingError(DemoError):
    """The local Ethereum node is not installed."""

    code: ClassVar[str] = "demo.no-node"

    def __init__(self, place: str) -> None:
        super().__init__(
            f"未安装本地以太坊节点（{place}）。请先运行 make setup（需要 Node ≥ 20）。"
            f"The local Ethereum node is not installed ({place}). Run `make setup` first (needs Node >= 20)."
        )
        self.place = place


class UnexpectedError(DemoError):
    """Something of the story came out otherwise than it is told."""

    code: ClassVar[str] = "demo.differs"
