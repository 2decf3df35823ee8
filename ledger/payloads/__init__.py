"""Sealing and opening confidential payloads (docs/spec/11). Their documents: `ledger.domain.payload_documents`."""
