"""Who plays in the demo: parties, their keys and accreditations. Everything here is public and worth nothing.

Keys are derived from their names, so that two runs deploy to the same addresses and cost the same gas. A real party draws its
keys at random (`tanji keys new`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from api.demo.products import DemoEnterprise, DemoSet
from ledger.keys.memory import MemoryLogSigner, MemorySigner
from verifier.contracts import Purpose
from verifier.hashing import keccak256
from verifier.snapshot import Profile

REGULATOR: Final = "uscc:11219999MATJ90014E"
OPERATOR: Final = "uscc:91219999MATJ900221"
CERTIFIER_A: Final = "uscc:91219999MATJ90030U"
CERTIFIER_B: Final = "uscc:91219999MATJ90049Q"
UNACCREDITED: Final = "uscc:91219999MATJ90057K"
NOBODY: Final = "uscc:91219999MATJ90065E"  # never registered

PASSPHRASE: Final = b"demo-only-this-protects-nothing"
SECTORS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    CERTIFIER_A: ("electronics", "appliances"),
    CERTIFIER_B: ("building-materials", "cars"),
}

PROFILES: Final = (
    Profile(party=OPERATOR, name="演示碳迹运营中心", name_en="Demo Tanji operator"),
    Profile(party=CERTIFIER_A, name="演示认证甲有限公司", name_en="Demo certifier A"),
    Profile(party=CERTIFIER_B, name="演示认证乙有限公司", name_en="Demo certifier B"),
    Profile(party=UNACCREDITED, name="演示咨询丙有限公司", name_en="Demo consultancy C, not accredited"),
)
REGULATOR_PROFILE: Final = Profile(party=REGULATOR, name="演示市市场监督管理局", name_en="Demo city market regulator")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRole:
    """A key: whose, and for what (bit mask of purposes)."""

    party: str
    purposes: int


# The regulator's first key and the bulletin key are named in the deployment itself.
KEY_ROLES: Final[Mapping[str, KeyRole]] = {
    "rule": KeyRole(party=REGULATOR, purposes=Purpose.RULE),
    "sequencer": KeyRole(party=OPERATOR, purposes=Purpose.SEQUENCER),
    "certifier-a": KeyRole(party=CERTIFIER_A, purposes=Purpose.CERTIFICATE),
    "certifier-a-second": KeyRole(party=CERTIFIER_A, purposes=Purpose.CERTIFICATE),
    "certifier-a-retired": KeyRole(party=CERTIFIER_A, purposes=Purpose.CERTIFICATE),
    "certifier-a-labels": KeyRole(party=CERTIFIER_A, purposes=Purpose.LABELS),
    "certifier-a-status": KeyRole(party=CERTIFIER_A, purposes=Purpose.STATUS),
    "certifier-b": KeyRole(party=CERTIFIER_B, purposes=Purpose.CERTIFICATE),
    "certifier-b-road": KeyRole(party=CERTIFIER_B, purposes=Purpose.CERTIFICATE),  # the one that is stolen
    "certifier-b-status": KeyRole(party=CERTIFIER_B, purposes=Purpose.STATUS),
    "unaccredited": KeyRole(party=UNACCREDITED, purposes=Purpose.CERTIFICATE),
}
LATE_KEY: Final = "certifier-a-late"  # registered after it has been used
LATE_ROLE: Final = KeyRole(party=CERTIFIER_A, purposes=Purpose.CERTIFICATE)
# Keys that write to the chain and so pay for gas.
PAYING: Final = ("regulator", "sequencer", "certifier-a-status", "certifier-b-status")
# What a person signs with at the desks once the story is over: one account for each party, in a wallet or a key file.
DESK_ROLES: Final[Mapping[str, KeyRole]] = {
    "desk-certifier-a": KeyRole(party=CERTIFIER_A, purposes=Purpose.CERTIFICATE | Purpose.STATUS),
    "desk-certifier-b": KeyRole(party=CERTIFIER_B, purposes=Purpose.CERTIFICATE | Purpose.STATUS),
}
RELAY: Final = "relay"  # pays for the status changes that others sign
# Keys a reader may want to try the command line with.
KEPT: Final = ("regulator", "bulletin", "sequencer", "certifier-a", "certifier-b")


@cache
def key(name: str) -> MemorySigner:
    """The account key of a role; the same in every run."""
    return MemorySigner.from_bytes(keccak256(b"tanji demo key, public and worthless: " + name.encode()))


@cache
def log_key() -> MemoryLogSigner:
    """The log's Ed25519 key; the same in every run."""
    return MemoryLogSigner.from_seed(keccak256(b"tanji demo log key, public and worthless"))


def enterprise_key(enterprise: DemoEnterprise) -> MemorySigner:
    """The footprint key of an enterprise."""
    return key(f"enterprise {enterprise.gs1_prefix}")


def enterprise_desk_role(enterprise: DemoEnterprise) -> tuple[str, KeyRole]:
    """The account that does all of an enterprise's desk: its name and what it is for."""
    purposes = Purpose.FOOTPRINT | Purpose.LABELS | Purpose.STATUS
    return f"desk-enterprise-{enterprise.gs1_prefix}", KeyRole(party=enterprise.party, purposes=purposes)


def enterprise_profile(enterprise: DemoEnterprise) -> Profile:
    """The public profile an enterprise is admitted under."""
    return Profile(party=enterprise.party, name=enterprise.name, name_en=enterprise.name_en)


def certifier_of(sector: str) -> str:
    """The certifier accredited for a sector."""
    return next(party for party, sectors in SECTORS_OF.items() if sector in sectors)


def accreditations(data: DemoSet) -> tuple[tuple[str, str], ...]:
    """(certifier, category URN): what the regulator grants."""
    return tuple((certifier_of(category.sector), category.urn) for category in data.categories)
