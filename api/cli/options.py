"""Options that many commands share, each pair read into one value: where (home, deployment, node) and with which key."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec

import click

from api.cli.output import EXIT_UNREADABLE, CommandError

if TYPE_CHECKING:
    from api.runtime.home import Home
    from ledger.chain.client import NodeChain
    from ledger.chain.sending import Sender
    from ledger.keys.memory import MemorySigner
    from verifier.deployment import Deployment

P = ParamSpec("P")

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command works. What is not given is taken from the home, and asked of it only when needed."""

    home_option: Path | None = None
    deployment_option: Path | None = None
    node_option: str | None = None

    def home(self) -> Home:
        """The home. Raises HomeMissingError, SettingError."""
        from api.runtime.home import open_home

        return open_home(self.home_option)

    def has_home(self) -> bool:
        """Whether there is a home where one is looked for."""
        from api.runtime.home import SETTINGS_FILE, home_path

        return (home_path(self.home_option) / SETTINGS_FILE).is_file()

    def deployment(self) -> Deployment:
        """The pinned deployment: --deployment, TANJI_DEPLOYMENT, or the home's. Raises CommandError, MalformedError."""
        if self.deployment_option is None:
            if self.has_home():
                return self.home().deployment()
            raise CommandError(
                "deployment.missing",
                "no deployment is named",
                advice="give --deployment FILE (the regulator publishes it), or work in a home: --home DIR",
            )
        from api.runtime.files import read_document
        from verifier.deployment import parse_deployment
        from verifier.documents import SMALL_DOCUMENT_BYTES

        return parse_deployment(read_document(self.deployment_option, SMALL_DOCUMENT_BYTES))

    def node(self) -> str:
        """The node's URL: --rpc, TANJI_RPC, or the home's. Raises CommandError."""
        if self.node_option is not None:
            return self.node_option
        if self.has_home():
            return self.home().node()
        raise CommandError(
            "chain.rpc-missing", "no node is named", advice="give --rpc URL of an Ethereum node, or work in a home"
        )

    def chain(self) -> NodeChain:
        """The node."""
        from ledger.chain.client import connect

        return connect(self.node())

    def sender(self, signer: MemorySigner) -> Sender:
        """Sends as `signer`, after checking that the node shows the deployment."""
        from ledger.chain.deploy import check_deployment
        from ledger.chain.sending import Sender

        chain, deployment = self.chain(), self.deployment()
        check_deployment(chain, deployment)
        return Sender(chain=chain, chain_id=deployment.chain_id, signer=signer)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChoice:
    """A keystore file and where its passphrase comes from."""

    path: Path | None
    passphrase_file: Path | None = None

    def named(self) -> Path:
        """The keystore's path. Raises CommandError when none was given."""
        if self.path is None:
            raise CommandError(
                "key.missing", "no key is named", advice="give --key KEYSTORE; make one with `tanji keys new FILE`"
            )
        return self.path

    def open(self) -> MemorySigner:
        """Open the keystore. Raises KeystoreError, PassphraseWrongError, CommandError."""
        from ledger.keys.keystore import open_keystore

        path = self.named()
        return open_keystore(path, ask_passphrase(self.passphrase_file, f"{path}"))

    def address(self) -> bytes:
        """The 20-byte address the file claims, without opening it."""
        from ledger.keys.keystore import keystore_address

        return keystore_address(self.named())


def ask_passphrase(file: Path | None, what: str, *, twice: bool = False) -> bytes:
    """The passphrase from a file, the environment, or a person at the terminal; never from argv.

    Raises CommandError when there is none of the three; KeystoreError for a passphrase file others can read.
    """
    from ledger.domain.key_errors import PassphraseMissingError
    from ledger.keys.passphrase import FILE_VARIABLE, TEXT_VARIABLE, read_passphrase

    try:
        return read_passphrase(file)
    except PassphraseMissingError as error:
        if file is not None or not sys.stdin.isatty():
            raise CommandError(
                error.code,
                f"no passphrase for {what}",
                advice=f"give --passphrase-file FILE (mode 0600), or set {FILE_VARIABLE} or {TEXT_VARIABLE}",
            ) from error
    prompt = f"口令 passphrase for {what}"
    text = click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
    return str(text).encode()


def at_place(function: Callable[P, None]) -> Callable[P, None]:
    """Give a command --home, --deployment and --rpc, read into `place`."""

    @click.option("--home", type=FOLDER, help="home directory (default: TANJI_HOME, else ./tanji-home)")
    @click.option(
        "--deployment", type=FILE, envvar="TANJI_DEPLOYMENT", help="deployment document (default: the home's)"
    )
    @click.option("--rpc", metavar="URL", envvar="TANJI_RPC", help="node to ask and write to (default: the home's)")
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        home, deployment, rpc = kwargs.pop("home"), kwargs.pop("deployment"), kwargs.pop("rpc")
        kwargs["place"] = Place(
            home_option=home if isinstance(home, Path) else None,
            deployment_option=deployment if isinstance(deployment, Path) else None,
            node_option=rpc if isinstance(rpc, str) else None,
        )
        function(*args, **kwargs)

    return wrapped


def with_key(function: Callable[P, None]) -> Callable[P, None]:
    """Give a command --key and --passphrase-file, read into `key`."""

    @click.option("--key", type=FILE, metavar="KEYSTORE", help="keystore file that signs")
    @click.option(
        "--passphrase-file",
        type=FILE,
        help="file with its passphrase, mode 0600 (else TANJI_PASSPHRASE[_FILE], else asked)",
    )
    @functools.wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        key, passphrase = kwargs.pop("key"), kwargs.pop("passphrase_file")
        kwargs["key"] = KeyChoice(
            path=key if isinstance(key, Path) else None,
            passphrase_file=passphrase if isinstance(passphrase, Path) else None,
        )
        function(*args, **kwargs)

    return wrapped


class Moment(click.ParamType[int]):
    """Unix seconds, an RFC 3339 date-time, or a calendar date (00:00 in Asia/Shanghai)."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; a usage error otherwise."""
        from verifier.command import parse_moment
        from verifier.errors import VerifierError

        if isinstance(value, int):
            return value
        try:
            return parse_moment(str(value))
        except VerifierError:
            self.fail("unix seconds, an RFC 3339 date-time, or a date like 2026-03-01", param, ctx)


class PartyText(click.ParamType[str]):
    """`uscc:` and 18 characters, or `lei:` and 20."""

    name = "party"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it; a usage error otherwise."""
        from verifier.errors import VerifierError
        from verifier.identifiers import parse_party

        try:
            return parse_party(value, "")
        except VerifierError as error:
            self.fail(str(error), param, ctx)


MOMENT = Moment()
PARTY = PartyText()


def read_bytes(path: Path, cap: int) -> bytes:
    """A file, or standard input for `-`. Raises CommandError, UnreadableError."""
    if str(path) == "-":
        data = sys.stdin.buffer.read(cap + 1)
        if len(data) > cap:
            raise CommandError("input.unreadable", f"more than {cap} bytes", exit_status=EXIT_UNREADABLE)
        return data
    from api.runtime.files import read_document

    return read_document(path, cap)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not be there yet, or already holds exactly this. Raises CommandError, OSError."""
    from api.runtime.files import write_whole

    if path.exists() and path.read_bytes() != data:
        raise CommandError(
            "output.exists",
            f"{path} exists and holds something else",
            advice="nothing was changed; choose another name",
        )
    write_whole(path, data)
