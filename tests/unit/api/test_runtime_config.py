"""tanji.toml: what is read, and every way it is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.runtime.config import KeySettings, Settings, format_settings, parse_settings
from api.runtime.errors import HomeExistsError, HomeMissingError, NotConfiguredError, SettingError
from api.runtime.home import create_home, home_path, open_home


def test_an_empty_file_gives_the_defaults() -> None:
    assert parse_settings("") == Settings()


def test_what_is_written_reads_back() -> None:
    settings = Settings(
        database="postgresql://me@db/tanji",
        rpc=("http://a.example", "b=http://127.0.0.1:1"),
        keys=KeySettings(passphrase_file='/with "quotes"/和/pass'),
    )
    assert parse_settings(format_settings(settings)) == settings


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("datbase = 'x'", "datbase"),
        ("[chain]\nurl = 'x'", "chain.url"),
        ("[anchoring]\ninterval = 0", "anchoring.interval"),
        ("[anchoring]\ninterval = true", "anchoring.interval"),
        ("[anchoring]\ninterval = 1.5", "anchoring.interval"),
        ("[anchoring]\ninterval = '60'", "anchoring.interval"),
        ("[sequencing]\nanchor_within = 59", "sequencing.anchor_within"),
        ("database = 1", "database"),
        ("database = ' '", "database"),
        ("chain = 1", "chain"),
        ("[chain]\nrpc = 'http://x'", "chain.rpc"),
        ("[chain]\nrpc = ['']", "chain.rpc"),
        ("[keys]\npassphrase_file = 'a'\npassphrase_variable = 'B'", "keys.passphrase_variable"),
        ("[webhooks]\ntargets = 'anywhere'", "webhooks.targets"),
        ("[webhooks]\nreach = 'public'", "webhooks.reach"),
        ("database = ", "the file"),
    ],
)
def test_a_wrong_setting_is_named(text: str, field: str) -> None:
    with pytest.raises(SettingError) as refused:
        parse_settings(text)
    assert refused.value.field == field
    assert refused.value.exit_status == 4
    assert refused.value.advice


def test_a_home_is_made_once_and_its_paths_are_its_own(tmp_path: Path) -> None:
    home = create_home(tmp_path / "h", Settings())
    assert open_home(tmp_path / "h") == home
    assert home.database == f"sqlite:///{tmp_path}/h/ledger.db"
    assert home.log_key == tmp_path / "h/keys/log.pem"
    assert (tmp_path / "h/keys").stat().st_mode & 0o077 == 0
    with pytest.raises(HomeExistsError):
        create_home(tmp_path / "h", Settings())


def test_an_absolute_database_stays_where_it_is(tmp_path: Path) -> None:
    home = create_home(tmp_path / "h", Settings(database=f"sqlite:///{tmp_path}/elsewhere.db"))
    assert home.database == f"sqlite:///{tmp_path}/elsewhere.db"


def test_no_home_no_deployment_and_no_node_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HomeMissingError) as missing:
        open_home(tmp_path)
    assert "operator init" in missing.value.advice
    home = create_home(tmp_path / "h", Settings())
    with pytest.raises(NotConfiguredError):
        home.deployment()
    with pytest.raises(NotConfiguredError):
        home.node()


def test_a_file_that_is_not_utf8_or_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tanji.toml").write_bytes(b"\xff")
    with pytest.raises(SettingError, match="UTF-8"):
        open_home(tmp_path)
    (tmp_path / "tanji.toml").write_bytes(b"#" * 70_000)
    with pytest.raises(SettingError, match="too long"):
        open_home(tmp_path)


def test_where_the_home_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TANJI_HOME", raising=False)
    assert home_path() == Path("tanji-home")
    monkeypatch.setenv("TANJI_HOME", "/elsewhere")
    assert home_path() == Path("/elsewhere")
    assert home_path("given") == Path("given")


def test_the_passphrase_comes_from_where_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from file\n")
    secret.chmod(0o600)
    home = create_home(tmp_path / "a", Settings(keys=KeySettings(passphrase_file=str(secret))))
    assert home.passphrase() == b"from file"
    monkeypatch.setenv("MY_SECRET", "from variable")
    home = create_home(tmp_path / "b", Settings(keys=KeySettings(passphrase_variable="MY_SECRET")))
    assert home.passphrase() == b"from variable"
    assert home.passphrase(secret) == b"from file"
