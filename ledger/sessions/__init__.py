"""Signing in (docs/spec/11): the message of EIP-4361 and its nonces."""
