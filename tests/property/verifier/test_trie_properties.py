"""Tries and RLP against naive ones: every word present or absent, and nothing but the typed error out of bad bytes."""

from __future__ import annotations

import re

import pytest
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference import mpt
from tests.reference import rlp as reference
from verifier import rlp, trie
from verifier.account import account_at, parse_account, parse_storage_word, word_at
from verifier.errors import MalformedError, TrieError, TrieGapError
from verifier.header import parse_header
from verifier.trie import NodeSet, decode_node, lookup, prove

ITEMS = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=20), max_leaves=30)
KEYS = st.integers(0, 2**16).map(lambda n: n.to_bytes(32, "big"))
WORDS = st.dictionaries(KEYS, st.integers(1, 2**256 - 1), max_size=60)


@settings(max_examples=200, deadline=None)
@given(ITEMS)
def test_rlp_of_any_item(item: object) -> None:
    data = reference.encode(item)
    assert rlp.encode(item) == data  # type: ignore[arg-type]
    assert rlp.decode(data) == item


@settings(max_examples=400, deadline=None)
@given(
    st.binary(max_size=80)
    | ITEMS.map(reference.encode).flatmap(lambda data: st.integers(0, len(data)).map(lambda n: data[:n]))
)
def test_rlp_of_any_bytes(data: bytes) -> None:
    try:
        expected: object = reference.decode(data)
    except ValueError:
        expected = None
    try:
        given: object = rlp.decode(data)
    except rlp.RlpError:
        given = None
    assert given == expected


@settings(max_examples=60, deadline=None)
@given(WORDS, KEYS)
def test_every_word_of_a_trie_is_present_or_proven_absent(words: dict[bytes, int], other: bytes) -> None:
    made = mpt.Trie({key: mpt.word(value) for key, value in words.items()})
    keys = [*list(words)[:8], other]
    nodes = NodeSet(node for key in keys for node in made.prove(key))
    for key in keys:
        expected = words.get(key, 0).to_bytes(32, "big")
        assert word_at(made.root, key, nodes) == expected
        proof = made.prove(key)
        assert parse_storage_word(prove(made.root, keccak(key), proof)) == expected
        for at in range(len(proof)):
            with pytest.raises(TrieError):
                prove(made.root, keccak(key), proof[:at] + proof[at + 1 :])
            with pytest.raises(TrieError):
                prove(made.root, keccak(key), [*proof[: at + 1], proof[at], *proof[at + 1 :]])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_one_bit_of_any_node_is_noticed(data: st.DataObject) -> None:
    made = mpt.Trie({n.to_bytes(32, "big"): mpt.word(n + 1) for n in range(50)})
    key = data.draw(st.integers(0, 60)).to_bytes(32, "big")
    proof = made.prove(key)
    at = data.draw(st.integers(0, len(proof) - 1))
    node = bytearray(proof[at])
    node[data.draw(st.integers(0, len(node) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(TrieError):
        prove(made.root, keccak(key), [*proof[:at], bytes(node), *proof[at + 1 :]])
    with pytest.raises(TrieGapError):
        lookup(made.root, keccak(key), NodeSet([*proof[:at], bytes(node), *proof[at + 1 :]]))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=120) | ITEMS.map(reference.encode))
def test_a_node_or_header_of_any_bytes_is_read_or_refused(data: bytes) -> None:
    for read, error in ((decode_node, TrieError), (parse_header, MalformedError)):
        try:
            read(data)
        except error:
            continue


def test_a_small_trie_with_embedded_nodes() -> None:
    """Account values are long; values of a byte under keys that share 62 nibbles give nodes that stand in their parent."""
    nibbles = [[*([1] * 62), n, 0] for n in range(3)]
    pairs = [(path, bytes([65 + n])) for n, path in enumerate(nibbles)]
    top = mpt.structure(pairs, 0)
    branch = mpt.structure(pairs, 62)
    assert all(child == b"" or isinstance(child, list) for child in branch[:16])
    nodes = NodeSet([reference.encode(top), reference.encode(branch)])
    for path, value in pairs:
        key = bytes(high * 16 + low for high, low in zip(path[::2], path[1::2], strict=True))
        assert lookup(keccak(reference.encode(top)), key, nodes) == value
    absent = bytes([0x11] * 31 + [0x01])
    assert lookup(keccak(reference.encode(top)), absent, nodes) is None


def test_an_account_is_read_or_proven_absent() -> None:
    made = mpt.Trie({bytes([n]) * 20: mpt.account(n, n**9, bytes([n]) * 32, b"c" * 32) for n in range(1, 30)})
    nodes = NodeSet(node for n in range(35) for node in made.prove(bytes([n]) * 20))
    account = account_at(made.root, b"\x07" * 20, nodes)
    assert account is not None
    assert (account.nonce, account.balance, account.storage_root) == (7, 7**9, b"\x07" * 32)
    assert account_at(made.root, b"\x20" * 20, nodes) is None


CHILDREN = st.sampled_from([b"", b"", b"h" * 32, b"\x80" * 32, b"\xa0" * 31, b"x", [b"\x20", b"v"]])
NODES = st.lists(CHILDREN, min_size=16, max_size=18) | st.tuples(
    st.sampled_from([b"\x20", b"\x3a", b"\x1a\xbb", b"\x00\xab", b"\x20" + b"k" * 31, b"\x02", b"\x40\x00", b""]),
    st.sampled_from([b"", b"v", b"\x81", b"v" * 2, b"h" * 32, b"v" * 55, b"v" * 56, b"v" * 180, b"v" * 300]),
).map(list)


FULL = st.lists(st.binary(min_size=32, max_size=32), min_size=16, max_size=16).map(lambda some: [*some, b""])


def careful(raw: bytes) -> object:
    try:
        node, end = trie._read_node(raw, 0, len(raw))
    except (TrieError, rlp.RlpError):
        return None
    return node if end == len(raw) else None


@settings(max_examples=600, deadline=None)
@given((NODES | FULL).map(reference.encode), st.data())
def test_the_quick_way_reads_what_the_careful_way_reads(raw: bytes, data: st.DataObject) -> None:
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :]
    try:
        node: object = decode_node(raw)
    except TrieError:
        node = None
    expected = careful(raw)
    if isinstance(node, re.Match):
        assert isinstance(expected, trie.Branch)
        assert tuple(child or b"" for child in node.groups()) == expected.children
    elif isinstance(node, bytes):
        assert isinstance(expected, trie.Branch)
        assert tuple(node[place] for place in trie._FULL_BRANCH_CHILD.values()) == expected.children
    else:
        assert node == expected


NUMBERS = st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0x100, 1 << 63]) | st.integers(0, (1 << 80) - 1)


def account_fields(raw: bytes) -> list[bytes] | None:
    try:
        items = rlp.decode(raw)
    except rlp.RlpError:
        return None
    fields = [item for item in items if isinstance(item, bytes)] if isinstance(items, list) else []
    if len(fields) != len(items) or [len(field) for field in fields[2:]] != [32, 32]:
        return None
    sound = all(len(field) <= most and field[:1] != b"\0" for field, most in zip(fields, (8, 32), strict=False))
    return fields if sound else None


@settings(max_examples=400, deadline=None)
@given(NUMBERS, NUMBERS, st.data())
def test_an_account_is_what_strict_rlp_says(nonce: int, balance: int, data: st.DataObject) -> None:
    raw = reference.encode([rlp.encode_integer(nonce), rlp.encode_integer(balance), b"r" * 32, b"c" * 32])
    if data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw = raw[:at] + bytes([data.draw(st.integers(0, 255))]) + raw[at + 1 :]
    fields = account_fields(raw)
    try:
        account = parse_account(raw)
    except TrieError:
        assert fields is None
    else:
        assert [rlp.encode_integer(number) for number in account[:2]] + list(account[2:]) == fields
