"""Public profiles of parties, kept in the home: the chain holds only their hashes, verifiers show the preimages.

profiles.json   { v:1, profiles: [profile] }        profile as in docs/spec/06
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from api.cli.options import Place
    from verifier.snapshot import Profile

MAX_BYTES = 16 << 20


def keep_profile(place: Place, profile: Profile) -> None:
    """Remember a profile in the home, in the place of an earlier one; without a home nothing is kept."""
    if place.has_home():
        add_profile(place.home().profiles, profile)


def add_profile(path: Path, profile: Profile) -> None:
    """Put a profile into a file, in the place of an earlier one. Raises MalformedError, UnreadableError, OSError."""
    from api.runtime.files import write_whole
    from verifier.canonical import canonicalize

    kept = {known.party: known for known in read_profiles(path)} | {profile.party: profile}
    write_whole(path, canonicalize({"v": 1, "profiles": [known.document() for known in kept.values()]}, MAX_BYTES))


def read_profiles(path: Path) -> list[Profile]:
    """The profiles of a file; none when there is no file. Raises MalformedError, UnreadableError."""
    if not path.exists():
        return []
    from api.runtime.files import read_document
    from verifier.bodies.fields import read_array, read_object
    from verifier.canonical import parse
    from verifier.documents import read_version
    from verifier.snapshot import parse_profile

    document = read_object(parse(read_document(path, MAX_BYTES), MAX_BYTES), "", frozenset({"v", "profiles"}))
    read_version(document["v"], "/v")
    items = read_array(document["profiles"], "/profiles", least=0, most=1_000_000)
    return [parse_profile(item, f"/profiles/{number}") for number, item in enumerate(items)]
