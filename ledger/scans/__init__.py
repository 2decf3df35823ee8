"""Copied labels: what scans tell, by a few readable rules (docs/copies.md). No I/O but the day key's file."""
