"""How a mined transaction is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.output import Output

if TYPE_CHECKING:
    from ledger.domain.chain import Receipt


def tell_mined(output: Output, receipt: Receipt, what: str, **values: object) -> None:
    """One line for people, one document for machines."""
    transaction = "0x" + receipt.transaction.hex()
    output.say(f"{what}\n  区块 block {receipt.block_number} · {receipt.gas_used} gas · {transaction}")
    output.result({**values, "transaction": transaction, "block": receipt.block_number, "gasUsed": receipt.gas_used})
