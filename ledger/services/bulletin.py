"""Signing bulletins: the regulator names a final block, and whoever pins its key can verify offline (docs/spec/06, Bulletin)."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.domain.errors import LedgerError
from ledger.ports.signer import Signer
from verifier.bulletin import Bulletin, bulletin_digest
from verifier.deployment import Deployment
from verifier.header import Header, parse_header
from verifier.rpc.block import fetch_header
from verifier.rpc.client import RpcClient
from verifier.rpc.errors import EndpointError
from verifier.rpc.quorum import AgreedBlock
from verifier.signature import to_checksum
from verifier.types import Address, BlockHash


class BulletinKeyError(LedgerError):
    """The signer is not the deployment's pinned bulletin key: nobody would believe the bulletin."""

    code = "bulletin.key"

    def __init__(self, *, signer: Address, pinned: Address) -> None:
        super().__init__(f"{to_checksum(signer)} is not the pinned bulletin key {to_checksum(pinned)}")
        self.signer = signer
        self.pinned = pinned


def sign_bulletin(signer: Signer, *, deployment: Deployment, number: int, block_hash: BlockHash, time: int) -> Bulletin:
    """Name block `number` (32-byte hash, header time in unix seconds) as final on the deployment's chain.

    The caller answers for finality: take the block from `verifier.rpc.quorum.agree_on_block`, not from one endpoint.

    Raises:
        BulletinKeyError: the signer's address is not the pinned one.
        SigningError: the key cannot sign.
    """
    if signer.address != deployment.bulletin_key:
        raise BulletinKeyError(signer=signer.address, pinned=deployment.bulletin_key)
    digest = bulletin_digest(
        chain_id=deployment.chain_id, number=number, block_hash=block_hash, time=time, deployment=deployment
    )
    return Bulletin(
        chain_id=deployment.chain_id,
        number=number,
        hash=block_hash,
        time=time,
        signature=signer.sign_digest(digest),
    )


def sign_agreed_block(
    signer: Signer, clients: Sequence[RpcClient], agreed: AgreedBlock, *, deployment: Deployment
) -> Bulletin:
    """Name the block that endpoints agreed on (`agree_on_block`, docs/spec/09); its time is that of its proven header.

    Raises:
        BulletinKeyError, SigningError: as `sign_bulletin`.
        EndpointError: no endpoint that agreed gives the block's header.
    """
    header = _header(clients, agreed)
    return sign_bulletin(signer, deployment=deployment, number=header.number, block_hash=header.hash, time=header.time)


def _header(clients: Sequence[RpcClient], agreed: AgreedBlock) -> Header:
    """The agreed block's header, from the first endpoint that can show it; its hash proves it."""
    trouble: EndpointError | None = None
    for client in clients:
        if client.operator in agreed.agreeing:
            try:
                return parse_header(fetch_header(client, agreed.number, agreed.block_hash))
            except EndpointError as error:
                trouble = error
    raise trouble or EndpointError(endpoint="-", method="eth_getBlockByNumber", detail="nobody to ask")
