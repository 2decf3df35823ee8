"""The chain: artifacts, client, deployment, registry reading, local node and simulator."""
