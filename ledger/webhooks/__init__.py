"""Webhooks: signed orders, safe targets, signed messages, and the worker that delivers them."""
