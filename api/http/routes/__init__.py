"""One module per family of endpoints; each gives a `router`."""
