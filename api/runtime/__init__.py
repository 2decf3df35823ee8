"""Composition: from a configuration on disk to running parts. Used by the command line, the demo and the web service."""
