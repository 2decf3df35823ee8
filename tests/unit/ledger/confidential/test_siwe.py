"""The sign-in message: the text EIP-4361 gives, its signature, and every other spelling refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import _hash_eip191_message, encode_defunct

from ledger.sessions.nonces import make_nonce, nonce_digest, nonce_time
from ledger.sessions.siwe import SignIn, compose, domain_of, parse_sign_in, personal_digest
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, HOLDER_KEY, NOW
from verifier.errors import MalformedError
from verifier.identifiers import Party
from verifier.signature import recover

WANTED = SignIn(
    domain="ledger.example:8443",
    origin="https://ledger.example:8443",
    address=HOLDER_KEY.address,
    party=Party(bodies.HOLDER),
    chain_id=31337,
    nonce="ab" * 32,
    issued_at=NOW,
    expires_at=NOW + 28_800,
)
# Written and signed by signinwithethereum 5.0.2 with eth-account 0.13.7 (docs/adr/0013: why it is not a dependency).
THEIRS = (
    "ledger.example:8443 wants you to sign in with your Ethereum account:\n"
    "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1\n\n"
    "Sign in to Tanji as uscc:91210100MA0P0EXAM1 to read what is shared with it. This signs nothing that is logged.\n\n"
    "URI: https://ledger.example:8443\nVersion: 1\nChain ID: 31337\nNonce: " + "ab" * 32 + "\n"
    "Issued At: 2026-09-21T14:13:20Z\nExpiration Time: 2026-09-21T22:13:20Z"
)
THEIR_SIGNATURE = bytes.fromhex(
    "47926db27064f3ad8c2915ada221f1a5fd47bf859e5d03632648cea4c0db5bdb"
    "520089a273011b3e3ebba52a7976bbc443c05726165e8cd86bc5f97ad281e8c91c"
)


def test_it_is_the_text_of_the_standard() -> None:
    assert compose(WANTED) == THEIRS
    assert parse_sign_in(THEIRS) == WANTED
    assert recover(personal_digest(THEIRS), THEIR_SIGNATURE) == HOLDER_KEY.address


@pytest.mark.parametrize("text", ["", "a", "碳迹", "x" * 1000])
def test_personal_sign_is_that_of_wallets(text: str) -> None:
    assert personal_digest(text) == _hash_eip191_message(encode_defunct(text=text))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        ("Chain ID: 31337", "Chain ID: 031337"),
        ("Chain ID: 31337", "Chain ID: 0x7a69"),
        ("Nonce: abab", "Nonce: ABAB"),
        ("Nonce: abab", "Nonce: ab"),
        ("T14:13:20Z", "T14:13:20.000Z"),
        ("T14:13:20Z", "T14:13:20+00:00"),
        ("2026-09-21T14", "2026-02-30T14"),
        ("0x1a642f0E3c3aF545", "0x1A642F0e3C3Af545"),
        ("uscc:91210100MA0P0EXAM1", "uscc:91210100ma0p0exam1"),
        ("This signs nothing that is logged.", "This signs a certificate."),
        ("account:\n", "account:\r\n"),
        ("URI: https://ledger.example:8443", "URI: https://ledger.example:8443 "),
        ("Expiration Time: 2026-09-21T22:13:20Z", "Expiration Time: 2026-09-21T22:13:20Z\n"),
        (
            "Expiration Time: 2026-09-21T22:13:20Z",
            "Expiration Time: 2026-09-21T22:13:20Z\nResources:\n- https://x.example",
        ),
        ("\nExpiration Time: 2026-09-21T22:13:20Z", ""),
        ("ledger.example:8443 wants", "https://ledger.example:8443\nx wants"),
        ("31337", "３１３３７"),
    ],
)
def test_any_other_spelling_is_refused(old: str, new: str) -> None:
    assert old in THEIRS
    with pytest.raises(MalformedError):
        parse_sign_in(THEIRS.replace(old, new, 1))


@pytest.mark.parametrize("value", [None, 7, b"x", ["x"], "x" * 3000])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(MalformedError):
        parse_sign_in(value)


@pytest.mark.parametrize(
    ("origin", "domain"),
    [
        ("https://ledger.example", "ledger.example"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:80", "[::1]:80"),
    ],
)
def test_domains_of_origins(origin: str, domain: str) -> None:
    assert domain_of(origin) == domain


@pytest.mark.parametrize(
    "origin", ["ledger.example", "https://a/b", "https://u@a", "ftp://a", "https://A.example", "https://a b"]
)
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(MalformedError):
        domain_of(origin)


def test_a_nonce_is_bound_to_everything() -> None:
    bound = {"address": HOLDER_KEY.address, "party": bodies.HOLDER, "origin": "https://a.example", "chain_id": 1}
    secret = b"\x09" * 32
    nonce = make_nonce(secret, now=NOW, **bound)  # type: ignore[arg-type]
    assert len(nonce) == 64
    assert nonce != make_nonce(secret, now=NOW, **bound)  # type: ignore[arg-type]
    assert nonce_time(nonce, secret, **bound) == NOW  # type: ignore[arg-type]
    for name, value in (
        ("address", CERTIFIER_KEY.address), ("party", bodies.CERTIFIER), ("origin", "https://b.example"), ("chain_id", 2),
    ):  # fmt: skip
        assert nonce_time(nonce, secret, **(bound | {name: value})) is None  # type: ignore[arg-type]
    assert nonce_time(nonce, b"\x08" * 32, **bound) is None  # type: ignore[arg-type]
    later = (NOW + 1).to_bytes(5, "big").hex() + nonce[10:]
    assert nonce_time(later, secret, **bound) is None  # type: ignore[arg-type]
    assert len(nonce_digest(nonce)) == 32


def test_changed_fields_change_the_text() -> None:
    for changes in (
        {"party": Party(bodies.CERTIFIER)},
        {"origin": "https://x.example"},
        {"chain_id": 1},
        {"expires_at": NOW},
    ):
        assert compose(replace(WANTED, **changes)) != THEIRS  # type: ignore[arg-type]
