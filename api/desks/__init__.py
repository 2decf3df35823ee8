"""Desks of certifiers, enterprises and the regulator: what awaits them, drafts, and the exact text that will be signed (docs/desks.md)."""
