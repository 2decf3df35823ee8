"""Key files and signers: what they write opens elsewhere, what others write opens here, and nothing opens by mistake."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.key_errors import (
    KeystoreError,
    PassphraseMissingError,
    PassphraseWrongError,
    SigningError,
)
from ledger.keys.keystore import (
    ScryptCost,
    decrypt_keystore,
    encrypt_keystore,
    keystore_address,
    open_keystore,
    write_keystore,
)
from ledger.keys.logkey import open_log_key, write_log_key
from ledger.keys.memory import MemoryLogSigner, MemorySigner
from ledger.keys.passphrase import read_passphrase
from verifier.hashing import keccak256
from verifier.signature import parse_signature, recover
from verifier.types import Digest

CHEAP = ScryptCost(n=2)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
secret_keys = st.integers(min_value=1, max_value=ORDER - 1).map(lambda number: number.to_bytes(32, "big"))


@given(secret=secret_keys, digest=st.binary(min_size=32, max_size=32))
def test_signature_is_low_s_and_recovers_the_address(secret: bytes, digest: bytes) -> None:
    signer = MemorySigner.from_bytes(secret)
    signature = signer.sign_digest(Digest(digest))
    assert recover(Digest(digest), parse_signature(signature, "test")) == signer.address
    assert int.from_bytes(signature[32:64], "big") <= ORDER // 2


def test_address_and_signature_equal_eth_accounts() -> None:
    secret = keccak256(b"a key")
    signer, account = MemorySigner.from_bytes(secret), Account.from_key(secret)
    digest = Digest(keccak256(b"a digest"))
    assert signer.address == bytes.fromhex(account.address[2:])
    assert signer.sign_digest(digest) == account.unsafe_sign_hash(digest).signature


@pytest.mark.parametrize("secret", [bytes(32), ORDER.to_bytes(32, "big"), b"\1" * 31, b"\1" * 33])
def test_a_number_outside_the_group_is_no_key(secret: bytes) -> None:
    with pytest.raises(SigningError):
        MemorySigner.from_bytes(secret)


def test_only_a_32_byte_digest_is_signed() -> None:
    with pytest.raises(SigningError):
        MemorySigner.generate().sign_digest(Digest(b"short"))


def test_repr_never_shows_the_secret() -> None:
    signer = MemorySigner.generate()
    assert signer.secret().hex() not in repr(signer)


@settings(deadline=None)  # the first example imports eth-account
@given(secret=secret_keys, passphrase=st.text(min_size=1, max_size=20).map(str.encode))
def test_key_file_opens_again(secret: bytes, passphrase: bytes) -> None:
    data = encrypt_keystore(MemorySigner.from_bytes(secret), passphrase, cost=CHEAP)
    assert decrypt_keystore(data, passphrase, place="k").secret() == secret
    with pytest.raises(PassphraseWrongError):
        decrypt_keystore(data, passphrase + b"x", place="k")


def test_key_file_is_the_standard_format() -> None:
    signer = MemorySigner.generate()
    document = json.loads(encrypt_keystore(signer, b"open sesame", cost=CHEAP))
    assert (document["version"], document["crypto"]["cipher"]) == (3, "aes-128-ctr")
    assert document["crypto"]["kdfparams"].items() >= {"n": CHEAP.n, "r": 8, "p": 1}.items()
    assert document["address"].lower() == signer.address.hex()


# "Test vectors" of the Web3 Secret Storage Definition: written by other programs than ours and eth-account.
STANDARD_VECTORS = {
    "pbkdf2": {"c": 262144, "dklen": 32, "prf": "hmac-sha256",
               "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
    "scrypt": {"dklen": 32, "n": 262144, "p": 8, "r": 1,
               "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
}  # fmt: skip
STANDARD_SEALED = {
    "pbkdf2": ("6087dab2f9fdbbfaddc31a909735c1e6", "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
               "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"),
    "scrypt": ("83dbcc02d8ccb40e466191a123791e0e", "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
               "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"),
}  # fmt: skip


@pytest.mark.parametrize("kdf", ["scrypt", "pbkdf2"])
def test_the_definitions_own_vectors_open(kdf: str) -> None:
    iv, ciphertext, mac = STANDARD_SEALED[kdf]
    crypto = {
        "cipher": "aes-128-ctr", "cipherparams": {"iv": iv}, "ciphertext": ciphertext, "kdf": kdf,
        "kdfparams": STANDARD_VECTORS[kdf], "mac": mac,
    }  # fmt: skip
    opened = decrypt_keystore(json.dumps({"version": 3, "Crypto": crypto}).encode(), b"testpassword", place="k")
    assert opened.secret().hex() == "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"


def test_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sequencer.json"
    signer = MemorySigner.generate()
    write_keystore(path, signer, b"p", cost=CHEAP)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keystore_address(path) == signer.address
    with pytest.raises(KeystoreError, match="never overwritten"):
        write_keystore(path, MemorySigner.generate(), b"p", cost=CHEAP)
    assert open_keystore(path, b"p").address == signer.address
    assert [entry.name for entry in path.parent.iterdir()] == ["sequencer.json"]


def _mutated(change: str) -> bytes:
    document = json.loads(encrypt_keystore(MemorySigner.from_bytes(keccak256(b"k")), b"p", cost=CHEAP))
    crypto = document["crypto"]
    match change:
        case "version":
            document["version"] = 4
        case "cipher":
            crypto["cipher"] = "aes-128-cbc"
        case "kdf":
            crypto["kdf"] = "argon2"
        case "n-not-a-power":
            crypto["kdfparams"]["n"] = 3
        case "n-asks-for-a-terabyte":
            crypto["kdfparams"]["n"] = 1 << 30
        case "r-asks-for-a-terabyte":
            crypto["kdfparams"]["r"] = 1 << 32
        case "p-asks-for-hours":
            crypto["kdfparams"]["p"] = 1 << 20
        case "rounds-for-hours":
            crypto["kdf"] = "pbkdf2"
            crypto["kdfparams"] = {"dklen": 32, "c": 1 << 40, "prf": "hmac-sha256", "salt": "00"}
        case "iv-short":
            crypto["cipherparams"]["iv"] = "00"
        case "ciphertext-not-hex":
            crypto["ciphertext"] = "zz" * 32
        case "other-address":
            document["address"] = "00" * 20
        case "crypto-missing":
            del document["crypto"]
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "change",
    [
        "version",
        "cipher",
        "kdf",
        "n-not-a-power",
        "n-asks-for-a-terabyte",
        "r-asks-for-a-terabyte",
        "p-asks-for-hours",
        "rounds-for-hours",
        "iv-short",
        "ciphertext-not-hex",
        "other-address",
        "crypto-missing",
    ],
)
def test_single_mutations_of_a_key_file_are_refused_by_type(change: str) -> None:
    with pytest.raises(KeystoreError):
        decrypt_keystore(_mutated(change), b"p", place="k")


def test_work_asked_for_under_another_spelling_is_not_done() -> None:
    document = json.loads(encrypt_keystore(MemorySigner.from_bytes(keccak256(b"k")), b"p", cost=CHEAP))
    document["crypto"]["kdfparams"]["N"] = 1 << 40  # eth-account folds case and takes the last
    assert decrypt_keystore(json.dumps(document).encode(), b"p", place="k").secret() == keccak256(b"k")


def test_a_passphrase_nobody_could_type_is_refused_by_type() -> None:
    with pytest.raises(KeystoreError, match="UTF-8"):
        encrypt_keystore(MemorySigner.generate(), b"\xff", cost=CHEAP)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_by_type(data: bytes) -> None:
    with pytest.raises(KeystoreError):
        decrypt_keystore(data, b"p", place="k")


def test_log_key_file_opens_again_and_only_with_its_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "log.pem"
    signer = MemoryLogSigner.generate()
    write_log_key(path, signer, b"p")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    opened = open_log_key(path, b"p")
    assert opened.public_key == signer.public_key
    assert opened.sign(b"m") == signer.sign(b"m")
    with pytest.raises(PassphraseWrongError):
        open_log_key(path, b"q")


def test_log_key_in_the_clear_or_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    clear, other = tmp_path / "clear.pem", tmp_path / "other.pem"
    key = MemoryLogSigner.generate().private_key
    clear.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    curve = ec.generate_private_key(ec.SECP256R1())
    other.write_bytes(curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"p")))
    for path in (clear, other, tmp_path / "absent.pem"):
        with pytest.raises(KeystoreError):
            open_log_key(path, b"p")


def test_log_key_follows_rfc_8032_test_1() -> None:
    signer = MemoryLogSigner.from_seed(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    assert signer.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signer.sign(b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")


@pytest.mark.parametrize("size", [0, 1, 31, 300, 70_000])
def test_both_libraries_sign_the_same(size: int) -> None:
    signer = MemoryLogSigner.generate()
    assert signer.sign(b"r" * size) == signer.private_key.sign(b"r" * size)


def test_passphrase_comes_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes("短 语\r\n".encode())
    path.chmod(0o600)
    assert read_passphrase(path, environment={}) == "短 语".encode()
    assert read_passphrase(environment={"TANJI_PASSPHRASE_FILE": str(path)}) == "短 语".encode()
    assert read_passphrase(environment={"TANJI_PASSPHRASE": "text"}) == b"text"
    with pytest.raises(PassphraseMissingError):
        read_passphrase(environment={})
    path.chmod(0o644)
    with pytest.raises(KeystoreError, match="owner only"):
        read_passphrase(path, environment={})
