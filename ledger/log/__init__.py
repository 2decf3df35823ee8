"""The Merkle log: RFC 9162 hashing, C2SP tlog-tiles files, signed-note checkpoints."""
