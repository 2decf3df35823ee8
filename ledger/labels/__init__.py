"""Issuing labels: indexes, serials, signatures, PINs, and the batch files they are kept in (docs/design/labels.md)."""
