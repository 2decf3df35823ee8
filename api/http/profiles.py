"""Public profiles of parties, from the home's file; read again when the file changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from verifier.snapshot import Profile


class ProfileShelf:
    """The profiles of `profiles.json` (or none). Only candidates: the chain holds their hashes. Safe for several threads."""

    def __init__(self, path: Path | None = None, profiles: Sequence[Profile] = ()) -> None:
        self._path = path
        self._lock = Lock()
        self._keeping = Lock()
        self._stamp: tuple[int, int] | None = None
        self._profiles: dict[str, Profile] = {profile.party: profile for profile in profiles}

    def all(self) -> Sequence[Profile]:
        """Every profile, by party. Raises MalformedError, UnreadableError for a damaged file."""
        self._refresh()
        return sorted(self._profiles.values(), key=lambda profile: profile.party)

    def of(self, party: str) -> Profile | None:
        """A party's profile."""
        self._refresh()
        return self._profiles.get(party)

    def keep(self, profile: Profile) -> None:
        """Put a profile in the place of an earlier one: into the file, where there is one. The caller has seen that the chain holds its hash.

        Raises MalformedError, UnreadableError for a damaged file, OSError.
        """
        if self._path is None:
            with self._lock:
                self._profiles = {**self._profiles, profile.party: profile}
            return
        from api.cli.profiles import add_profile

        with self._keeping:
            add_profile(self._path, profile)

    def _refresh(self) -> None:
        if self._path is None:
            return
        from api.cli.profiles import read_profiles

        try:
            seen = self._path.stat()
        except OSError:
            return
        stamp = (seen.st_mtime_ns, seen.st_size)
        with self._lock:
            if stamp != self._stamp:
                self._profiles = {profile.party: profile for profile in read_profiles(self._path)}
                self._stamp = stamp
