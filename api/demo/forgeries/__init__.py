"""Forgeries: each one change to something genuine, named, with the check that has to catch it."""
