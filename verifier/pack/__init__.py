"""Inspection packs: labels verified without a network (docs/spec/10)."""
