"""Keystore files and the signers made from them. The server never holds an enterprise's or certifier's key (P8)."""
