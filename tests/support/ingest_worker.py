"""A bulk ingest that kills itself (SIGKILL) the n-th time it reaches a step. Run as a process by the tests of ingest.

    ingest_worker URL FILES POINT COUNT BATCH

Every receipt is written to standard output, and flushed, as it comes: what is printed was promised.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from ledger.services.host import LedgerHost
from ledger.services.sequencer import SequencerPolicy
from tests.support.crash_worker import KillAt
from tests.support.ledger import certificate, config
from verifier.receipt import Receipt


def main() -> None:
    url, files, point, times, batch = sys.argv[1:]
    settings = config(
        url, Path(files), crash=KillAt(point, int(times)), sequencing=SequencerPolicy(batch=int(batch)), wait=30.0
    )
    host = LedgerHost.open(settings)
    for outcome in host.ingest(certificate(number) for number in count()):  # no end: it is always checking further
        if isinstance(outcome, Receipt):
            sys.stdout.write(f"{outcome.id.hex()} {outcome.index} {outcome.signature.hex()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
