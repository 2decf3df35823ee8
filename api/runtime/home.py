"""A home: the directory that holds one ledger's configuration, keys and, unless told otherwise, its data.

tanji-home/
  tanji.toml         settings
  deployment.json    the pinned deployment
  keys/              keystore files, mode 0600
  ledger.db          the store (SQLite)
  log/               tiles and checkpoint
  inbox/ outbox/     statements for a running operator, and its answers
  profiles.json      public profiles of the parties registered from here
  bulletin.json      the regulator's newest bulletin, once it is put here; the service shows it
  packs/             inspection packs to be fetched: *.tanji
  leaves/            <labels statement id>.leaves: leaf tables that enterprises handed over
  scans.db           scans, item states, PIN uses: testimony, apart from the ledger
  confidential.db    payloads for named parties (ciphertext and wrapped keys alone), who read them, sessions
  webhooks.db        endpoints, and messages to them; keys/webhooks.pem signs these
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from api.runtime.config import MAX_BYTES, Settings, format_settings, parse_settings
from api.runtime.errors import HomeExistsError, HomeMissingError, NotConfiguredError, SettingError

if TYPE_CHECKING:
    from verifier.deployment import Deployment

VARIABLE: Final = "TANJI_HOME"
DEFAULT: Final = "tanji-home"
SETTINGS_FILE: Final = "tanji.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An existing home and its settings."""

    root: Path
    settings: Settings

    @property
    def database(self) -> str:
        """The database URL; an SQLite path is taken from the home."""
        return self._database(self.settings.database)

    @property
    def scan_database(self) -> str:
        """The URL of the database of scans, item states and PIN uses; an SQLite path is taken from the home."""
        return self._database(self.settings.scans.database)

    @property
    def confidential_database(self) -> str:
        """The URL of the database of confidential payloads and sessions; an SQLite path is taken from the home."""
        return self._database(self.settings.confidential.database)

    @property
    def webhook_database(self) -> str:
        """The URL of the database of endpoints and messages to them; an SQLite path is taken from the home."""
        return self._database(self.settings.webhooks.database)

    @property
    def webhook_key(self) -> Path:
        """The Ed25519 key that signs messages to endpoints; made at the first start."""
        return self.root / "keys" / "webhooks.pem"

    @property
    def previous_webhook_key(self) -> Path:
        """The key it takes over from, which signs too for as long as the file is there."""
        return self.root / "keys" / "webhooks-previous.pem"

    @property
    def day_keys(self) -> Path:
        """Directory of the day's key, under which devices are hashed."""
        return self.root / "keys" / "day"

    def _database(self, url: str) -> str:
        prefix = "sqlite:///"
        if url.startswith(prefix):
            return prefix + str(self.path(url.removeprefix(prefix)).absolute())
        return url if "://" in url else prefix + str(self.path(url).absolute())

    @property
    def tiles(self) -> Path:
        """Directory of tiles and checkpoint."""
        return self.path(self.settings.tiles)

    @property
    def deployment_path(self) -> Path:
        """The deployment document."""
        return self.path(self.settings.deployment)

    @property
    def sequencer_keystore(self) -> Path:
        """Keystore of the account that anchors."""
        return self.path(self.settings.keys.sequencer)

    @property
    def log_key(self) -> Path:
        """The log's Ed25519 key file."""
        return self.path(self.settings.keys.log)

    @property
    def inbox(self) -> Path:
        """Where statements for a running operator are put."""
        return self.root / "inbox"

    @property
    def outbox(self) -> Path:
        """Where the operator's answers are."""
        return self.root / "outbox"

    @property
    def profiles(self) -> Path:
        """Public profiles of parties registered from this home."""
        return self.root / "profiles.json"

    @property
    def bulletin(self) -> Path:
        """The regulator's newest bulletin."""
        return self.root / "bulletin.json"

    @property
    def packs(self) -> Path:
        """Inspection packs that the service hands out."""
        return self.root / "packs"

    @property
    def leaves(self) -> Path:
        """Leaf tables of labels statements."""
        return self.root / "leaves"

    def path(self, text: str) -> Path:
        """A path of the settings, relative to the home."""
        return self.root / text

    def deployment(self) -> Deployment:
        """The pinned deployment. Raises NotConfiguredError when the file is missing, MalformedError when it is none."""
        from verifier.deployment import parse_deployment

        try:
            data = self.deployment_path.read_bytes()
        except FileNotFoundError as error:
            raise NotConfiguredError(
                f"deployment ({self.deployment_path})",
                "get the deployment file from the regulator and put it there, or deploy with `tanji regulator deploy`",
            ) from error
        return parse_deployment(data)

    def node(self) -> str:
        """The node that is written to. Raises NotConfiguredError."""
        if not self.settings.rpc:
            raise NotConfiguredError("chain.rpc", f"name a node in {self.root / SETTINGS_FILE}, or give --rpc URL")
        return self.settings.rpc[0]

    def passphrase(self, override: Path | None = None) -> bytes:
        """The passphrase of the home's keys: `override`, the settings' file or variable, else TANJI_PASSPHRASE(_FILE).

        Raises KeystoreError, PassphraseMissingError.
        """
        from ledger.keys.passphrase import TEXT_VARIABLE, read_passphrase

        keys = self.settings.keys
        if override is not None:
            return read_passphrase(override)
        if keys.passphrase_file is not None:
            return read_passphrase(self.path(keys.passphrase_file))
        if keys.passphrase_variable is not None:
            return read_passphrase(environment={TEXT_VARIABLE: os.environ.get(keys.passphrase_variable, "")})
        return read_passphrase()

    def log_passphrase(self, override: Path | None = None) -> bytes:
        """The log key's: `override`, its own file where the settings name one, else as `passphrase`. Raises as that."""
        from ledger.keys.passphrase import read_passphrase

        own = self.settings.keys.log_passphrase_file
        return read_passphrase(self.path(own)) if own is not None and override is None else self.passphrase(override)


def home_path(option: str | Path | None = None) -> Path:
    """Where the home is: the option, else TANJI_HOME, else ./tanji-home."""
    return Path(option or os.environ.get(VARIABLE) or DEFAULT)


def open_home(option: str | Path | None = None) -> Home:
    """Read a home's settings. Raises HomeMissingError, SettingError."""
    root = home_path(option)
    try:
        with (root / SETTINGS_FILE).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise HomeMissingError(str(root)) from error
    if len(data) > MAX_BYTES:
        raise SettingError("the file", "too long", f"more than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingError("the file", "not UTF-8") from error
    return Home(root=root, settings=parse_settings(text))


def create_home(option: str | Path | None, settings: Settings) -> Home:
    """Make the directory and its tanji.toml. Raises HomeExistsError; nothing is overwritten."""
    root = home_path(option)
    root.mkdir(parents=True, exist_ok=True)
    try:
        with (root / SETTINGS_FILE).open("x", encoding="utf-8") as file:
            file.write(format_settings(settings))
    except FileExistsError as error:
        raise HomeExistsError(str(root)) from error
    for folder in ("keys", "inbox", "outbox"):
        (root / folder).mkdir(exist_ok=True, mode=0o700)
    return Home(root=root, settings=settings)
