"""What a regulator does to TrustRegistry: each act as a document, the one line it is told by, the contract call, and the same by command line.

{ act, … }                    party, purpose, scope, key, times in unix seconds (0: now; 2^40 - 1: no end)
{ act: "party.admit", profile }                    profile as in docs/spec/06; so is "party.rename"
{ act: "key.register", registration, signature }   the key's own request (api.runtime.requests)

The page's script derives line, function and arguments from the document again (pages_js/src/desks/acts.ts), so that what is sent is what is
shown, and not only what the server encoded.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Final

from api.desks.calls import PreparedCall, prepare_call
from api.runtime.requests import PURPOSES, purpose_names
from ledger.services.registry import REGISTER_KEY, SignedRegistration
from verifier.contracts import FOREVER, scope_of
from verifier.deployment import Deployment
from verifier.encoding import to_hex
from verifier.identifiers import party_id
from verifier.signature import to_checksum
from verifier.snapshot import Profile
from verifier.types import Address, JsonValue

NOW: Final = 0
KEY_FILE: Final = "KEYSTORE"
_SHANGHAI: Final = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. wish: its document; summary: one line; command: arguments of `tanji`, without the key; profile: to be kept once it is done."""

    wish: Mapping[str, JsonValue]
    function: str
    arguments: tuple[bytes | int, ...]
    summary: str
    command: tuple[str, ...]
    profile: Profile | None = None

    def call(self, deployment: Deployment) -> PreparedCall:
        """The call of TrustRegistry."""
        return prepare_call(deployment.chain_id, deployment.trust_registry, self.function, self.arguments)

    @property
    def command_line(self) -> str:
        """The same by command line, as it is typed into a shell; "" where it has no words for it."""
        if not self.command:
            return ""
        return shlex.join(("tanji", "regulator", *self.command, "--key")) + f" {KEY_FILE}"


def spelt(time: int) -> str:
    """A moment as a summary has it."""
    if time == NOW:
        return "now"
    if time >= FOREVER:
        return "no end"
    return datetime.fromtimestamp(time, _SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S+08:00")


def _line(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _profile_act(name: str, words: str, function: str, verb: str, profile: Profile) -> Act:
    options = [("--name", profile.name), ("--name-en", profile.name_en), ("--url", profile.url)]
    return Act(
        wish={"act": name, "profile": profile.document()},
        function=function,
        arguments=(party_id(profile.party), profile.digest()),
        summary=_line(words, f"party {profile.party}", f"name {profile.name}", f"profile {to_hex(profile.digest())}"),
        command=("party", verb, profile.party, *(word for name, text in options if text for word in (name, text))),
        profile=profile,
    )


def admit(profile: Profile) -> Act:
    """Admit a party under the hash of its public profile."""
    return _profile_act("party.admit", "Admit party", "registerParty(bytes32,bytes32)", "add", profile)


def rename(profile: Profile) -> Act:
    """Replace a party's public profile."""
    return _profile_act("party.rename", "Rename party", "changeProfile(bytes32,bytes32)", "rename", profile)


def succeed(party: str, successor: str) -> Act:
    """Name who took over from a party."""
    return Act(
        wish={"act": "party.succeed", "party": party, "successor": successor},
        function="recordPartySuccessor(bytes32,bytes32)",
        arguments=(party_id(party), party_id(successor)),
        summary=_line("Name successor", f"party {party}", f"successor {successor}"),
        command=("party", "succeed", party, successor),
    )


def register_key(signed: SignedRegistration) -> Act:
    """Register a key that asked for it."""
    asked = signed.registration
    names = purpose_names(asked.purposes)
    registration: dict[str, JsonValue] = {
        "key": to_checksum(asked.key),
        "party": asked.party,
        "purposes": list(names),
        "from": asked.starts_at,
        "until": asked.ends_at,
    }
    return Act(
        wish={"act": "key.register", "registration": registration, "signature": to_hex(signed.signature)},
        function=REGISTER_KEY,
        arguments=(
            asked.key, party_id(asked.party), asked.purposes, asked.starts_at, asked.ends_at, signed.signature,
        ),
        summary=_line(
            "Register key", f"key {to_checksum(asked.key)}", f"party {asked.party}", f"purposes {' '.join(names)}",
            f"from {spelt(asked.starts_at)}", f"until {spelt(asked.ends_at)}",
        ),
        command=("key", "register", "request.json"),
    )  # fmt: skip


def end_key(key: Address, at: int = NOW) -> Act:
    """End a key."""
    return Act(
        wish={"act": "key.end", "key": to_checksum(key), "at": at},
        function="endKey(address,uint256)",
        arguments=(key, at),
        summary=_line("End key", f"key {to_checksum(key)}", f"at {spelt(at)}"),
        command=("key", "end", to_checksum(key), *_option("--at", at, NOW)),
    )


def report_compromise(key: Address, since: int) -> Act:
    """Report a key as compromised since a moment."""
    return Act(
        wish={"act": "key.compromise", "key": to_checksum(key), "since": since},
        function="reportCompromise(address,uint256)",
        arguments=(key, since),
        summary=_line("Report key compromised", f"key {to_checksum(key)}", f"since {spelt(since)}"),
        command=("key", "report-stolen", to_checksum(key), "--since", spelt(since)),
    )


def _grant(party: str, purpose: str, scope: str) -> tuple[bytes, int, bytes]:
    return party_id(party), int(PURPOSES[purpose]), scope_of(scope)


def _option(name: str, time: int, usual: int) -> tuple[str, ...]:
    return () if time == usual else (name, spelt(time))


def _scoped(scope: str) -> tuple[str, ...]:
    return ("--scope", scope) if scope else ()


def open_grant(party: str, purpose: str, scope: str, *, starts_at: int = NOW, ends_at: int = FOREVER) -> Act:
    """Entitle a party. purpose: a name; scope: a category, `gs1:` and a prefix, or empty."""
    return Act(
        wish={
            "act": "grant.open", "party": party, "purpose": purpose, "scope": scope, "from": starts_at, "until": ends_at,
        },
        function="openGrant(bytes32,uint256,bytes32,uint256,uint256)",
        arguments=(*_grant(party, purpose, scope), starts_at, ends_at),
        summary=_line(
            "Open grant", f"party {party}", purpose, f"scope {scope or 'none'}", f"from {spelt(starts_at)}", f"until {spelt(ends_at)}"
        ),
        command=(
            "grant", "open", party, purpose, *_scoped(scope), *_option("--from", starts_at, NOW), *_option("--until", ends_at, FOREVER),
        ),
    )  # fmt: skip


def extend_grant(party: str, purpose: str, scope: str, ends_at: int) -> Act:
    """Move a running grant's end later."""
    words = ("grant", "extend", party, purpose, *_scoped(scope), "--until", spelt(ends_at))
    return Act(
        wish={"act": "grant.extend", "party": party, "purpose": purpose, "scope": scope, "until": ends_at},
        function="extendGrant(bytes32,uint256,bytes32,uint256)",
        arguments=(*_grant(party, purpose, scope), ends_at),
        summary=_line("Extend grant", f"party {party}", purpose, f"scope {scope or 'none'}", f"until {spelt(ends_at)}"),
        command=words if ends_at < FOREVER else (),
    )


def end_grant(party: str, purpose: str, scope: str, at: int = NOW) -> Act:
    """End a running grant."""
    return Act(
        wish={"act": "grant.end", "party": party, "purpose": purpose, "scope": scope, "at": at},
        function="endGrant(bytes32,uint256,bytes32,uint256)",
        arguments=(*_grant(party, purpose, scope), at),
        summary=_line("End grant", f"party {party}", purpose, f"scope {scope or 'none'}", f"at {spelt(at)}"),
        command=("grant", "end", party, purpose, *_scoped(scope), *_option("--at", at, NOW)),
    )


ACTS: Final[Mapping[str, Callable[..., Act]]] = {
    "admit": admit,
    "rename": rename,
    "succeed": succeed,
    "register-key": register_key,
    "end-key": end_key,
    "compromise": report_compromise,
    "open-grant": open_grant,
    "extend-grant": extend_grant,
    "end-grant": end_grant,
}
