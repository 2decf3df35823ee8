"""`tanji keys show`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import FILE, ask_passphrase
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "show",
    help="""查看 Show a keystore's address (no passphrase needed), or a log key's public key (passphrase needed).

    \b
    Examples:
      tanji keys show keys/certifier.json
      tanji keys show keys/log.pem
    """,
)
@click.argument("file", type=FILE)
@click.option("--passphrase-file", type=FILE, help="file with the passphrase, mode 0600 (log keys)")
@speaks
def command(file: Path, passphrase_file: Path | None, output: Output) -> None:
    """Tell the two kinds of file apart by their first bytes."""
    from api.runtime.files import read_document
    from ledger.keys.keystore import MAX_BYTES, keystore_address
    from verifier.encoding import to_hex
    from verifier.signature import to_checksum

    if read_document(file, MAX_BYTES).lstrip().startswith(b"-----BEGIN"):
        from ledger.keys.logkey import open_log_key

        public = to_hex(open_log_key(file, ask_passphrase(passphrase_file, str(file))).public_key)
        output.say(f"日志公钥 log public key {public}")
        output.result({"file": str(file), "kind": "log", "publicKey": public})
        return
    address = to_checksum(keystore_address(file))
    output.say(f"地址 address {address}")
    output.result({"file": str(file), "kind": "account", "address": address})
