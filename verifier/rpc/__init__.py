"""The only I/O of the verifier: JSON-RPC, quorum, snapshot building, device memory. The core never imports it."""
