"""The demo: the whole story on a local chain, with real figures and made-up signing parties."""
