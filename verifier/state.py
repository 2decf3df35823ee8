"""The chain as one snapshot shows it under one trusted block: every word asked is proven, absent or a gap (docs/spec/07, 1).

Nothing here trusts the snapshot: words are read by walking nodes by hash from the header's state root, and the header's
hash is the one trusted from elsewhere. A question that cannot be answered raises `CannotCheckError`, never a guess.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, NoReturn, TypeVar

from verifier import contracts, words
from verifier.account import ZERO_WORD, account_at, parse_storage_word, word_at
from verifier.contracts import anchor_digest
from verifier.deployment import Deployment
from verifier.errors import CannotCheckError, MalformedError, VerifierError
from verifier.hashing import keccak256
from verifier.header import Header, parse_header
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.snapshot import Anchor, Profile, Snapshot
from verifier.trie import NodeSet, lookup
from verifier.trust import Finality, NoTrustedBlock, Trust
from verifier.types import Address, JsonValue, PartyId, StatementId
from verifier.words import Interval, KeyWord, Latest, Transition

T = TypeVar("T")


class ViewGapError(CannotCheckError):
    """The view does not answer this question: `reason` is a stable code, `fields` the values asked for."""

    code = "view.gap"

    def __init__(self, reason: str, **fields: JsonValue) -> None:
        self.reason = reason
        self.fields: Mapping[str, JsonValue] = fields
        super().__init__(f"{reason} {dict(fields)}")


class Covering(NamedTuple):
    """The smallest anchor shown that covers an index. `is_first`: the one before it is shown too and does not cover it."""

    anchor: Anchor
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roots:
    """Storage roots of the three contracts."""

    anchor_log: bytes
    trust_registry: bytes
    status_registry: bytes


class ChainView:
    """Answers questions about storage under one block. Answers are kept, so one view serves thousands of verdicts.

    `trouble` is why nothing can be asked (no trusted block, another chain, other code …), or None.
    """

    __slots__ = (
        "_anchor_shown",
        "_anchors",
        "_grants",
        "_keys",
        "_lanes",
        "_nodes",
        "_profiles",
        "_roots",
        "_sizes",
        "_status_keys",
        "deployment",
        "domain_separator",
        "header",
        "origin",
        "trouble",
    )

    def __init__(
        self, *, deployment: Deployment, snapshot: Snapshot, header: Header | None, nodes: NodeSet,
        roots: _Roots | None, trouble: ViewGapError | None,
    ) -> None:  # fmt: skip
        self.deployment = deployment
        self.origin = deployment.origin
        self.domain_separator = deployment.domain_separator
        self.header = header
        self.trouble = trouble
        self._nodes = nodes
        self._roots = roots
        self._anchors = snapshot.anchors
        self._sizes = tuple(anchor.size for anchor in snapshot.anchors)
        self._profiles = {profile.party: profile for profile in snapshot.profiles}
        self._anchor_shown: dict[int, bool] = {}
        self._keys: dict[Address, KeyWord | None] = {}
        self._grants: dict[tuple[PartyId, int, bytes], tuple[Interval, ...]] = {}
        self._lanes: dict[bytes, tuple[Transition, ...]] = {}
        self._status_keys: dict[tuple[PartyId, int], KeyWord | None] = {}

    def used(self, snapshot: Snapshot, parties: Collection[str]) -> Snapshot:
        """The part of this view's snapshot that answers what was asked so far, with the profiles of these parties."""
        last = snapshot.anchors[-1:]
        return Snapshot(
            chain_id=snapshot.chain_id,
            header=snapshot.header,
            nodes=self._nodes.used(),
            anchors=tuple(one for one in snapshot.anchors if one.seq in self._anchor_shown or one in last),
            profiles=tuple(one for one in snapshot.profiles if one.party in parties),
        )

    # ------------------------------------------------------------ keys and grants

    def key_word(self, address: Address) -> KeyWord | None:
        """TrustRegistry.keys[address]; None when proven never registered. Raises CannotCheckError."""
        if address in self._keys:
            return self._keys[address]
        word = self._keys[address] = self._read(self._trust_root(), contracts.key_slot(address), words.decode_key_word)
        return word

    def grant_word(self, party: PartyId, purpose: int, scope: bytes) -> tuple[Interval, ...]:
        """The intervals of a grant, newest first; empty when proven never granted. Raises CannotCheckError."""
        question = (party, purpose, scope)
        intervals = self._grants.get(question)
        if intervals is None:
            slot = contracts.grant_slot(party, purpose, scope)
            intervals = self._grants[question] = self._read(self._trust_root(), slot, words.decode_grant_word)
        return intervals

    def status_key(self, owner: PartyId, ordinal: int) -> KeyWord | None:
        """The key word of a lane owner's status key by its ordinal. Raises CannotCheckError."""
        question = (owner, ordinal)
        if question not in self._status_keys:
            slot = contracts.status_key_slot(owner, ordinal)
            address = self._read(self._trust_root(), slot, _status_key_address)
            self._status_keys[question] = None if address is None else self.key_word(address)
        return self._status_keys[question]

    def log_key(self, ed25519_key: bytes) -> Interval | None:
        """When this Ed25519 key (32 bytes) speaks for the log; None when proven never. Raises CannotCheckError."""
        return self._read(self._trust_root(), contracts.log_key_slot(ed25519_key), words.decode_log_key_word)

    # ------------------------------------------------------------ status

    def lane(self, owner: PartyId, subject: bytes) -> tuple[Transition, ...]:
        """The transitions of a lane, newest first; empty when proven that there are none. Raises CannotCheckError."""
        question = owner + subject
        transitions = self._lanes.get(question)
        if transitions is None:
            slot = contracts.lane_slot(owner, subject)
            transitions = self._lanes[question] = self._read(self._status_root(), slot, words.decode_lane_word)
        return transitions

    def successor(self, owner: PartyId, subject: bytes) -> StatementId | None:
        """The successor written with a superseded status; None when there is none. Raises CannotCheckError."""
        word = self._word(self._status_root(), contracts.successor_slot(owner, subject))
        return StatementId(word) if word != ZERO_WORD else None

    # ------------------------------------------------------------ anchors

    def covering(self, index: int) -> Covering:
        """The smallest anchor shown that covers `index`, its word proven. Raises CannotCheckError."""
        root = self._anchor_root()
        place = bisect_right(self._sizes, index)
        if place == len(self._sizes):
            raise ViewGapError("view-ends-before", index=index, reach=self._sizes[-1] if self._sizes else 0)
        anchor = self._anchors[place]
        self._require_shown(root, anchor)
        if anchor.seq == 1:
            return Covering(anchor, is_first=True)
        before = self._anchors[place - 1] if place else None
        if before is None or before.seq != anchor.seq - 1:
            return Covering(anchor, is_first=False)
        self._require_shown(root, before)
        return Covering(anchor, is_first=True)

    def _require_shown(self, root: bytes, anchor: Anchor) -> None:
        shown = self._anchor_shown.get(anchor.seq)
        if shown is None:
            value = lookup(root, keccak256(contracts.anchor_slot(anchor.seq)), self._nodes)
            shown = parse_storage_word(value) == anchor_digest(anchor.size, anchor.root, anchor.time)
            self._anchor_shown[anchor.seq] = shown
        if not shown:
            raise ViewGapError("anchor-not-shown", seq=anchor.seq)

    def latest(self) -> Latest:
        """AnchorLog.latest. Raises CannotCheckError."""
        slot = contracts.plain_slot(contracts.AnchorSlot.LATEST)
        return self._read(self._anchor_root(), slot, words.decode_latest)

    # ------------------------------------------------------------ profiles

    def profile(self, party: str) -> Profile | None:
        """The public profile that TrustRegistry holds the hash of; None for a party that is proven unknown.

        Raises CannotCheckError when the snapshot brings no profile, or another one than registered.
        """
        word = self._word(self._trust_root(), contracts.party_slot(party_id(party)))
        if word == ZERO_WORD:
            return None
        profile = self._profiles.get(party)
        if profile is None or profile.digest() != word:
            raise ViewGapError("profile-not-shown", party=party)
        return profile

    # ------------------------------------------------------------ words

    def _read(self, root: bytes, slot: bytes, decoder: Callable[[bytes], T]) -> T:
        value = lookup(root, keccak256(slot), self._nodes)
        try:
            return decoder(ZERO_WORD if value is None else parse_storage_word(value))
        except MalformedError as error:
            raise ViewGapError("word-unreadable", slot="0x" + slot.hex(), rule=error.rule) from error

    def _word(self, root: bytes, slot: bytes) -> bytes:
        """The 32-byte word at a slot, the zero word when proven absent."""
        return word_at(root, slot, self._nodes)

    def _anchor_root(self) -> bytes:
        return self._roots.anchor_log if self._roots is not None else self._refuse()

    def _trust_root(self) -> bytes:
        return self._roots.trust_registry if self._roots is not None else self._refuse()

    def _status_root(self) -> bytes:
        return self._roots.status_registry if self._roots is not None else self._refuse()

    def _refuse(self) -> NoReturn:
        raise ViewGapError("view-not-trusted", because="" if self.trouble is None else self.trouble.reason)


def _status_key_address(word: bytes) -> Address | None:
    return words.decode_address_word(word, "statusKeys")


def open_view(snapshot: Snapshot, trusted_block: Trust, deployment: Deployment) -> ChainView:
    """Prepare a view for any number of verdicts. Never raises: what is wrong is in `ChainView.trouble`."""
    nodes = NodeSet(snapshot.nodes)
    header: Header | None = None
    roots: _Roots | None = None
    trouble: ViewGapError | None = None
    try:
        header = _trusted_header(snapshot, trusted_block, deployment)
        roots = _Roots(
            anchor_log=_storage_root(header, nodes, deployment.anchor_log, deployment.anchor_log_code_hash),
            trust_registry=_storage_root(header, nodes, deployment.trust_registry, deployment.trust_registry_code_hash),
            status_registry=_storage_root(
                header, nodes, deployment.status_registry, deployment.status_registry_code_hash
            ),
        )
    except ViewGapError as gap:
        trouble = gap
    except VerifierError as error:
        trouble = ViewGapError("account-not-shown", detail=error.code)
    return ChainView(deployment=deployment, snapshot=snapshot, header=header, nodes=nodes, roots=roots, trouble=trouble)


def _trusted_header(snapshot: Snapshot, trust: Trust, deployment: Deployment) -> Header:
    """The header whose hash is the trusted one, final and of the right chain. Raises ViewGapError."""
    if isinstance(trust, NoTrustedBlock):
        raise ViewGapError("no-trusted-block", because=trust.reason)
    if keccak256(snapshot.header) != trust.hash:
        raise ViewGapError("header-not-trusted", trusted="0x" + trust.hash.hex())
    if snapshot.chain_id != deployment.chain_id:
        raise ViewGapError("another-chain", chainId=snapshot.chain_id, expected=deployment.chain_id)
    try:
        header = parse_header(snapshot.header)
    except VerifierError as error:
        raise ViewGapError("header-unreadable") from error
    if trust.finality is not Finality.FINAL:
        raise ViewGapError("block-not-final", number=header.number)
    if trust.number not in (None, header.number) or trust.time not in (None, header.time):
        raise ViewGapError("voucher-disagrees", number=header.number, time=header.time)
    if header.number < trust.oldest_acceptable:
        raise ViewGapError("older-than-accepted", number=header.number, accepted=trust.oldest_acceptable)
    return header


def _storage_root(header: Header, nodes: NodeSet, address: Address, code_hash: bytes) -> bytes:
    """Storage root of a contract whose code is the pinned one. Raises ViewGapError, TrieError."""
    account = account_at(header.state_root, address, nodes)
    if account is None:
        raise ViewGapError("contract-absent", address=to_checksum(address))
    if account.code_hash != code_hash:
        raise ViewGapError("other-code", address=to_checksum(address))
    return account.storage_root
