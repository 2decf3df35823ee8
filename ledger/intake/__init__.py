"""What comes in from outside: footprint validation, importers of public data, drafts of certificates."""
