"""Running the anchorer for as long as it takes: a steady rhythm while all is well, growing pauses while it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from ledger.domain.anchoring import AnchorReport
from ledger.domain.chain_errors import BlockUnknownError, ChainUnavailableError
from ledger.domain.errors import BackpressureError, LedgerError
from verifier.errors import VerifierError

POLL_SECONDS: Final = 2.0
LONGEST_PAUSE: Final = 60.0
LARGEST_EXPONENT: Final = 16
# Nothing is known to be wrong: the node, the block or the store was not there.
PASSING: Final = (ChainUnavailableError, BlockUnknownError, BackpressureError)


class Steps(Protocol):
    """What is run: an `Anchorer`."""

    def step(self) -> AnchorReport:
        """See `Anchorer.step`."""
        ...


class Stop(Protocol):
    """A `threading.Event`: waiting for it is how the runner pauses, so that stopping never waits for a pause."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...

    def wait(self, timeout: float) -> bool:
        """Pause; True when it was set meanwhile."""
        ...


class Observer(Protocol):
    """Told of everything: logs, metrics, the operator's screen."""

    def stepped(self, report: AnchorReport) -> None:
        """After a step that went well."""
        ...

    def troubled(self, error: LedgerError | VerifierError, failures: int, pause: float) -> None:
        """After one that did not. `failures` in a row; an error outside `PASSING` needs a person."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerPace:
    """Seconds between steps, and the longest pause after failures (1, 2, 4 … times `poll`)."""

    poll: float = POLL_SECONDS
    longest: float = LONGEST_PAUSE


def run_anchorer(anchorer: Steps, stop: Stop, observer: Observer, pace: RunnerPace | None = None) -> None:
    """Step until `stop` is set. Typed errors are reported and outlived: what a person mends is picked up by itself.

    Anything else than a `LedgerError` or `VerifierError` is a defect of ours and ends the loop.
    """
    pace = pace or RunnerPace()
    failures = 0
    while not stop.is_set():
        try:
            report = anchorer.step()
        except (LedgerError, VerifierError) as error:
            pause = min(pace.longest, pace.poll * 2 ** min(failures, LARGEST_EXPONENT))
            failures += 1
            observer.troubled(error, failures, pause)
        else:
            failures, pause = 0, pace.poll
            observer.stepped(report)
        stop.wait(pause)
