"""`tanji pack …`: inspection packs, for verifying labels where there is no network (docs/spec/10)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.services.packs import BuiltPack
    from verifier.rpc.quorum import AgreedBlock


@click.group("pack", help="巡检包 Inspection packs: labels verified where there is no network.")
def group() -> None:
    """Packs."""


@group.command(
    "build",
    help="""制作 Make a pack of the log's certificates, with footprints, labels and one snapshot. Run by the operator.

    A pack vouches for nothing: who uses it takes the block hash from endpoints, a bulletin, or by hand.

    \b
    Examples:
      tanji pack build -o pack.tanji
      tanji pack build --category urn:pact:example.org:category:refrigerator -o fridges.tanji
    """,
)
@click.option(
    "--category", "categories", multiple=True, metavar="URN", help="only certificates of this category; repeatable"
)
@click.option("--endpoint", "endpoints", multiple=True, metavar="[NAME=]URL", help="repeatable (default: --rpc)")
@click.option("--quorum", type=int, help="how many must agree on the block (default: majority)")
@click.option("--depth", type=int, help="depth taken as final where the finalized tag is missing (64)")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the pack goes")
@at_place
@speaks
def build(
    *,
    categories: tuple[str, ...],
    endpoints: tuple[str, ...],
    quorum: int | None,
    depth: int | None,
    out: Path,
    place: Place,
    output: Output,
) -> None:
    """Agree on a block, collect, fetch, write."""
    from api.cli.profiles import read_profiles
    from api.runtime.parts import evidence_builder, open_reader
    from ledger.services.packs import build_pack, find_certificates
    from verifier.rpc.endpoints import endpoint_set
    from verifier.rpc.hints import KnownHints
    from verifier.rpc.online import open_clients
    from verifier.rpc.quorum import agree_on_block
    from verifier.snapshot import Snapshot

    home = place.home()
    deployment = place.deployment()
    chosen = endpoint_set(endpoints or (place.node(),), quorum=quorum, depth=depth)
    clients = open_clients(chosen)
    agreed = agree_on_block(clients, chain_id=deployment.chain_id, quorum=chosen.quorum, depth=chosen.depth)
    with open_reader(home) as parts:
        wanted = find_certificates(parts.store, categories)
        known = Snapshot(
            chain_id=deployment.chain_id,
            header=b"",
            nodes=(),
            anchors=tuple(parts.anchors.anchors()),
            profiles=tuple(read_profiles(home.profiles)),
        )
        built = build_pack(
            evidence_builder(parts, place.node()),
            wanted,
            [client for client in clients if client.operator in agreed.agreeing],
            agreed,
            deployment=deployment,
            hints=[KnownHints.of_snapshot(known)],
        )
    _keep(built, agreed, out, output)


def _keep(built: BuiltPack, agreed: AgreedBlock, out: Path, output: Output) -> None:
    """Write the pack and say what is in it."""
    from api.runtime.files import write_whole
    from verifier.encoding import to_hex
    from verifier.pack.writer import serialize_pack

    data = serialize_pack(built.content)
    write_whole(out, data)
    counts, name = built.counts, to_hex(built.content.name())
    output.say(
        f"巡检包 pack {out}: {counts.certificates} certificates, {counts.labels} labels statements, {len(data)} bytes\n"
        f"区块 block {agreed.number} {to_hex(agreed.block_hash)}"
    )
    if counts.left_out:
        output.hint(f"{len(counts.left_out)} statements are not anchored yet and were left out")
    output.hint(f"verify labels: tanji verify LABEL… --pack {out} --deployment FILE --bulletin FILE")
    output.result(
        {
            "file": str(out),
            "bytes": len(data),
            "name": name,
            "certificates": counts.certificates,
            "labels": counts.labels,
            "leftOut": [to_hex(one) for one in counts.left_out],
            "number": agreed.number,
            "hash": to_hex(agreed.block_hash),
        }
    )


@group.command(
    "delta",
    help="""增量 Write what changed from one pack to a newer one.

    \b
    Examples:
      tanji pack delta yesterday.tanji today.tanji -o today.delta
    """,
)
@click.argument("base", type=FILE)
@click.argument("new", type=FILE)
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the delta goes")
@speaks
def delta(*, base: Path, new: Path, out: Path, output: Output) -> None:
    """Compare and write."""
    from api.runtime.files import write_whole
    from verifier.encoding import to_hex
    from verifier.pack.delta import make_delta
    from verifier.pack.reader import open_pack

    before, after = open_pack(base).content(), open_pack(new).content()
    data = make_delta(before, after)
    write_whole(out, data)
    output.say(f"增量 delta {out}: {len(data)} bytes\n从 from {to_hex(before.name())}\n到 to   {to_hex(after.name())}")
    output.hint(f"on the device: tanji pack apply {base} {out} -o {new}")
    output.result({"file": str(out), "bytes": len(data), "base": to_hex(before.name()), "name": to_hex(after.name())})


@group.command(
    "apply",
    help="""更新 Turn a pack into the newer one that a delta makes of it; anything else is refused.

    \b
    Examples:
      tanji pack apply yesterday.tanji today.delta -o today.tanji
    """,
)
@click.argument("base", type=FILE)
@click.argument("change", type=FILE)
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the new pack goes")
@speaks
def apply(*, base: Path, change: Path, out: Path, output: Output) -> None:
    """Apply, compare names, write."""
    from api.runtime.files import write_whole
    from verifier.encoding import to_hex
    from verifier.pack.delta import apply_delta, open_delta
    from verifier.pack.reader import open_pack
    from verifier.pack.writer import serialize_pack

    content = apply_delta(open_pack(base).content(), open_delta(change))
    data = serialize_pack(content)
    write_whole(out, data)
    output.say(f"巡检包 pack {out}: {len(content.records)} statements, {len(data)} bytes\n{to_hex(content.name())}")
    output.result({"file": str(out), "bytes": len(data), "name": to_hex(content.name())})


@group.command(
    "info",
    help="""说明 Say what a pack holds and of which block. Nothing in it is trusted by reading it.

    \b
    Examples:
      tanji pack info pack.tanji
    """,
)
@click.argument("pack", type=FILE)
@speaks
def info(*, pack: Path, output: Output) -> None:
    """Open and count."""
    from verifier.encoding import to_hex
    from verifier.header import parse_header
    from verifier.pack.reader import open_pack

    opened = open_pack(pack)
    head = opened.head
    block = parse_header(head.block)
    certificates = sum(1 for _ in opened.certificates())
    snapshot = opened.snapshot()
    facts = {
        "name": to_hex(head.name),
        "origin": head.origin,
        "number": block.number,
        "hash": to_hex(block.hash),
        "time": block.time,
        "certificates": certificates,
        "statements": head.records,
        "labels": head.batches,
        "nodes": len(snapshot.nodes),
        "anchors": len(snapshot.anchors),
        "bytes": pack.stat().st_size,
    }
    output.table(
        f"巡检包 pack {pack}", ("项目 item", "值 value"), [(name, str(value)) for name, value in facts.items()]
    )
    output.hint("the block hash counts only where somebody else vouches for it")
    output.result({"file": str(pack), **facts})
