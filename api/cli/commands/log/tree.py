"""`tanji log checkpoint | proof | consistency`."""

from __future__ import annotations

import click

from api.cli.options import Place, at_place
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks


@click.command(
    "checkpoint",
    help="""检查点 Show the newest checkpoint: a C2SP signed note.

    \b
    Examples:
      tanji log checkpoint
    """,
)
@at_place
@speaks
def checkpoint(*, place: Place, output: Output) -> None:
    """The note as published."""
    from api.runtime.parts import open_reader
    from verifier.encoding import to_hex

    with open_reader(place.home()) as parts:
        newest = parts.store.checkpoint()
    if newest is None:
        output.say("日志为空 the log is empty: no checkpoint was ever signed")
        output.hint("submit statements with `tanji operator submit`")
        output.result({"size": 0, "root": None, "note": None})
        return
    output.say(newest.note)
    output.result({"size": newest.size, "root": to_hex(newest.root), "time": newest.time, "note": newest.note})


@click.command(
    "proof",
    help="""证明 Inclusion proof of an entry in the tree of --size entries (default: the newest checkpoint's), checked here.

    \b
    Examples:
      tanji log proof 17
      tanji log proof 17 --size 200 --json
    """,
)
@click.argument("index", type=click.IntRange(min=0))
@click.option("--size", type=click.IntRange(min=1), help="tree size")
@at_place
@speaks
def proof(*, index: int, size: int | None, place: Place, output: Output) -> None:
    """Read the proof from tiles and check it before it is shown."""
    from api.runtime.parts import open_reader
    from verifier.encoding import to_hex
    from verifier.merkle import check_inclusion
    from verifier.types import LeafHash, NodeHash

    with open_reader(place.home()) as parts:
        if not parts.tree.size:
            raise CommandError("log.empty", "the log is empty", advice="submit statements with `tanji operator submit`")
        wanted = size or parts.tree.size
        path = [NodeHash(node) for node in parts.tree.inclusion(index, wanted)]
        leaf, root = LeafHash(parts.tree.leaf(index)), NodeHash(parts.tree.root(wanted))
    check_inclusion(index, wanted, leaf, path, root)
    hashes = [to_hex(node) for node in path]
    output.say(
        f"条目 entry {index} 在树中 is in the tree of {wanted}\n  叶 leaf {to_hex(leaf)}\n  根 root {to_hex(root)}"
    )
    for node in hashes:
        output.say(f"    {node}")
    output.result({"index": index, "size": wanted, "leafHash": to_hex(leaf), "root": to_hex(root), "proof": hashes})


@click.command(
    "consistency",
    help="""一致性 Proof that the tree of OLD entries is the beginning of the tree of NEW entries, checked here.

    \b
    Examples:
      tanji log consistency 100 200
    """,
)
@click.argument("old", type=click.IntRange(min=1))
@click.argument("new", type=click.IntRange(min=1), required=False)
@at_place
@speaks
def consistency(*, old: int, new: int | None, place: Place, output: Output) -> None:
    """Read the proof from tiles and check it before it is shown."""
    from api.runtime.parts import open_reader
    from verifier.encoding import to_hex
    from verifier.merkle import check_consistency
    from verifier.types import NodeHash

    with open_reader(place.home()) as parts:
        size = new or parts.tree.size
        if not 0 < old <= size:
            raise CommandError("log.range", f"{old} is not from 1 to {size}", advice="see `tanji log checkpoint`")
        before, after = NodeHash(parts.tree.root(old)), NodeHash(parts.tree.root(size))
        path = [NodeHash(node) for node in parts.tree.consistency(old, size)]
    check_consistency(old, size, before, after, path)
    hashes = [to_hex(node) for node in path]
    output.say(f"{old} → {size}: 只增未改 only grew\n  {to_hex(before)}\n  {to_hex(after)}")
    output.result({"old": old, "new": size, "oldRoot": to_hex(before), "newRoot": to_hex(after), "proof": hashes})
