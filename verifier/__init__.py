"""Tanji 碳迹 verifier: the protocol's bytes, its proofs and the verdict. Installs alone; no I/O in its core.

Importing this package does nothing: take what is needed from its modules (`verifier.canonical`, `verifier.merkle` ...).
"""
