"""Value types and typed errors of the ledger; no I/O."""
