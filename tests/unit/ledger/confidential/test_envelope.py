"""Sealing for parties, opening, and every single change that must not open (docs/spec/11)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ledger.domain.payload_documents import header_document, parse_header, payload_id
from ledger.domain.payload_errors import NotARecipientError, PayloadSealError
from ledger.domain.payloads import PayloadHeader, PayloadKind
from ledger.payloads.envelope import (
    MAGIC,
    PREFIX_BYTES,
    SealedContent,
    check_public_key,
    frame,
    open_content,
    seal_content,
    split,
    unwrap_key,
    wraps_for,
)
from tests.reference import hpke
from tests.support.confidential import (
    CERTIFIER,
    CONTENT,
    HOLDER,
    OUTSIDER,
    REGULATOR,
    STATEMENT,
    Someone,
    file_of,
    header_of,
    sealed,
    shared,
)
from verifier.canonical import canonicalize
from verifier.errors import MalformedError
from verifier.hashing import sha256
from verifier.identifiers import Party


def opened_by(who: Someone, header: PayloadHeader, body: bytes) -> bytes:
    return open_content(header, body, unwrap_key(header, who.party, who.secret))


def test_named_parties_open_it_and_nobody_else() -> None:
    content = sealed()
    header, body = split(file_of(content, CERTIFIER, REGULATOR))
    assert opened_by(CERTIFIER, header, body) == opened_by(REGULATOR, header, body) == CONTENT
    assert CONTENT not in body
    with pytest.raises(NotARecipientError):
        opened_by(OUTSIDER, header, body)
    with pytest.raises(NotARecipientError):  # the right party with a key of somebody else's
        unwrap_key(header, CERTIFIER.party, OUTSIDER.secret)


def test_two_seals_of_one_content_have_nothing_in_common() -> None:
    one, other = sealed(), sealed()
    assert one.payload != other.payload
    assert one.sealed != other.sealed
    assert one.data_key != other.data_key


def test_a_wrap_is_hpke_of_rfc_9180() -> None:
    """Appendix A, base mode of the export-only suite; then our own wraps, opened by the naive implementation."""
    ephemeral = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("095182b502f1f91f63ba584c7c3ec473d617b8b4c2cec3fad5af7fa6748165ed")
    )
    recipient = bytes.fromhex("33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848")
    shared_secret = hpke.decap(ephemeral.public_key().public_bytes_raw(), recipient)
    assert shared_secret.hex() == "e81716ce8f73141d4f25ee9098efc968c91e5b8ce52ffff59d64039e82918b66"
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    _, _, exporter = hpke.schedule(shared_secret, info, hpke.AEAD_EXPORT_ONLY)
    assert exporter.hex() == "79dc8e0509cf4a3364ca027e5a0138235281611ca910e435e8ed58167c72f79b"

    content = sealed()
    wrap = shared(content, CERTIFIER).wraps[0]
    bound = {"party": CERTIFIER.party, "payload": "0x" + content.payload.hex(), "statement": "0x" + STATEMENT.hex()}
    data_key = hpke.open_base(
        wrap.wrapped, CERTIFIER.secret.private_bytes_raw(), b"tanji payload v1\n" + canonicalize(bound)
    )
    assert data_key == content.data_key
    assert hpke.commitment(data_key) == content.descriptor.key_commitment


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("place", [0, 31, 32, 79])
def test_an_altered_wrap_opens_nothing(place: int) -> None:
    content = sealed()
    wrap = shared(content, CERTIFIER).wraps[0]
    bad = replace(wrap, wrapped=flipped(wrap.wrapped, place))
    header = header_of(content, shared(content, wraps=(bad,)))
    with pytest.raises(PayloadSealError) as caught:
        unwrap_key(header, CERTIFIER.party, CERTIFIER.secret)
    assert caught.value.part == "wrap"


def test_a_wrap_is_good_for_its_payload_and_party_alone() -> None:
    content, other = sealed(), sealed()
    wrap = shared(other, CERTIFIER).wraps[0]
    moved = header_of(content, shared(content, wraps=(wrap,)))
    with pytest.raises(PayloadSealError, match="wrap"):
        unwrap_key(moved, CERTIFIER.party, CERTIFIER.secret)
    renamed = header_of(other, shared(other, wraps=(replace(wrap, party=REGULATOR.party),)))
    with pytest.raises(PayloadSealError, match="wrap"):
        unwrap_key(renamed, REGULATOR.party, CERTIFIER.secret)


def test_one_ciphertext_cannot_open_to_two_contents() -> None:
    """AES-GCM does not commit to its key: a submitter who wraps another key for one reader is found out."""
    content = sealed()
    false = replace(content, data_key=bytes(32))
    header = header_of(content, shared(content, wraps=wraps_for(false, [(CERTIFIER.party, CERTIFIER.public)])))
    with pytest.raises(PayloadSealError) as caught:
        unwrap_key(header, CERTIFIER.party, CERTIFIER.secret)
    assert caught.value.part == "key"


@pytest.mark.parametrize(
    "change", [lambda b: flipped(b, 0), lambda b: flipped(b, len(b) - 1), lambda b: b[:-1], lambda b: b + b"x"]
)
def test_an_altered_content_opens_nothing(change: Callable[[bytes], bytes]) -> None:
    content = sealed()
    body = change(content.sealed)
    header = header_of(content, shared(content, CERTIFIER))
    with pytest.raises(PayloadSealError) as caught:
        opened_by(CERTIFIER, header, body)
    assert caught.value.part == "content"


def test_a_content_altered_with_its_hash_fails_its_tag() -> None:
    content = sealed()
    body = flipped(content.sealed, 3)
    content = told_otherwise(content, digest=sha256(body))
    header = header_of(content, shared(content, CERTIFIER))
    with pytest.raises(PayloadSealError, match="altered"):
        opened_by(CERTIFIER, header, body)


def told_otherwise(content: SealedContent, **changes: object) -> SealedContent:
    """What a submitter may say of its own ciphertext, signed anew: the aad still binds what it was sealed as."""
    return replace(content, descriptor=replace(content.descriptor, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes", [{"kind": PayloadKind.FILE}, {"submitter": CERTIFIER.party}, {"statement": b"\x2c" * 32}]
)
def test_what_it_was_sealed_as_is_bound(changes: dict[str, object]) -> None:
    content = told_otherwise(sealed(), **changes)
    header = header_of(content, shared(content, CERTIFIER))
    with pytest.raises(PayloadSealError) as caught:
        opened_by(CERTIFIER, header, content.sealed)
    assert caught.value.part == "content"


def test_the_file_is_read_strictly() -> None:
    content = sealed()
    file = file_of(content, CERTIFIER)
    header, body = split(file)
    assert frame(header) + body == file
    assert header.payload == payload_id(content.descriptor) == content.payload
    length = int.from_bytes(file[16:PREFIX_BYTES], "big")
    document = file[PREFIX_BYTES : PREFIX_BYTES + length]
    spaced = json.dumps(json.loads(document)).encode()
    for bad in (
        b"",
        file[:19],
        b"tanji payload v2" + file[16:],
        MAGIC + bytes(4) + file[PREFIX_BYTES:],
        MAGIC + (131_073).to_bytes(4, "big") + file[PREFIX_BYTES:],
        MAGIC + (length - 1).to_bytes(4, "big") + file[PREFIX_BYTES:],
        MAGIC + len(spaced).to_bytes(4, "big") + spaced + body,
    ):
        with pytest.raises(MalformedError):
            split(bad)


def header_changes() -> list[tuple[str, Callable[[dict[str, object]], object]]]:
    def payload(name: str, value: object) -> Callable[[dict[str, object]], object]:
        return lambda d: d["payload"].__setitem__(name, value)  # type: ignore[attr-defined]

    def wrap(name: str, value: object) -> Callable[[dict[str, object]], object]:
        return lambda d: d["shares"][0]["wraps"][0].__setitem__(name, value)  # type: ignore[index]

    return [
        ("version", lambda d: d.__setitem__("v", 2)),
        ("unknown member", lambda d: d.__setitem__("name", "x")),
        ("no share", lambda d: d.__setitem__("shares", [])),
        ("a party in two shares", lambda d: d["shares"].append(d["shares"][0])),  # type: ignore[attr-defined]
        ("kind", payload("kind", "secret")),
        ("submitter", payload("submitter", "acme")),
        ("no content", payload("size", 16)),
        ("float", payload("size", "17")),
        ("hash of 31 bytes", payload("sha256", "0x" + "00" * 31)),
        ("capitals in hex", payload("keyHash", "0x" + "AB" * 32)),
        ("wrap of 79 bytes", wrap("wrapped", "A" * 105)),
        ("key of 33 bytes", wrap("key", "0x" + "00" * 33)),
        ("high s", lambda d: d["shares"][0].__setitem__("signature", "0x" + "ff" * 64 + "1b")),  # type: ignore[index]
        ("no signature", lambda d: d["shares"][0].pop("signature")),  # type: ignore[index]
    ]


@pytest.mark.parametrize("change", [c for _, c in header_changes()], ids=[name for name, _ in header_changes()])
def test_single_changes_of_a_header_are_refused(change: Callable[[dict[str, object]], object]) -> None:
    content = sealed()
    document = json.loads(json.dumps(header_document(header_of(content, shared(content, CERTIFIER)))))
    assert parse_header(document).payload == content.payload
    change(document)
    with pytest.raises(MalformedError):
        parse_header(document)


@pytest.mark.parametrize(
    "point",
    [
        bytes(32),
        b"\x01" + bytes(31),
        (2**255 - 19 - 1).to_bytes(32, "little"),
        bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        (2**255 - 19).to_bytes(32, "little"),
        b"\xff" * 32,
        bytes(31),
    ],
    ids=["zero", "one", "minus one", "order 8", "p", "beyond p", "short"],
)
def test_points_that_give_the_secret_away_are_refused(point: bytes) -> None:
    with pytest.raises(MalformedError) as caught:
        check_public_key(point, "/publicKey")
    assert caught.value.rule == "public-key"


def test_nothing_is_sealed_of_nothing() -> None:
    with pytest.raises(MalformedError):
        seal_content(b"", kind=PayloadKind.FILE, submitter=Party(HOLDER.party), statement=STATEMENT, created_at=1)


def test_secrets_are_in_no_representation() -> None:
    content = sealed()
    assert content.data_key.hex() not in repr(content)
    assert "wrapped" not in repr(shared(content, CERTIFIER).wraps[0])
