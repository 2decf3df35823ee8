"""The sequencer: gives every admitted statement its index, in order, once, and promises when it will be anchored.

Order within a batch, and why a crash anywhere is harmless:

    admit ─▶ number and sign ─▶ one transaction ─▶ answer
             (in memory)        (durable)          (receipts leave the process)

Before the commit nothing happened; after it every receipt can be derived again from the stored row, so that a client who
never got its answer asks again and is given the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from ledger.domain.entries import Received, Sequenced
from ledger.domain.errors import LedgerError
from ledger.ports.crash import NO_CRASH, CrashPoints
from ledger.ports.signer import LogSigner
from ledger.ports.store import LedgerReader, LedgerWriter
from ledger.services.admission import Admission, Gate
from ledger.services.clocks import SteadyClock
from ledger.services.references import Referenced, reference_of, referenced_here, referenced_stored
from verifier.receipt import Receipt, receipt_signing_bytes
from verifier.types import StatementId

Outcome = Receipt | LedgerError
_Known: TypeAlias = Mapping[StatementId, Sequence[Sequenced]]
_Lookup: TypeAlias = Callable[[StatementId, Sequence[Sequenced]], Referenced | None]
ANCHOR_WITHIN: Final = 3_600
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencerPolicy:
    """`anchor_within`: seconds from sequencing to the promised anchor. `batch`: statements in one transaction."""

    anchor_within: int = ANCHOR_WITHIN
    batch: int = 500


class Prepared(NamedTuple):
    """A batch admitted, numbered and signed, and not durable yet: nobody may see a receipt of it.

    `taken` has for each statement its place among the `admitted`, the entry that the log has of it already, or its refusal.
    """

    taken: list[int | Sequenced | LedgerError]
    entries: list[Sequenced]
    admitted: list[Received]
    received_at: int


class Sequencer:
    """Sequences batches. For one thread; the store's writer guarantees one process."""

    def __init__(
        self,
        *,
        origin: str,
        writer: LedgerWriter,
        reader: LedgerReader,
        signer: LogSigner,
        admission: Admission,
        clock: SteadyClock,
        policy: SequencerPolicy | None = None,
        crash: CrashPoints = NO_CRASH,
    ) -> None:
        self._origin = origin
        self._writer = writer
        self._reader = reader
        self._signer = signer
        self._admission = admission
        self._clock = clock
        self._policy = policy or SequencerPolicy()
        self._crash = crash
        self._size: int | None = None
        self._latest = 0
        self._remembered: dict[StatementId, Referenced] = {}

    @property
    def policy(self) -> SequencerPolicy:
        """The promises made."""
        return self._policy

    def sequence(self, batch: Sequence[Received]) -> list[Outcome]:
        """Sequence a batch durably; answers stand in the order of the statements.

        A refusal concerns one statement and is returned in its place. What stops the whole batch is raised, and then
        none of it was sequenced or all of it was: asking again gives the same receipts.

        Raises:
            FencedError: a later writer exists; this process must stop writing.
            BackpressureError: try again (store, chain, clock).
            StoreError: the database failed.
        """
        return self.commit(self.prepare(batch))

    def prepare(self, batch: Sequence[Received]) -> Prepared:
        """Admit, number and sign a batch, in memory only. Raises BackpressureError and StoreError as `sequence`.

        What was prepared is committed (or failed) before the next batch is prepared: the numbers go on where it ends.
        """
        now = self._clock.read()
        received_at = self._steady(now)
        work = _Batch(self._admission.gate(now), self._admission.holds, self._known(batch), self._referenced)
        taken = [work.take(received) for received in batch]
        return Prepared(taken, self._number(work.admitted, received_at), work.admitted, received_at)

    def commit(self, prepared: Prepared) -> list[Outcome]:
        """Make a prepared batch durable, then answer it. On any thread. Raises as `sequence`."""
        entries = prepared.entries
        if entries:
            self._crash.reach("batch.signed")
            self._append(entries, prepared.admitted, prepared.received_at)
        receipts = [self.receipt_of(entry) for entry in entries]
        return [self._answer(one, receipts) for one in prepared.taken]

    def _answer(self, taken: int | Sequenced | LedgerError, receipts: Sequence[Receipt]) -> Outcome:
        if isinstance(taken, int):
            return receipts[taken]
        return self.receipt_of(taken) if isinstance(taken, Sequenced) else taken

    def _number(self, admitted: Sequence[Received], received_at: int) -> list[Sequenced]:
        """The next indices, in order, and a signed promise for each. In memory only."""
        origin, sign, key = self._origin, self._signer.sign, self._signer.public_key
        anchor_by = received_at + self._policy.anchor_within
        entries: list[Sequenced] = []
        for index, received in enumerate(admitted, self._size or 0):
            statement, leaf = received.statement_id, received.leaf_hash
            promise = receipt_signing_bytes(
                origin=origin, id=statement, leaf_hash=leaf, index=index, anchor_by=anchor_by
            )
            entries.append(
                Sequenced(index, statement, leaf, received.entry, received_at, anchor_by, key, sign(promise))
            )
        return entries

    def _append(self, entries: Sequence[Sequenced], admitted: Sequence[Received], received_at: int) -> None:
        bodies = [
            (entry.index, received.body)
            for entry, received in zip(entries, admitted, strict=True)
            if received.body is not None
        ]
        try:
            self._writer.append(entries, bodies)
        except BaseException:
            # The commit may have happened or not: look before the next batch.
            self._size = None
            raise
        self._size = entries[-1].index + 1
        self._latest = received_at

    def _steady(self, now: int) -> int:
        """Time given to the batch: never before an earlier one, whatever the clock was set to since."""
        if self._size is None:
            self._size = self._reader.size()
            self._latest = self._reader.last_received_at()
        return max(now, self._latest)

    def _known(self, batch: Sequence[Received]) -> _Known:
        wanted = {received.statement_id for received in batch}
        wanted |= {reference_of(received.stands_on) for received in batch if received.stands_on is not None}
        return self._reader.find(list(wanted))

    def _referenced(self, wanted: StatementId, entries: Sequence[Sequenced]) -> Referenced | None:
        """What the log has of a statement, from any of its entries that still has its body; remembered for a while."""
        if not entries:
            return None
        found = self._remembered.get(wanted)
        if found is None:
            for entry in entries:
                found = referenced_stored(entry, self._reader.body(entry.index))
                if found.content is not None:
                    break
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            if found is not None and found.content is not None:
                self._remembered[wanted] = found
        return found

    def receipt_of(self, entry: Sequenced) -> Receipt:
        """The receipt an entry was answered with, byte for byte."""
        return Receipt(
            self._origin,
            entry.statement_id,
            entry.leaf_hash,
            entry.index,
            entry.anchor_by,
            entry.log_key,
            entry.receipt_signature,
        )


class _Batch:
    """The statements of one batch that are to be numbered, in order. Nothing here outlives it."""

    def __init__(self, gate: Gate, holds: Callable[[Sequenced], bool], known: _Known, referenced: _Lookup) -> None:
        self._gate = gate
        self._holds = holds
        self._known = known
        self._referenced = referenced
        self._here: dict[StatementId, int] = {}
        self.admitted: list[Received] = []

    def take(self, received: Received) -> int | Sequenced | LedgerError:
        """Its place among the admitted, the entry that the log has of it already, or why it is not let in."""
        try:
            for earlier in self._known.get(received.statement_id, ()):
                if self._holds(earlier):
                    return earlier
            # Said twice in one batch is said once: the second asks for a receipt that exists.
            here = self._here.get(received.statement_id)
            if here is not None:
                return here
            self._gate.check(received, self._references(received))
        except LedgerError as error:
            return error
        self._here[received.statement_id] = place = len(self.admitted)
        self.admitted.append(received)
        return place

    def _references(self, received: Received) -> Mapping[StatementId, Referenced]:
        if received.stands_on is None:
            return {}
        wanted = reference_of(received.stands_on)
        here = self._here.get(wanted)
        if here is not None:
            return {wanted: referenced_here(self.admitted[here])}
        found = self._referenced(wanted, self._known.get(wanted, ()))
        return {} if found is None else {wanted: found}
