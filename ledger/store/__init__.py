"""The database: SQLite or PostgreSQL behind the ports of `ledger.ports.store`."""
