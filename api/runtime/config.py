"""tanji.toml: where a ledger keeps its data, which node it asks, and with which keys it signs. Strict: unknown keys are refused.

database = "sqlite:///ledger.db"          SQLite file (relative to the home) or postgresql://…
tiles = "log"                             directory of tiles and checkpoint
deployment = "deployment.json"            the pinned deployment document (docs/spec/06)

[chain]
rpc = ["http://127.0.0.1:8545"]           first: the node that is written to; all: asked for quorums

[keys]
sequencer = "keys/sequencer.json"         keystore of the account that anchors
log = "keys/log.pem"                      the log's Ed25519 key
passphrase_file = "passphrase"            one of these two, or TANJI_PASSPHRASE(_FILE)
passphrase_variable = "MY_SECRET"
log_passphrase_file = "log-passphrase"    where the log key has a passphrase of its own

[sequencing]
anchor_within = 3600                      seconds promised in receipts
batch = 500                               statements in one transaction

[anchoring]
interval = 60                             seconds between anchors while the log grows
margin = 300                              seconds before a promise when nothing waits any more
stuck_blocks = 3                          blocks until a waiting transaction is replaced
finality_depth = 64                       where the node has no finalized tag
max_fee_gwei = 500                        most ever offered per gas

[http]
reads_per_second = 100                    requests of one client that read, for as long as it takes; 0: no limit
writes_per_second = 20                    requests of one client that write; ten times as many at once, both
origin = "https://ledger.example"         this service as browsers write it; without it people sign in from this machine alone
hsts = 0                                  seconds of Strict-Transport-Security; 0 where TLS does not end here

[scans]
database = "sqlite:///scans.db"           scans, item states, PIN uses: a database of their own, or the ledger's
platforms = ["uscc:…"]                    parties that redeem points: may record that an item was used up, once its PIN was
expiring_days = 30                        how long anonymous and enterprises' scans are kept (they count for 3)
lasting_days = 1825                       inspectors' and PIN scans
alert_days = 730                          alerts to enterprises

[confidential]
database = "sqlite:///confidential.db"    payloads for named parties, and sessions: a database of their own, or the ledger's
max_bytes = 16777216                      one sealed payload
party_bytes = 1073741824                  all that one party keeps here
session_hours = 8                         how long a session lasts

[webhooks]
database = "sqlite:///webhooks.db"        endpoints and messages to them: a database of their own, or the ledger's
targets = "public"                        which addresses may be told: "public", "nowhere", or "loopback" (this machine too; demonstrations)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from api.runtime.errors import SettingError
from verifier.errors import MalformedError
from verifier.identifiers import parse_party

MAX_BYTES: Final = 65_536
_ORIGIN: Final = re.compile(r"https://(?=[a-z0-9])[a-z0-9.-]{1,253}(?::(?!443\b)[1-9][0-9]{0,4})?", re.ASCII)
# `ledger.webhooks.targets.Reach`.
TARGETS: Final = ("public", "nowhere", "loopback")
_TOP: Final = (
    "database", "tiles", "deployment",
    "chain", "keys", "sequencing", "anchoring", "http", "scans", "confidential", "webhooks",
)  # fmt: skip
_PASSPHRASES: Final = ("passphrase_file", "passphrase_variable", "log_passphrase_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """Where keys are, relative to the home, and where their passphrase comes from."""

    sequencer: str = "keys/sequencer.json"
    log: str = "keys/log.pem"
    passphrase_file: str | None = None
    passphrase_variable: str | None = None
    log_passphrase_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencingSettings:
    """anchor_within: seconds promised in receipts. batch: statements in one transaction."""

    anchor_within: int = 3_600
    batch: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchoringSettings:
    """interval, margin: seconds. stuck_blocks, finality_depth: blocks. max_fee_gwei: 10^9 wei per gas."""

    interval: int = 60
    margin: int = 300
    stuck_blocks: int = 3
    finality_depth: int = 64
    max_fee_gwei: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """Requests per second of one client, 0 for no limit. hsts: seconds. origin: None for this machine alone."""

    reads_per_second: int = 100
    writes_per_second: int = 20
    hsts: int = 0
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """database: as the ledger's. …_days: days that records are kept. platforms: parties that redeem points (docs/copies.md)."""

    database: str = "sqlite:///scans.db"
    platforms: tuple[str, ...] = ()
    expiring_days: int = 30
    lasting_days: int = 1_825
    alert_days: int = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialSettings:
    """database: as the ledger's. max_bytes, party_bytes: of sealed payloads. session_hours: how long a session lasts."""

    database: str = "sqlite:///confidential.db"
    max_bytes: int = 16 << 20
    party_bytes: int = 1 << 30
    session_hours: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """database: as the ledger's. targets: one of TARGETS."""

    database: str = "sqlite:///webhooks.db"
    targets: str = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole of tanji.toml. Paths stand as written."""

    database: str = "sqlite:///ledger.db"
    tiles: str = "log"
    deployment: str = "deployment.json"
    rpc: tuple[str, ...] = ()
    keys: KeySettings = field(default_factory=KeySettings)
    sequencing: SequencingSettings = field(default_factory=SequencingSettings)
    anchoring: AnchoringSettings = field(default_factory=AnchoringSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    scans: ScanSettings = field(default_factory=ScanSettings)
    confidential: ConfidentialSettings = field(default_factory=ConfidentialSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)


def parse_settings(text: str) -> Settings:
    """Read tanji.toml's text.

    Raises:
        SettingError: not TOML, an unknown key, or a value of another type or out of range; names the setting.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError("the file", "not TOML", str(error)) from error
    top = _Table(document, "", _TOP)
    chain = top.table("chain", ("rpc",))
    keys = top.table("keys", ("sequencer", "log", *_PASSPHRASES))
    sequencing = top.table("sequencing", ("anchor_within", "batch"))
    anchoring = top.table("anchoring", ("interval", "margin", "stuck_blocks", "finality_depth", "max_fee_gwei"))
    http = top.table("http", ("reads_per_second", "writes_per_second", "hsts", "origin"))
    scans = top.table("scans", ("database", "platforms", "expiring_days", "lasting_days", "alert_days"))
    confidential = top.table("confidential", ("database", "max_bytes", "party_bytes", "session_hours"))
    return Settings(
        database=top.text("database", Settings().database),
        tiles=top.text("tiles", Settings().tiles),
        deployment=top.text("deployment", Settings().deployment),
        rpc=chain.texts("rpc"),
        keys=_keys(keys),
        sequencing=SequencingSettings(
            anchor_within=sequencing.number("anchor_within", 3_600, least=60, most=30 * 86_400),
            batch=sequencing.number("batch", 500, least=1, most=10_000),
        ),
        anchoring=AnchoringSettings(
            interval=anchoring.number("interval", 60, least=1, most=86_400),
            margin=anchoring.number("margin", 300, least=1, most=86_400),
            stuck_blocks=anchoring.number("stuck_blocks", 3, least=1, most=1_000),
            finality_depth=anchoring.number("finality_depth", 64, least=1, most=1_000_000),
            max_fee_gwei=anchoring.number("max_fee_gwei", 500, least=1, most=1_000_000),
        ),
        http=HttpSettings(
            reads_per_second=http.number("reads_per_second", 100, least=0, most=1_000_000),
            writes_per_second=http.number("writes_per_second", 20, least=0, most=1_000_000),
            hsts=http.number("hsts", 0, least=0, most=63_072_000),
            origin=_origin(http),
        ),
        scans=_scans(scans),
        confidential=_confidential(confidential),
        webhooks=_webhooks(top.table("webhooks", ("database", "targets"))),
    )


def _webhooks(table: _Table) -> WebhookSettings:
    defaults = WebhookSettings()
    return WebhookSettings(
        database=table.text("database", defaults.database), targets=table.choice("targets", defaults.targets, TARGETS)
    )


def _confidential(table: _Table) -> ConfidentialSettings:
    defaults = ConfidentialSettings()
    return ConfidentialSettings(
        database=table.text("database", defaults.database),
        max_bytes=table.number("max_bytes", defaults.max_bytes, least=1_024, most=1 << 30),
        party_bytes=table.number("party_bytes", defaults.party_bytes, least=1_024, most=1 << 50),
        session_hours=table.number("session_hours", defaults.session_hours, least=1, most=168),
    )


def _origin(table: _Table) -> str | None:
    text = table.optional("origin")
    if text is not None and _ORIGIN.fullmatch(text) is None:
        raise SettingError(
            "http.origin", "https://, a host in lower case, a port where it is not 443; no path", repr(text)
        )
    return text


def _scans(table: _Table) -> ScanSettings:
    defaults = ScanSettings()
    # Below three days the rules would miss scans that still count.
    return ScanSettings(
        database=table.text("database", defaults.database),
        platforms=_platforms(table),
        expiring_days=table.number("expiring_days", defaults.expiring_days, least=3, most=3_650),
        lasting_days=table.number("lasting_days", defaults.lasting_days, least=3, most=36_500),
        alert_days=table.number("alert_days", defaults.alert_days, least=1, most=36_500),
    )


def _platforms(table: _Table) -> tuple[str, ...]:
    parties = table.texts("platforms")
    for party in parties:
        try:
            parse_party(party, "")
        except MalformedError as error:
            raise SettingError("scans.platforms", "parties are due, uscc:… or lei:…", repr(party)[:100]) from error
    return parties


def _keys(table: _Table) -> KeySettings:
    file, variable = table.optional("passphrase_file"), table.optional("passphrase_variable")
    if file is not None and variable is not None:
        raise SettingError("keys.passphrase_variable", "given twice", "passphrase_file is set too; keep one of the two")
    defaults = KeySettings()
    return KeySettings(
        sequencer=table.text("sequencer", defaults.sequencer),
        log=table.text("log", defaults.log),
        passphrase_file=file,
        passphrase_variable=variable,
        log_passphrase_file=table.optional("log_passphrase_file"),
    )


class _Table:
    """One TOML table, read by type; `place` is its dotted name with a dot after it."""

    __slots__ = ("_place", "_values")

    def __init__(self, values: Mapping[str, object], place: str, known: tuple[str, ...]) -> None:
        for name in values:
            if name not in known:
                raise SettingError(f"{place}{name}", "unknown setting", f"known here: {', '.join(known)}")
        self._values = values
        self._place = place

    def table(self, name: str, known: tuple[str, ...]) -> _Table:
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise SettingError(f"{self._place}{name}", "a table is due")
        return _Table(value, f"{self._place}{name}.", known)

    def optional(self, name: str) -> str | None:
        return self.text(name, "") if name in self._values else None

    def text(self, name: str, default: str) -> str:
        value = self._values.get(name, default)
        if not isinstance(value, str) or (name in self._values and not value.strip()):
            raise SettingError(f"{self._place}{name}", "a text is due", repr(value))
        return value

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise SettingError(f"{self._place}{name}", f"one of {', '.join(choices)} is due", repr(value))
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise SettingError(f"{self._place}{name}", "a list of texts is due", repr(value)[:100])
        return tuple(value)

    def number(self, name: str, default: int, *, least: int, most: int) -> int:
        value = self._values.get(name, default)
        if type(value) is not int or not least <= value <= most:
            raise SettingError(f"{self._place}{name}", f"a whole number from {least} to {most} is due", repr(value))
        return value


def format_settings(settings: Settings) -> str:
    """The text `parse_settings` reads, for a new home."""
    quoted = ", ".join(_quoted(url) for url in settings.rpc)
    lines = [
        "# Tanji 碳迹. Settings and their defaults: docs/operations.md",
        f"database = {_quoted(settings.database)}",
        f"tiles = {_quoted(settings.tiles)}",
        f"deployment = {_quoted(settings.deployment)}",
        "",
        "[chain]",
        f"rpc = [{quoted}]",
        "",
        "[keys]",
        f"sequencer = {_quoted(settings.keys.sequencer)}",
        f"log = {_quoted(settings.keys.log)}",
    ]
    named = [(name, getattr(settings.keys, name)) for name in _PASSPHRASES]
    lines += [f"{name} = {_quoted(value)}" for name, value in named if value is not None]
    lines += ["", "[sequencing]", *_numbers(settings.sequencing), "", "[anchoring]", *_numbers(settings.anchoring)]
    lines += ["", "[http]", *_numbers(settings.http), ""]
    return "\n".join(lines)


def _numbers(table: SequencingSettings | AnchoringSettings | HttpSettings) -> list[str]:
    values = {name: getattr(table, name) for name in table.__slots__}
    return [
        f"{name} = {_quoted(value) if isinstance(value, str) else value}"
        for name, value in values.items()
        if value is not None
    ]


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are a subset of its own."""
    import json

    return json.dumps(text, ensure_ascii=False)
