"""Issuing: reserve indexes, make the labels on all cores, keep them chunk by chunk, and say what the statement is."""

from __future__ import annotations

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.domain.key_errors import SigningError
from ledger.labels.batch import Batch, BatchWriter, reserve, reserving, taken_locally
from ledger.labels.errors import WrongLabelKeyError
from ledger.labels.making import Chunk, Sign, chunk_count, compact_signer, make_chunk, raw_signer
from ledger.labels.plan import BatchPlan, IndexRange, Order, labels_body, plan_batch
from ledger.ports.crash import NO_CRASH, CrashPoints
from ledger.ports.signer import LocalSigner, Signer
from verifier.signature import to_checksum
from verifier.types import JsonValue

_AHEAD: Final = 2  # chunks made ahead of the one being written, for each process
_maker: dict[str, tuple[BatchPlan, Sign]] = {}  # this process's own, set by the pool's initializer


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePolicy:
    """processes: 0 makes labels in this one. scrypt_n: cost of the PIN file's passphrase, None for the usual one."""

    processes: int = 0
    scrypt_n: int | None = None
    crash: CrashPoints = NO_CRASH


def begin(
    root: Path,
    order: Order,
    certificate: bytes,
    *,
    known: Iterable[IndexRange],
    label_key: Signer,
    separator: bytes,
    resolver: str,
) -> Batch:
    """Reserve the next free indexes for a batch. No label is made yet.

    Args:
        root: folder of all batches of this enterprise; it is what keeps an index from being given twice.
        order: what is wanted.
        certificate: the certificate's statement document, kept beside the batch.
        known: ranges of this certificate that the log has.
        label_key: signs every label.
        separator: 32-byte EIP-712 domain separator.
        resolver: host of the labels' links.

    Raises: as `plan_batch`; BatchStateError when another process reserves at the same time.
    """
    with reserving(root):
        taken = [*known, *taken_locally(root, order.certificate_id)]
        plan = plan_batch(order, taken=taken, label_key=label_key.address, separator=separator, resolver=resolver)
        return reserve(root, plan, certificate)


def make(
    batch: Batch,
    label_key: Signer,
    passphrase: bytes,
    *,
    policy: IssuePolicy | None = None,
    progress: Callable[[int], None] = lambda _made: None,
) -> None:
    """Make what is missing of a batch; returns when every label is durable. Killed anywhere, it can be called again.

    Args:
        batch: from `begin` or `open_batch`.
        label_key: the key the batch was begun with.
        passphrase: of the PIN file; the same one when resuming.
        policy: processes and costs.
        progress: told how many more labels are durable.

    Raises:
        WrongLabelKeyError, PinFileError, BatchStateError, BatchDamagedError, SigningError.
    """
    policy = policy or IssuePolicy()
    if label_key.address != batch.plan.label_key:
        raise WrongLabelKeyError(to_checksum(batch.plan.label_key), to_checksum(label_key.address))
    if batch.is_made():
        return
    writer = BatchWriter(batch, passphrase, scrypt_n=policy.scrypt_n, crash=policy.crash)
    try:
        numbers = range(writer.next_chunk, chunk_count(batch.plan))
        if policy.processes and len(numbers) > 1:
            chunks = _made_there(batch.plan, numbers, label_key, policy.processes)
        else:
            sign = compact_signer(label_key)
            chunks = (make_chunk(batch.plan, number, sign) for number in numbers)
        for chunk in chunks:
            writer.append(chunk)
            progress(chunk.labels)
    finally:
        writer.close()


def body_of(batch: Batch) -> dict[str, JsonValue]:
    """The body of the batch's labels statement. Raises BatchStateError while labels are missing."""
    return labels_body(batch.plan, batch.root())


def _made_there(plan: BatchPlan, numbers: range, label_key: Signer, processes: int) -> Iterator[Chunk]:
    """Chunks in order, made in other processes; only a key in memory can go there."""
    if not isinstance(label_key, LocalSigner):
        raise SigningError("this key signs only in the process that holds it: use 0 processes")
    # spawn: nothing that this process holds open is shared with the makers.
    context = multiprocessing.get_context("spawn")
    waiting: deque[Future[Chunk]] = deque()
    with ProcessPoolExecutor(
        processes, mp_context=context, initializer=_start_maker, initargs=(plan, label_key.secret())
    ) as pool:
        try:
            for number in numbers:
                waiting.append(pool.submit(_make, number))
                if len(waiting) > _AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _start_maker(plan: BatchPlan, secret: bytes) -> None:
    _maker["this"] = (plan, raw_signer(secret))
    gc.freeze()


def _make(number: int) -> Chunk:
    plan, sign = _maker["this"]
    return make_chunk(plan, number, sign)
