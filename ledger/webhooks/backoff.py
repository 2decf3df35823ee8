"""When a message is tried again, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

# Seconds after each failed try; some thirty hours in all, as Standard Webhooks advises.
PAUSES: Final = (5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400)
TRIES: Final = len(PAUSES) + 1
JITTER: Final = 0.2
LONGEST_ASKED: Final = 3_600
# An endpoint that failed so often in a row is tried with one message now and then, not with all that wait.
DOUBTED_AFTER: Final = 3
LONGEST_DOUBT: Final = 300


def pause_after(attempts: int, chance: Callable[[], float], asked: int = 0) -> int:
    """Seconds until the next try, a fifth more or less, and not before the receiver asked (at most an hour).

    Args:
        attempts: tries so far (at least 1, fewer than TRIES).
        chance: uniform in [0, 1).
        asked: the receiver's Retry-After in seconds, 0 without one.
    """
    pause = PAUSES[attempts - 1] * (1 - JITTER + 2 * JITTER * chance())
    return max(1, round(pause), min(asked, LONGEST_ASKED))


def doubt_for(failures: int) -> int:
    """Seconds for which an endpoint is left alone after so many failures in a row."""
    return 0 if failures < DOUBTED_AFTER else min(LONGEST_DOUBT, PAUSES[min(failures - DOUBTED_AFTER, 3)])
