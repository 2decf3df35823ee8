"""Scans, item states and one-time PINs over HTTP: who counts as one client, in which capacity somebody speaks, what may be told.

All of it is the operator's testimony, outside P1 (docs/copies.md). A label's signature is checked before anything about its item is
written or told: who guesses serials neither fills the database nor learns which were issued.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from api.http.errors import RequestError
from api.http.limits import client_key
from ledger.domain.scan_errors import TransitionError, UnknownItemError
from ledger.domain.scans import Actor, Item, ItemState, PinUse, Role, ScanKind, ScanReport, StateChange
from ledger.scans.regions import UNKNOWN, RegionError, require_region
from verifier.bodies.fields import read_integer
from verifier.checks.label import CopySignal
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.label import Label
from verifier.types import JsonValue

if TYPE_CHECKING:
    from starlette.requests import Request

    from ledger.domain.payloads import Session

# A client may say that several devices speak through its address, and counts as at most so many: fewer than any rule that counts
# devices asks for (ledger.scans.thresholds), so that one address alone never makes an item look carried about.
DEVICES_OF_A_CLIENT: Final = 2
TICK: Final = 0.1
LONGEST_HINT: Final = 128
LONGEST_REFERENCE: Final = 128


class ItemRecords(Protocol):
    """The part of `ledger.services.scanning.Scanning` that routes use."""

    def redeem_pin(self, item: Item, pin: str, *, client_hint: bytes, region: int = 0, reference: str = "") -> PinUse:
        """Use a one-time PIN."""
        ...

    def record_scans(self, reports: Iterable[ScanReport]) -> int:
        """Record scans."""
        ...

    def signals_of(self, item: Item, at: int | None = None) -> tuple[CopySignal, ...]:
        """Reasons to suspect that an item's label was copied."""
        ...

    def states_of(self, item: Item) -> tuple[StateChange, ...]:
        """An item's history, oldest first."""
        ...

    def issuer_of(self, item: Item) -> str | None:
        """Whose label the item carries; None when it was never issued."""
        ...

    def set_state(self, item: Item, state: ItemState, actor: Actor) -> StateChange:
        """Record an item's state."""
        ...


class Waiting(Protocol):
    """Where scans wait for the store (api.pages.parts.SeenScans); on the event loop."""

    def add(self, report: ScanReport) -> bool:
        """Take a scan; False when too many wait."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedLabel:
    """A label whose signature holds; issuer: the party of its labels statement, None where the log has none."""

    label: Label
    issuer: str | None


class LabelSignatures(Protocol):
    """Who judges labels (api.pages.judging)."""

    def signed(self, text: str) -> SignedLabel | None:
        """The label, if its label key signed these words. Raises MalformedError: no label. Blocks."""
        ...


class LabelUnsignedError(RequestError):
    """The label's signature does not hold, as far as this log knows, or it is no item's: nothing is kept or told of it."""

    code = "scan.label-unsigned"
    status = 422

    def __init__(self) -> None:
        super().__init__("the label's signature does not hold here", field="/label", rule="label.signature")


class ScanNotEntitledError(RequestError):
    """This session does not speak in the capacity it names."""

    code = "scan.not-entitled"
    status = 403

    def __init__(self, kind: str, rule: str) -> None:
        super().__init__(f"this session may not scan as {kind}", field="/kind", rule=rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDesk:
    """platforms: parties whose sessions may record that an item was used up, and redeem PINs for their customers."""

    records: ItemRecords
    waiting: Waiting
    labels: LabelSignatures
    platforms: Collection[str] = ()

    def item(self, text: str) -> tuple[Item, str | None]:
        """The item of a label whose signature holds, and its issuer. Raises MalformedError, LabelUnsignedError. Blocks."""
        found = self.labels.signed(text)
        if found is None or found.label.gtin is None or found.label.serial is None:
            raise LabelUnsignedError
        return Item(gtin=found.label.gtin, serial=found.label.serial), found.issuer

    def kind_of(self, wanted: str, session: Session | None, purposes: Sequence[str], issuer: str | None) -> ScanKind:
        """In which capacity a scan is recorded. Raises ScanNotEntitledError."""
        if wanted == "anonymous" or session is None:
            return ScanKind.ANONYMOUS
        if wanted == "inspector" and "regulator" not in purposes:
            raise ScanNotEntitledError(wanted, "not-a-regulator")
        if wanted == "enterprise" and session.party != issuer:
            raise ScanNotEntitledError(wanted, "labels-of-another")
        return ScanKind.INSPECTOR if wanted == "inspector" else ScanKind.ENTERPRISE

    def set_state(self, item: Item, state: ItemState, session: Session, purposes: Sequence[str]) -> StateChange:
        """Record a state as who this session is; the same said again by the same is answered with what was recorded.

        Raises UnknownItemError (also where the item is another enterprise's: who guesses serials learns nothing), NotEntitledError,
        TransitionError. Blocks.
        """
        actor = Actor(role=self._role(item, session, purposes), party=session.party)
        try:
            return self.records.set_state(item, state, actor)
        except TransitionError:
            last = next(reversed(self.records.states_of(item)), None)
            if last is None or (last.state, last.role, last.party) != (state, actor.role, actor.party):
                raise
            return last

    def _role(self, item: Item, session: Session, purposes: Sequence[str]) -> Role:
        if "regulator" in purposes:
            return Role.REGULATOR
        if self.records.issuer_of(item) == session.party:
            return Role.ENTERPRISE
        if session.party in self.platforms:
            return Role.POINTS_PLATFORM
        raise UnknownItemError(item.gtin, item.serial)

    def pin_hint(self, request: Request, session: Session | None, device: str) -> bytes:
        """Whose attempts at PINs are counted: the client's, or, at a platform, its customer's."""
        if session is not None and session.party in self.platforms and device:
            return b"platform\x00" + session.party.encode() + sha256(device.encode())
        return client_hint(request)


def client_hint(request: Request) -> bytes:
    """Which client, for counting; hashed with the day's key and not kept (ledger.scans.daykey). An IPv6 /64 is one client."""
    host = "" if request.client is None else request.client.host
    return client_key(host).encode("utf-8", "replace")


def device_hint(request: Request, device: str) -> bytes:
    """One of the few devices that a client may say it is."""
    number = sha256(device.encode())[0] % DEVICES_OF_A_CLIENT if device else 0
    return client_hint(request) + b"\x00%d" % number


def read_hint(value: JsonValue | None, place: str, most: int = LONGEST_HINT) -> str:
    """A short text of printable ASCII; "" for none. Raises MalformedError, which does not repeat it."""
    if value is None:
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= most or not (value.isascii() and value.isprintable()):
        raise MalformedError("hint", place, f"1 to {most} printable ASCII characters")
    return value


def read_region(value: JsonValue | None) -> int:
    """A region's code, 0 for none. Raises MalformedError."""
    if value is None:
        return UNKNOWN
    region = read_integer(value, "/region", least=0, most=9_999)
    try:
        return require_region(region)
    except RegionError as error:
        raise MalformedError("region", "/region", "a code of GB/T 2260: province or city, four digits") from error


async def until_tick(started: float) -> None:
    """Wait until a multiple of a tenth of a second since `started` (monotonic seconds): answers to labels whose signature does not hold
    leave then, so that the clock does not tell which serials were issued (F02)."""
    await asyncio.sleep(TICK - (time.monotonic() - started) % TICK)


def signal_document(signal: CopySignal) -> dict[str, JsonValue]:
    """A signal as answers show it."""
    return {"reason": signal.reason, "fields": dict(signal.fields)}


def state_document(change: StateChange) -> dict[str, JsonValue]:
    """A state change as answers show it."""
    return {"state": change.state.value, "at": change.at, "role": change.role.value, "party": change.party}
