"""`tanji keys new`, `tanji keys new-log`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import FILE, ask_passphrase
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise CommandError(
            "output.exists", f"{file} exists", advice="a key file is never overwritten; choose another name"
        )


@click.command(
    "new",
    help="""新建账户密钥 Make an account key: a keystore file (version 3) that any Ethereum wallet opens.

    The passphrase comes from --passphrase-file, TANJI_PASSPHRASE_FILE, TANJI_PASSPHRASE, or is asked for; never from the command line.

    \b
    Examples:
      tanji keys new keys/certifier.json
      tanji keys new keys/demo.json --cost light --passphrase-file pass.txt
    """,
)
@click.argument("file", type=FILE)
@click.option("--passphrase-file", type=FILE, help="file with the passphrase, mode 0600")
@click.option(
    "--cost",
    type=click.Choice(["standard", "light"]),
    default="standard",
    show_default=True,
    help="work to open it: standard 256 MB and a second; light for throw-away keys",
)
@speaks
def account(file: Path, passphrase_file: Path | None, cost: str, output: Output) -> None:
    """Write a fresh keystore."""
    from ledger.keys.keystore import LIGHT_COST, STANDARD_COST, write_keystore
    from ledger.keys.memory import MemorySigner
    from verifier.signature import to_checksum

    _refuse_existing(file)
    passphrase = ask_passphrase(passphrase_file, f"new key {file}", twice=True)
    signer = MemorySigner.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_keystore(file, signer, passphrase, cost=STANDARD_COST if cost == "standard" else LIGHT_COST)
    address = to_checksum(signer.address)
    output.say(f"已建 {file}\n地址 address {address}")
    output.hint(f"ask to be registered: tanji keys request --key {file} --party … --purpose … -o request.json")
    output.result({"file": str(file), "address": address})


@click.command(
    "new-log",
    help="""新建日志密钥 Make the log's Ed25519 key, which signs checkpoints and receipts (encrypted PKCS #8, as openssl reads it).

    \b
    Examples:
      tanji keys new-log keys/log.pem
    """,
)
@click.argument("file", type=FILE)
@click.option("--passphrase-file", type=FILE, help="file with the passphrase, mode 0600")
@speaks
def log(file: Path, passphrase_file: Path | None, output: Output) -> None:
    """Write a fresh log key."""
    from ledger.keys.logkey import write_log_key
    from ledger.keys.memory import MemoryLogSigner
    from verifier.encoding import to_hex

    _refuse_existing(file)
    passphrase = ask_passphrase(passphrase_file, f"new log key {file}", twice=True)
    signer = MemoryLogSigner.generate()
    file.parent.mkdir(parents=True, exist_ok=True)
    write_log_key(file, signer, passphrase)
    public = to_hex(signer.public_key)
    output.say(f"已建 {file}\n公钥 public key {public}")
    output.hint(f"the regulator records it: tanji regulator log-key register {public}")
    output.result({"file": str(file), "publicKey": public})
