"""Limits that a process puts on itself before it unpacks what comes from anybody."""

from __future__ import annotations

from contextlib import suppress


def confine(*, memory: int, seconds: int) -> None:
    """Take memory (bytes of address space), processor time and core files from this process, for good.

    Where the system has no such limits, there are none.
    """
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
