"""What goes wrong before any part runs: the home and its configuration."""

from __future__ import annotations

from typing import ClassVar


class RuntimeSetupError(Exception):
    """Base. `code` is stable, `advice` says what to do, `exit_status` is the command line's."""

    code: ClassVar[str] = "setup"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


class HomeMissingError(RuntimeSetupError):
    """There is no home at this place."""

    code: ClassVar[str] = "home.missing"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"no tanji.toml in {path}",
            advice="make a home with `tanji operator init --home DIR`, or name yours with --home or TANJI_HOME",
        )
        self.path = path


class HomeExistsError(RuntimeSetupError):
    """A home is already there; nothing of it is overwritten."""

    code: ClassVar[str] = "home.exists"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} already holds a home", advice="nothing was changed; choose another --home for a second ledger"
        )
        self.path = path


class SettingError(RuntimeSetupError):
    """A setting of tanji.toml is missing, unknown or of another form. field: dotted name; rule: stable name."""

    code: ClassVar[str] = "config.setting"
    exit_status: ClassVar[int] = 4

    def __init__(self, field: str, rule: str, detail: str = "") -> None:
        super().__init__(
            f"tanji.toml: {field}: {rule}" + (f" ({detail})" if detail else ""),
            advice="settings and their defaults: docs/operations.md, section tanji.toml",
        )
        self.field = field
        self.rule = rule
        self.detail = detail


class NotConfiguredError(RuntimeSetupError):
    """What is asked for needs something the configuration does not name yet."""

    code: ClassVar[str] = "config.incomplete"

    def __init__(self, field: str, advice: str) -> None:
        super().__init__(f"{field} is not set", advice=advice)
        self.field = field
