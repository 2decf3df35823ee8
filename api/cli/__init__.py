"""The `tanji` command. One module per role under `commands/`, loaded only when its group is used (cold start is measured)."""
