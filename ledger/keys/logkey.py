"""The log's Ed25519 key file: PKCS #8 encrypted with a passphrase (RFC 5958, PBES2), as `openssl pkey` reads and writes it."""

from __future__ import annotations

from pathlib import Path

from ledger.domain.key_errors import KeystoreError, PassphraseWrongError
from ledger.keys.files import read_secret_file, write_secret_file
from ledger.keys.memory import MemoryLogSigner

MAX_BYTES = 16_384


def write_log_key(path: Path, signer: MemoryLogSigner, passphrase: bytes) -> None:
    """Write the key to `path`, encrypted. Raises KeystoreError when the file exists or cannot be written."""
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    if not passphrase:
        raise KeystoreError(str(path), "a log key is never written without a passphrase")
    pem = signer.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase))
    write_secret_file(path, pem)


def open_log_key(path: Path, passphrase: bytes) -> MemoryLogSigner:
    """Open a log key file.

    Raises:
        PassphraseWrongError: the passphrase does not open it.
        KeystoreError: it is not an encrypted PKCS #8 file, or holds another kind of key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = read_secret_file(path, MAX_BYTES)
    if b"-----BEGIN ENCRYPTED PRIVATE KEY-----" not in pem:
        raise KeystoreError(str(path), "not an encrypted PKCS #8 key file")
    try:
        key = load_pem_private_key(pem, passphrase)
    except ValueError as error:
        # PBES2 has no MAC: a wrong passphrase and a damaged file look alike, and the first is by far the likelier.
        raise PassphraseWrongError(str(path)) from error
    except TypeError as error:
        raise KeystoreError(str(path), "not an encrypted PKCS #8 key file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeystoreError(str(path), "holds another kind of key than Ed25519")
    return MemoryLogSigner(key)
