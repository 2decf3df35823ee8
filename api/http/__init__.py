"""The HTTP service: thin. Parse, call a ledger service, map the error. Endpoints and their rules: docs/api.md."""
