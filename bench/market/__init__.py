"""A simulated market: what the rules of `ledger.scans` find, and whom they wrong (docs/copies.md)."""
