"""Growing the log's files from one checkpoint to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.log.bundles import encode_bundle
from ledger.log.frontier import Frontier, FullTile
from ledger.log.layout import TILE_WIDTH, entries_path, partial_tiles, tile_path

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What one step adds: the tiles that became full, the files to write, those made needless, and the tree after it."""

    frontier: Frontier
    full: tuple[FullTile, ...]
    files: tuple[File, ...]
    needless: tuple[str, ...]


def grow(frontier: Frontier, leaf_hashes: Sequence[bytes], tail: Sequence[bytes], entries: Sequence[bytes]) -> Growth:
    """Work out the files of the tree after appending; `frontier` itself is left as it was.

    Args:
        frontier: the tree before.
        leaf_hashes: the new leaves, 32 bytes each.
        tail: the entries of the present partial bundle (size mod 256 of them): bundles are written whole.
        entries: the new entries, as many as leaf hashes.

    Raises:
        EntryTooLargeError: an entry is longer than 65,535 bytes.
    """
    after = frontier.copy()
    full = after.append(b"".join(leaf_hashes))
    files = [(tile_path(tile.level, tile.index), tile.hashes) for tile in full]
    files += [
        (tile_path(level, index, width), after.pending(level)) for level, index, width in partial_tiles(after.size)
    ]
    files += _bundles(frontier.size - len(tail), [*tail, *entries])
    return Growth(
        frontier=after,
        full=tuple(full),
        files=tuple(files),
        needless=tuple(needless_partials(frontier.size, after.size)),
    )


def _bundles(first: int, entries: Sequence[bytes]) -> Iterator[File]:
    for at in range(0, len(entries), TILE_WIDTH):
        chunk = entries[at : at + TILE_WIDTH]
        yield entries_path((first + at) // TILE_WIDTH, len(chunk)), encode_bundle(chunk, first + at)


def needless_partials(before: int, after: int) -> Iterator[str]:
    """Directories of partial files that fell away between two sizes, their full tile being there now.

    The log must keep a partial tile until then (tlog-tiles, "Partial Tiles"): clients may still follow an older checkpoint.
    """
    for level, index, _ in partial_tiles(before):
        if (after >> (8 * level)) // TILE_WIDTH > index:
            yield f"{tile_path(level, index)}.p"
            if level == 0:
                yield f"{entries_path(index)}.p"


def resume_paths(size: int) -> dict[int, str]:
    """The partial tiles {level: path} from which a Frontier of `size` entries is resumed."""
    return {level: tile_path(level, index, width) for level, index, width in partial_tiles(size)}
