"""`tanji regulator bulletin …`."""

from __future__ import annotations

import zlib
from pathlib import Path

import click

from api.cli.options import FILE, KeyChoice, Place, at_place, with_key
from api.cli.output import Output
from api.cli.output import command as speaks


@click.group("bulletin", help="公告 Name a final block, signed, for verification without a network.")
def group() -> None:
    """Bulletins."""


@group.command(
    "sign",
    help="""签发公告 Name the newest final block that a quorum of endpoints agrees on, signed with the bulletin key.

    \b
    Examples:
      tanji regulator bulletin sign --endpoint https://a.example --endpoint https://b.test --endpoint https://c.invalid \\
        --key keys/bulletin.json -o bulletin.json
    """,
)
@click.option("--endpoint", "endpoints", multiple=True, metavar="[NAME=]URL", help="repeatable (default: --rpc)")
@click.option("--quorum", type=int, help="how many must agree (default: majority)")
@click.option("--depth", type=int, help="depth taken as final where the finalized tag is missing (64)")
@click.option("-o", "--output-file", "out", type=FILE, required=True, help="where the bulletin goes")
@click.option("--qr", type=FILE, help="also as a QR code (.png, .svg), for inspectors to scan")
@with_key
@at_place
@speaks
def sign(
    *,
    endpoints: tuple[str, ...],
    quorum: int | None,
    depth: int | None,
    out: Path,
    qr: Path | None,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Agree on a block, read its time, sign."""
    from api.runtime.files import write_whole
    from ledger.services.bulletin import sign_agreed_block
    from verifier.bulletin import serialize_bulletin
    from verifier.encoding import to_hex
    from verifier.rpc.endpoints import endpoint_set
    from verifier.rpc.online import open_clients
    from verifier.rpc.quorum import agree_on_block

    deployment = place.deployment()
    chosen = endpoint_set(endpoints or (place.node(),), quorum=quorum, depth=depth)
    clients = open_clients(chosen)
    agreed = agree_on_block(clients, chain_id=deployment.chain_id, quorum=chosen.quorum, depth=chosen.depth)
    bulletin = sign_agreed_block(key.open(), clients, agreed, deployment=deployment)
    write_whole(out, serialize_bulletin(bulletin))
    if qr is not None:
        write_whole(qr, _symbol(serialize_bulletin(bulletin).decode(), qr))
    output.say(f"区块 block {agreed.number} {to_hex(agreed.block_hash)}\n一致 agreeing: {', '.join(agreed.agreeing)}")
    output.hint(f"verify offline: tanji verify EVIDENCE --snapshot FILE --bulletin {out} --deployment …")
    output.result(
        {
            "file": str(out),
            "number": agreed.number,
            "hash": to_hex(agreed.block_hash),
            "time": bulletin.time,
            "agreeing": list(agreed.agreeing),
        }
    )


def _symbol(text: str, file: Path) -> bytes:
    """The bulletin's canonical JSON as a QR code with its quiet zone: PNG or, by any other suffix, SVG."""
    import zxingcpp

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    if file.suffix.lower() != ".png":
        return made.to_svg(scale=4, add_quiet_zones=True).encode()
    image = made.to_image(scale=6, add_quiet_zones=True)
    pixels = memoryview(image)  # type: ignore[arg-type]  # its stubs do not say that it is a buffer
    height, width = (pixels.shape or (0, 0))[:2]
    rows = pixels.tobytes()
    lines = b"".join(b"\x00" + rows[at : at + width] for at in range(0, width * height, width))
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x00\x00\x00\x00"
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big") for name, data in chunks
    )
