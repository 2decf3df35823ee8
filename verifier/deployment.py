"""The pinned deployment: chain, contracts, code hashes, bulletin key (docs/spec/06, Deployment). Ships with a verifier.

```
{ v:1, name, chainId, anchorLog, trustRegistry, statusRegistry,
  codeHashes: { anchorLog, trustRegistry, statusRegistry }, bulletinKey, predecessors: [{chainId, anchorLog, lastSize}] }
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verifier.bodies.fields import read_array, read_line, read_object
from verifier.canonical import canonicalize, parse
from verifier.documents import SMALL_DOCUMENT_BYTES, read_size, read_version
from verifier.eip712 import domain_separator
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.signature import parse_address, to_checksum
from verifier.types import Address, JsonValue

_MEMBERS: Final = frozenset(
    [
        "v",
        "name",
        "chainId",
        "anchorLog",
        "trustRegistry",
        "statusRegistry",
        "codeHashes",
        "bulletinKey",
        "predecessors",
    ]
)
_CODE_MEMBERS: Final = frozenset(("anchorLog", "trustRegistry", "statusRegistry"))
_PREDECESSOR_MEMBERS: Final = frozenset(("chainId", "anchorLog", "lastSize"))
_MAX_PREDECESSORS: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Predecessor:
    """An earlier AnchorLog whose log this one continues, and its last size."""

    chain_id: int
    anchor_log: Address
    last_size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """Where Tanji lives. Addresses are 20 bytes, code hashes 32 (keccak256 of the runtime code)."""

    name: str
    chain_id: int
    anchor_log: Address
    trust_registry: Address
    status_registry: Address
    anchor_log_code_hash: bytes
    trust_registry_code_hash: bytes
    status_registry_code_hash: bytes
    bulletin_key: Address
    predecessors: tuple[Predecessor, ...] = ()

    @property
    def origin(self) -> str:
        """`tanji/<chainId>/<AnchorLog EIP-55 address>`: the name of the log."""
        return f"tanji/{self.chain_id}/{to_checksum(self.anchor_log)}"

    @property
    def domain_separator(self) -> bytes:
        """EIP-712 domain of statements and bulletins (docs/spec/02)."""
        return domain_separator(self.chain_id, self.anchor_log)


def parse_deployment(data: bytes) -> Deployment:
    """Read a deployment document. Raises MalformedError."""
    document = read_object(parse(data, SMALL_DOCUMENT_BYTES), "deployment", _MEMBERS)
    read_version(document["v"], "deployment/v")
    codes = read_object(document["codeHashes"], "deployment/codeHashes", _CODE_MEMBERS)
    deployment = Deployment(
        name=read_line(document["name"], "deployment/name"),
        chain_id=read_size(document["chainId"], "deployment/chainId", 1),
        anchor_log=parse_address(document["anchorLog"], "deployment/anchorLog"),
        trust_registry=parse_address(document["trustRegistry"], "deployment/trustRegistry"),
        status_registry=parse_address(document["statusRegistry"], "deployment/statusRegistry"),
        anchor_log_code_hash=parse_hex(codes["anchorLog"], "deployment/codeHashes/anchorLog", 32),
        trust_registry_code_hash=parse_hex(codes["trustRegistry"], "deployment/codeHashes/trustRegistry", 32),
        status_registry_code_hash=parse_hex(codes["statusRegistry"], "deployment/codeHashes/statusRegistry", 32),
        bulletin_key=parse_address(document["bulletinKey"], "deployment/bulletinKey"),
        predecessors=tuple(
            _predecessor(value, f"deployment/predecessors/{place}")
            for place, value in enumerate(
                read_array(document["predecessors"], "deployment/predecessors", least=0, most=_MAX_PREDECESSORS)
            )
        ),
    )
    if len({deployment.anchor_log, deployment.trust_registry, deployment.status_registry}) != 3:
        raise MalformedError("addresses-not-distinct", "deployment")
    return deployment


def _predecessor(value: JsonValue, place: str) -> Predecessor:
    members = read_object(value, place, _PREDECESSOR_MEMBERS)
    return Predecessor(
        chain_id=read_size(members["chainId"], f"{place}/chainId", 1),
        anchor_log=parse_address(members["anchorLog"], f"{place}/anchorLog"),
        last_size=read_size(members["lastSize"], f"{place}/lastSize"),
    )


def serialize_deployment(deployment: Deployment) -> bytes:
    """The canonical bytes `parse_deployment` reads."""
    return canonicalize(
        {
            "v": 1,
            "name": deployment.name,
            "chainId": deployment.chain_id,
            "anchorLog": to_checksum(deployment.anchor_log),
            "trustRegistry": to_checksum(deployment.trust_registry),
            "statusRegistry": to_checksum(deployment.status_registry),
            "codeHashes": {
                "anchorLog": to_hex(deployment.anchor_log_code_hash),
                "trustRegistry": to_hex(deployment.trust_registry_code_hash),
                "statusRegistry": to_hex(deployment.status_registry_code_hash),
            },
            "bulletinKey": to_checksum(deployment.bulletin_key),
            "predecessors": [
                {"chainId": old.chain_id, "anchorLog": to_checksum(old.anchor_log), "lastSize": old.last_size}
                for old in deployment.predecessors
            ],
        }
    )
