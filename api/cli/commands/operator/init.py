"""`tanji operator init`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.options import FILE, FOLDER, PARTY, ask_passphrase
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.keys.memory import MemoryLogSigner, MemorySigner
    from verifier.deployment import Deployment


@click.command(
    "init",
    help="""建立 Make a home: tanji.toml, the sequencer's key and the log's key, both encrypted with one passphrase.

    With a deployment file and a party, it also writes the sequencer's signed registration, for the regulator to carry to the chain.

    \b
    Examples:
      tanji operator init --home tanji-home --rpc http://127.0.0.1:8545 --passphrase-file pass.txt
      tanji operator init --home tanji-home --rpc http://127.0.0.1:8545 --deployment deployment.json --party uscc:91210100MA0P0EXAM9
    """,
)
@click.option("--home", type=FOLDER, help="home directory (default: TANJI_HOME, else ./tanji-home)")
@click.option("--rpc", multiple=True, metavar="URL", help="node; the first is written to, repeatable")
@click.option(
    "--database", default="sqlite:///ledger.db", show_default=True, help="SQLite file in the home, or postgresql://…"
)
@click.option("--deployment", type=FILE, help="deployment document, copied into the home")
@click.option("--party", type=PARTY, help="the operator's party: writes the sequencer key's registration")
@click.option("--passphrase-file", type=FILE, help="file with the keys' passphrase, mode 0600; named in tanji.toml")
@click.option("--cost", type=click.Choice(["standard", "light"]), default="standard", help="light: throw-away keys")
@speaks
def command(
    *,
    home: Path | None,
    rpc: tuple[str, ...],
    database: str,
    deployment: Path | None,
    party: str | None,
    passphrase_file: Path | None,
    cost: str,
    output: Output,
) -> None:
    """Everything is read and checked before the first file is written."""
    from api.runtime.config import KeySettings, Settings
    from api.runtime.home import SETTINGS_FILE, create_home, home_path
    from verifier.encoding import to_hex
    from verifier.signature import to_checksum

    if party is not None and deployment is None:
        raise CommandError(
            "init.deployment", "--party needs --deployment", advice="a registration is signed for one deployment"
        )
    document = None if deployment is None else _checked(deployment)
    root = home_path(home)
    if (root / SETTINGS_FILE).exists():
        create_home(home, Settings())  # refuses, and says so
    passphrase = ask_passphrase(passphrase_file, "the home's keys", twice=True)
    keys = KeySettings(passphrase_file=None if passphrase_file is None else str(passphrase_file.absolute()))
    made = create_home(home, Settings(rpc=rpc, database=database, keys=keys))
    if document is not None:
        made.deployment_path.write_bytes(document)
    signer, log = _make_keys(made.sequencer_keystore, made.log_key, passphrase, cost)
    request = None if party is None else root / "registration-sequencer.json"
    if request is not None and party is not None:
        _write_request(request, signer, party, made.deployment())
    address, public = to_checksum(signer.address), to_hex(log.public_key)
    output.facts(
        f"已建 {root}",
        (("上链账户 sequencer", address), ("日志公钥 log key", public), ("设置 settings", root / SETTINGS_FILE)),
    )
    output.hint(
        f"the regulator registers both: tanji regulator key register {request or 'REQUEST'}; log-key register {public}"
    )
    output.hint(f"send {address} some of the chain's currency; to undo, delete {root}")
    output.result(
        {
            "home": str(root),
            "sequencer": address,
            "logKey": public,
            "registration": None if request is None else str(request),
        }
    )


def _checked(path: Path) -> bytes:
    from api.runtime.files import read_document
    from verifier.deployment import parse_deployment
    from verifier.documents import SMALL_DOCUMENT_BYTES

    data = read_document(path, SMALL_DOCUMENT_BYTES)
    parse_deployment(data)
    return data


def _make_keys(keystore: Path, log_key: Path, passphrase: bytes, cost: str) -> tuple[MemorySigner, MemoryLogSigner]:
    from ledger.keys.keystore import LIGHT_COST, STANDARD_COST, write_keystore
    from ledger.keys.logkey import write_log_key
    from ledger.keys.memory import MemoryLogSigner, MemorySigner

    signer, log = MemorySigner.generate(), MemoryLogSigner.generate()
    write_keystore(keystore, signer, passphrase, cost=STANDARD_COST if cost == "standard" else LIGHT_COST)
    write_log_key(log_key, log, passphrase)
    return signer, log


def _write_request(path: Path, signer: MemorySigner, party: str, deployment: Deployment) -> None:
    from api.runtime.requests import serialize_registration
    from ledger.services.registry import KeyRegistration, sign_registration
    from verifier.contracts import Purpose

    asked = KeyRegistration(key=signer.address, party=party, purposes=int(Purpose.SEQUENCER))
    path.write_bytes(serialize_registration(sign_registration(asked, signer, deployment)))
