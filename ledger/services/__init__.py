"""What the ledger does: sequencing, anchoring, registry operations, evidence, fsck."""
