"""Checking processes: chunks go out, a bounded number at a time, and results come back in the order of the chunks."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Final

from api.bulk.errors import WorkerLostError
from api.bulk.items import Chunk
from api.bulk.judging import Judged, LineJudge

MakeJudge = Callable[[], LineJudge]
_AHEAD: Final = 3  # chunks waiting for each process: enough that none waits, few enough that memory stays flat

_judges: list[LineJudge] = []  # the one judge of a checking process


def judged_in_order(chunks: Iterable[Chunk], make_judge: MakeJudge, processes: int) -> Iterator[Judged]:
    """Results of all chunks, in order. `make_judge` goes to every process (pickled) and is called there once.

    Raises WorkerLostError.
    """
    if processes <= 1:
        judge = make_judge()
        yield from map(judge.judge, chunks)
        return
    # spawned, not forked: the parent may have threads (a progress bar), and libraries of its own state
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Judged]] = deque()
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_start, initargs=(make_judge,)) as pool:
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_judge, chunk))
                if len(waiting) >= processes * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise WorkerLostError(
                "a checking process was lost", advice="run the same command again: it goes on from the last commit"
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _start(make_judge: MakeJudge) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends in order
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _judges.append(make_judge())
    gc.freeze()  # the pack's evidence lives as long as the process: not worth walking again


def _end_with_parent() -> None:
    """A parent that is killed cannot tell its children, who would wait for chunks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _judge(chunk: Chunk) -> Judged:
    return _judges[0].judge(chunk)
