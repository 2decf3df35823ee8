"""What travels between an air-gapped key and the chain: a key's registration and a status change, each with its signature.

    Registration { v:1, registration: { key, party, purposes: [name], from, until }, signature? }
    StatusChange { v:1, statusChange: { owner: party | "regulators", subject, status, successor?, nonce, deadline }, signature? }

Without `signature` it is a request to sign (`tanji sign`); with it anyone may carry it to the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from verifier.bodies.fields import read_array, read_object
from verifier.canonical import canonicalize, parse
from verifier.contracts import REGULATORS, Purpose, Status
from verifier.documents import SMALL_DOCUMENT_BYTES, read_size, read_time, read_version
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.identifiers import parse_party, party_id
from verifier.signature import parse_address, parse_signature, to_checksum
from verifier.types import JsonValue, PartyId

if TYPE_CHECKING:
    from ledger.services.registry import KeyRegistration, SignedRegistration
    from ledger.services.status import SignedStatusChange

REGULATORS_TEXT: Final = "regulators"
PURPOSES: Final = {purpose.name.lower(): purpose for purpose in Purpose}
STATUSES: Final = {
    "active": Status.ACTIVE,
    "suspended": Status.SUSPENDED,
    "withdrawn": Status.WITHDRAWN,
    "cancelled": Status.CANCELLED,
    "superseded-labels-good": Status.SUPERSEDED_LABELS_GOOD,
    "superseded-labels-void": Status.SUPERSEDED_LABELS_VOID,
}
STATUS_NAMES: Final = {status: name for name, status in STATUSES.items()}
_REGISTRATION: Final = frozenset({"key", "party", "purposes", "from", "until"})
_CHANGE: Final = frozenset({"owner", "subject", "status", "nonce", "deadline"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A status change before or after signing. owner: party text or `regulators`; signature: 65 bytes, or b""."""

    owner: str
    subject: bytes
    status: Status
    nonce: int
    deadline: int
    successor: bytes = bytes(32)
    signature: bytes = b""

    @property
    def owner_id(self) -> PartyId:
        """The lane's owner as the contract names it."""
        return REGULATORS if self.owner == REGULATORS_TEXT else party_id(self.owner)

    def signed(self) -> SignedStatusChange:
        """What `StatusOperations.relay` takes. Raises MalformedError while nobody has signed."""
        from ledger.services.status import SignedStatusChange, StatusChange

        if not self.signature:
            raise MalformedError("missing-member", "/signature", "not signed yet; sign it with `tanji sign`")
        change = StatusChange(owner=self.owner_id, subject=self.subject, status=self.status, successor=self.successor)
        return SignedStatusChange(change=change, nonce=self.nonce, deadline=self.deadline, signature=self.signature)


def purposes_mask(names: tuple[str, ...], place: str) -> int:
    """The bit mask of purpose names. Raises MalformedError for an unknown or repeated one, or none."""
    mask = 0
    for name in names:
        purpose = PURPOSES.get(name)
        if purpose is None or mask & purpose:
            raise MalformedError("purpose", place, f"{name}: each of {', '.join(PURPOSES)} at most once")
        mask |= purpose
    if not mask:
        raise MalformedError("purpose", place, "at least one purpose")
    return mask


def purpose_names(mask: int) -> list[str]:
    """The names in a mask."""
    return [name for name, purpose in PURPOSES.items() if mask & purpose]


def parse_registration(data: bytes) -> tuple[KeyRegistration, bytes]:
    """Read a registration and its signature (b"" when there is none). Raises MalformedError."""
    from ledger.services.registry import KeyRegistration

    members, signature = _envelope(data, "registration")
    asked = read_object(members, "/registration", _REGISTRATION)
    names = read_array(asked["purposes"], "/registration/purposes", least=1, most=len(PURPOSES))
    registration = KeyRegistration(
        key=parse_address(asked["key"], "/registration/key"),
        party=parse_party(asked["party"], "/registration/party"),
        purposes=purposes_mask(tuple(str(name) for name in names), "/registration/purposes"),
        starts_at=read_time(asked["from"], "/registration/from"),
        ends_at=read_time(asked["until"], "/registration/until"),
    )
    return registration, signature


def serialize_registration(signed: SignedRegistration) -> bytes:
    """The canonical bytes `parse_registration` reads; an empty signature is left out."""
    asked = signed.registration
    document: dict[str, JsonValue] = {
        "v": 1,
        "registration": {
            "key": to_checksum(asked.key),
            "party": asked.party,
            "purposes": list(purpose_names(asked.purposes)),
            "from": asked.starts_at,
            "until": asked.ends_at,
        },
    }
    if signed.signature:
        document["signature"] = to_hex(signed.signature)
    return canonicalize(document)


def parse_change(data: bytes) -> ChangeRequest:
    """Read a status change. Raises MalformedError."""
    members, signature = _envelope(data, "statusChange")
    asked = read_object(members, "/statusChange", _CHANGE, frozenset({"successor"}))
    owner = asked["owner"]
    if owner != REGULATORS_TEXT:
        owner = parse_party(owner, "/statusChange/owner")
    status = STATUSES.get(asked["status"]) if isinstance(asked["status"], str) else None
    if status is None:
        raise MalformedError("choice", "/statusChange/status", f"one of {', '.join(STATUSES)}")
    return ChangeRequest(
        owner=str(owner),
        subject=parse_hex(asked["subject"], "/statusChange/subject", 32),
        status=status,
        nonce=read_size(asked["nonce"], "/statusChange/nonce"),
        deadline=read_time(asked["deadline"], "/statusChange/deadline"),
        successor=parse_hex(asked["successor"], "/statusChange/successor", 32) if "successor" in asked else bytes(32),
        signature=signature,
    )


def serialize_change(change: ChangeRequest) -> bytes:
    """The canonical bytes `parse_change` reads."""
    members: dict[str, JsonValue] = {
        "owner": change.owner,
        "subject": to_hex(change.subject),
        "status": STATUS_NAMES[change.status],
        "nonce": change.nonce,
        "deadline": change.deadline,
    }
    if any(change.successor):
        members["successor"] = to_hex(change.successor)
    document: dict[str, JsonValue] = {"v": 1, "statusChange": members}
    if change.signature:
        document["signature"] = to_hex(change.signature)
    return canonicalize(document)


def kind_of_request(data: bytes) -> str | None:
    """`draft`, `registration` or `statusChange`: what a file handed to `tanji sign` is; None for anything else.

    Raises MalformedError when it is not JSON of the strict profile.
    """
    document = parse(data, 1_048_576)
    if isinstance(document, dict):
        for member, kind in (("registration", "registration"), ("statusChange", "statusChange"), ("body", "draft")):
            if member in document:
                return kind
    return None


def _envelope(data: bytes, name: str) -> tuple[JsonValue, bytes]:
    document = read_object(parse(data, SMALL_DOCUMENT_BYTES), "", frozenset({"v", name}), frozenset({"signature"}))
    read_version(document["v"], "/v")
    if "signature" not in document:
        return document[name], b""
    return document[name], parse_signature(parse_hex(document["signature"], "/signature", 65), "/signature")
