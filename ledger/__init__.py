"""The append-only ledger: log, store, chain, keys and the services over them."""
