"""How a mined transaction is told."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from api.cli.output import Output

if TYPE_CHECKING:
    from ledger.domain.chain import Receipt


_SHANGHAI = timezone(timedelta(hours=8))


def moment(time: object) -> str | None:
    """Unix seconds with the day and hour in Shanghai beside them, for people; None stays None."""
    if not isinstance(time, int):
        return None
    return f"{datetime.fromtimestamp(time, _SHANGHAI):%Y-%m-%d %H:%M:%S} +08:00 ({time})"


def tell_mined(output: Output, receipt: Receipt, what: str, **values: object) -> None:
    """One line for people, one document for machines."""
    transaction = "0x" + receipt.transaction.hex()
    output.say(f"{what}\n  区块 block {receipt.block_number} · {receipt.gas_used} gas · {transaction}")
    output.result({**values, "transaction": transaction, "block": receipt.block_number, "gasUsed": receipt.gas_used})
