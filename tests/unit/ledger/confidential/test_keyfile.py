"""The recipient's key file."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.key_errors import KeystoreError, PassphraseWrongError
from ledger.keys.encryption import LIGHT_N, encryption_key_public, open_encryption_key, write_encryption_key
from tests.support.confidential import CERTIFIER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    write_encryption_key(path, CERTIFIER.secret, "口令".encode(), n=LIGHT_N)
    return path


def test_it_opens_with_its_passphrase_alone(file: Path) -> None:
    assert open_encryption_key(file, "口令".encode()).private_bytes_raw() == CERTIFIER.secret.private_bytes_raw()
    assert encryption_key_public(file) == CERTIFIER.public
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert CERTIFIER.secret.private_bytes_raw().hex() not in file.read_text()
    with pytest.raises(PassphraseWrongError):
        open_encryption_key(file, b"another")


def test_it_is_never_overwritten_nor_written_open(file: Path, tmp_path: Path) -> None:
    with pytest.raises(KeystoreError):
        write_encryption_key(file, CERTIFIER.secret, b"x", n=LIGHT_N)
    with pytest.raises(KeystoreError):
        write_encryption_key(tmp_path / "other.json", CERTIFIER.secret, b"", n=LIGHT_N)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("publicKey", "0x" + "11" * 32),
        lambda d: d.__setitem__("sealed", "0x" + "11" * 48),
        lambda d: d.__setitem__("sealed", "0x" + "11" * 47),
        lambda d: d["scrypt"].__setitem__("n", 1 << 30),
        lambda d: d["scrypt"].__setitem__("n", 5000),
        lambda d: d["scrypt"].__setitem__("r", 1),
        lambda d: d["scrypt"].__setitem__("p", 100),
        lambda d: d.__setitem__("kind", "account"),
        lambda d: d.__setitem__("extra", 1),
    ],
)
def test_a_changed_file_is_refused(file: Path, change: Callable[[Any], object]) -> None:
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))
    with pytest.raises(KeystoreError):
        open_encryption_key(file, "口令".encode())
