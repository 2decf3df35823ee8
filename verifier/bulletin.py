"""Bulletins: a block hash signed by the regulator's pinned key (docs/spec/06, Bulletin).

```
Bulletin { v:1, chainId, number, hash, time, signature }
signed     EIP-712, domain of docs/spec/02, Block(uint64 chainId,uint64 number,bytes32 hash,uint64 time)
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from verifier.bodies.fields import read_object
from verifier.canonical import canonicalize, parse
from verifier.deployment import Deployment
from verifier.documents import SMALL_DOCUMENT_BYTES, read_size, read_time, read_version
from verifier.eip712 import block_digest
from verifier.encoding import parse_hex, to_hex
from verifier.errors import VerifierError
from verifier.signature import parse_signature, recover
from verifier.trust import Finality, NoTrustedBlock, Trust, TrustedBlock, TrustSource
from verifier.types import BlockHash, Digest

_MEMBERS: Final = frozenset(("v", "chainId", "number", "hash", "time", "signature"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulletin:
    """A final block as the bulletin key names it; time in unix seconds."""

    chain_id: int
    number: int
    hash: BlockHash
    time: int
    signature: bytes


def parse_bulletin(data: bytes) -> Bulletin:
    """Read a bulletin. Raises MalformedError; the signature is looked at by `trust_bulletin`."""
    document = read_object(parse(data, SMALL_DOCUMENT_BYTES), "", _MEMBERS)
    read_version(document["v"], "/v")
    return Bulletin(
        chain_id=read_size(document["chainId"], "/chainId", 1),
        number=read_size(document["number"], "/number"),
        hash=BlockHash(parse_hex(document["hash"], "/hash", 32)),
        time=read_time(document["time"], "/time"),
        signature=parse_signature(parse_hex(document["signature"], "/signature", 65), "/signature"),
    )


def serialize_bulletin(bulletin: Bulletin) -> bytes:
    """The canonical bytes `parse_bulletin` reads."""
    return canonicalize(
        {
            "v": 1,
            "chainId": bulletin.chain_id,
            "number": bulletin.number,
            "hash": to_hex(bulletin.hash),
            "time": bulletin.time,
            "signature": to_hex(bulletin.signature),
        }
    )


def bulletin_digest(*, chain_id: int, number: int, block_hash: BlockHash, time: int, deployment: Deployment) -> Digest:
    """What the bulletin key signs: the block, in the domain of the deployment's statements."""
    separator = deployment.domain_separator
    return block_digest(separator, chain_id=chain_id, number=number, block_hash=block_hash, time=time)


def trust_bulletin(bulletin: Bulletin, deployment: Deployment) -> Trust:
    """The block a bulletin vouches for, or why it vouches for none: another chain, or not the pinned key. Never raises."""
    if bulletin.chain_id != deployment.chain_id:
        return NoTrustedBlock(reason="bulletin-of-another-chain")
    digest = bulletin_digest(
        chain_id=bulletin.chain_id,
        number=bulletin.number,
        block_hash=bulletin.hash,
        time=bulletin.time,
        deployment=deployment,
    )
    try:
        signer = recover(digest, bulletin.signature)
    except VerifierError:
        return NoTrustedBlock(reason="bulletin-signature")
    if signer != deployment.bulletin_key:
        return NoTrustedBlock(reason="bulletin-signature")
    return TrustedBlock(
        hash=bulletin.hash,
        source=TrustSource.BULLETIN,
        finality=Finality.FINAL,
        number=bulletin.number,
        time=bulletin.time,
        vouchers=(deployment.name,),
    )
