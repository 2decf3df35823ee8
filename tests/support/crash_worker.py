"""A ledger under load that kills itself (SIGKILL) the n-th time it reaches a step. Run as a process by the crash tests.

    crash_worker URL FILES POINT COUNT FIRST

Every receipt is written to standard output, and flushed, only when the client has it: what is printed was promised.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from ledger.services.front import FrontPolicy
from ledger.services.host import LedgerHost
from tests.support.ledger import certificate, config

CLIENTS, EACH = 24, 12


class KillAt:
    """A `CrashPoints` that means it."""

    def __init__(self, point: str, count: int) -> None:
        self.point, self.left = point, count

    def reach(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def kill_while_renaming(kill: KillAt) -> None:
    """Files appear by being renamed: also die between two of them."""
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        kill.reach("file.before-rename")
        return real(self, target)

    Path.rename = rename  # type: ignore[method-assign]


async def load(host: LedgerHost, first: int) -> None:
    front, stop = host.front(), asyncio.Event()
    keeping = asyncio.create_task(host.keep_integrating(stop, 0.005))

    async def client(number: int) -> None:
        for i in range(EACH):
            receipt = await front.submit(certificate(first + number * EACH + i))
            sys.stdout.write(
                f"{receipt.id.hex()} {receipt.index} {receipt.leaf_hash.hex()} {receipt.signature.hex()}\n"
            )
            sys.stdout.flush()

    await asyncio.gather(*map(client, range(CLIENTS)))
    stop.set()
    await keeping
    await front.close()


def main() -> None:
    url, files, point, count, first = sys.argv[1:]
    kill = KillAt(point, int(count))
    kill_while_renaming(kill)
    settings = config(url, Path(files), crash=kill, wait=30.0, fronting=FrontPolicy(batch=10))
    host = LedgerHost.open(settings)
    asyncio.run(load(host, int(first)))
    host.close()


if __name__ == "__main__":
    main()
