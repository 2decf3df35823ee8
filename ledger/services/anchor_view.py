"""One look at the chain: everything a step decides on, read under one head and checked against the deployment."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.chain.anchor_log import AnchorLogReader
from ledger.chain.deploy import latest_block
from ledger.domain.anchoring import JournaledTransaction
from ledger.domain.chain import AnchorHead, BlockRef, BlockTag
from ledger.domain.chain_errors import (
    BlockUnknownError,
    ReceiptContradictsError,
    WrongChainError,
    WrongCodeError,
)
from ledger.ports.chain import AnchorChain
from verifier.deployment import Deployment
from verifier.types import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainView:
    """What the chain says: head and final block, AnchorLog under both, the account's nonce under both."""

    head: BlockRef
    final: BlockRef
    anchored: AnchorHead
    final_anchored: AnchorHead
    nonce: int
    final_nonce: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainWatcher:
    """Looks. finality_depth: blocks below the head taken as final where the node has no `finalized` tag (≥ 1)."""

    chain: AnchorChain
    deployment: Deployment
    account: Address
    finality_depth: int

    @property
    def anchor_log(self) -> AnchorLogReader:
        """The deployment's AnchorLog."""
        return AnchorLogReader(chain=self.chain, address=self.deployment.anchor_log)

    def look(self) -> ChainView:
        """Read everything anew.

        Raises:
            WrongChainError, WrongCodeError: the node does not show the deployment.
            BlockUnknownError: the head moved away while looking; look again.
            ChainUnavailableError: could not ask.
        """
        found = self.chain.chain_id()
        if found != self.deployment.chain_id:
            raise WrongChainError(self.deployment.chain_id, found)
        head = latest_block(self.chain)
        code = self.chain.code_hash(self.deployment.anchor_log, head.hash)
        if code != self.deployment.anchor_log_code_hash:
            raise WrongCodeError("AnchorLog", self.deployment.anchor_log_code_hash, code)
        final = self._final(head)
        return ChainView(
            head=head,
            final=final,
            anchored=self.anchor_log.head(head),
            final_anchored=self._final_anchored(final),
            nonce=self.chain.nonce(self.account, head.hash),
            final_nonce=self.chain.nonce(self.account, final.hash),
        )

    def check_receipts(self, transactions: list[JournaledTransaction], view: ChainView) -> None:
        """Check that a receipt's block is in the chain and that its effect is in storage.

        Raises:
            ReceiptContradictsError: the node says mined, and headers or storage under an unchanged head say otherwise.
            BlockUnknownError: the chain was reorganised meanwhile; look again.
        """
        for transaction in transactions:
            receipt = self.chain.receipt(transaction.hash)
            if receipt is None:
                continue
            block = self.chain.block(receipt.block_number)
            if block is None or block.hash != receipt.block_hash:
                self._require_unmoved(view)
                raise ReceiptContradictsError(transaction.hash, f"block {receipt.block_number} has another hash")
            if receipt.succeeded and self.anchor_log.head(block).size < transaction.step.new_size:
                raise ReceiptContradictsError(
                    transaction.hash, f"size {transaction.step.new_size} is not anchored there"
                )

    def _require_unmoved(self, view: ChainView) -> None:
        head = latest_block(self.chain)
        if head.hash != view.head.hash:
            raise BlockUnknownError(f"0x{view.head.hash.hex()}")

    def _final(self, head: BlockRef) -> BlockRef:
        final = self.chain.head(BlockTag.FINALIZED)
        if final is None:
            final = self.chain.block(max(0, head.number - self.finality_depth))
        if final is None:
            raise BlockUnknownError(BlockTag.FINALIZED.value)
        return final if final.number <= head.number else head

    def _final_anchored(self, final: BlockRef) -> AnchorHead:
        if self.chain.code_hash(self.deployment.anchor_log, final.hash) != self.deployment.anchor_log_code_hash:
            return AnchorHead(seq=0, size=0, time=0, word=bytes(32))  # deployed since: nothing is final yet
        return self.anchor_log.head(final)
