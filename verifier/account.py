"""What Ethereum's tries hold: accounts, and storage words.

account        rlp[ nonce, balance, storageRoot (32), codeHash (32) ]       numbers without leading zeros
storage value  rlp( word without leading zeros )                            a zero word is never stored
"""

from re import DOTALL
from re import compile as compile_pattern
from typing import Final, NamedTuple

from verifier.errors import TrieError
from verifier.hashing import keccak256
from verifier.rlp import Item, RlpError, decode
from verifier.trie import Nodes, lookup

ZERO_WORD: Final = bytes(32)
# Nearly every account, checked at C's speed: a nonce of at most three bytes, a balance of at most nine; strict RLP.
_LENGTHS: Final = rb"(\x80|[\x01-\x7f]|\x81[\x80-\xff]|\x82[\x01-\xff].|\x83[\x01-\xff]..%s)"
_LONGER: Final = b"".join(rb"|\x%x[\x01-\xff]" % (0x80 + size) + b"." * (size - 1) for size in range(4, 10))
_PLAIN_ACCOUNT: Final = compile_pattern(
    rb"\xf8([\x44-\xff])" + _LENGTHS % b"" + _LENGTHS % _LONGER + rb"\xa0(.{32})\xa0(.{32})", DOTALL
)


class Account(NamedTuple):
    """An account of the state trie. balance: wei; storage_root, code_hash: 32 bytes."""

    nonce: int
    balance: int
    storage_root: bytes
    code_hash: bytes


def parse_account(value: bytes) -> Account:
    """The account in a state trie's value. Raises TrieError: `account`."""
    plain = _PLAIN_ACCOUNT.fullmatch(value)
    if plain is not None and plain[1][0] == len(value) - 2:
        return Account(_plain_number(plain[2]), _plain_number(plain[3]), plain[4], plain[5])
    fields = _decoded(value, "account")
    if not isinstance(fields, list) or len(fields) != 4:
        raise TrieError("account", "not a list of four")
    nonce, balance, storage_root, code_hash = fields
    return Account(
        nonce=_number(nonce, 8),
        balance=_number(balance, 32),
        storage_root=_hash(storage_root),
        code_hash=_hash(code_hash),
    )


def parse_storage_word(value: bytes | None) -> bytes:
    """The 32-byte word of a storage trie's value; the zero word for None (proven absent).

    Raises TrieError: `storage-value`.
    """
    if value is None:
        return ZERO_WORD
    if len(value) == 33 and value[0] == 0xA0 and value[1]:  # a hash, or another word that fills its slot
        return value[1:]
    word = _decoded(value, "storage-value")
    if not isinstance(word, bytes) or not 1 <= len(word) <= 32 or word[0] == 0:
        raise TrieError("storage-value", "not a number of 1 to 32 bytes without leading zeros")
    return word.rjust(32, b"\x00")


def account_at(state_root: bytes, address: bytes, nodes: Nodes) -> Account | None:
    """The account of a 20-byte address under a state root; None when proven absent. Raises TrieError."""
    value = lookup(state_root, keccak256(address), nodes)
    return None if value is None else parse_account(value)


def word_at(storage_root: bytes, slot: bytes, nodes: Nodes) -> bytes:
    """The 32-byte word at a 32-byte slot under a storage root; zero when proven absent. Raises TrieError."""
    value = lookup(storage_root, keccak256(slot), nodes)
    return ZERO_WORD if value is None else parse_storage_word(value)


def _plain_number(item: bytes) -> int:
    """The number of an RLP string that a pattern has checked."""
    return item[0] % 0x80 if len(item) == 1 else int.from_bytes(item[1:], "big")


def _decoded(value: bytes, rule: str) -> Item:
    try:
        return decode(value)
    except RlpError as error:
        raise TrieError(rule, str(error)) from error


def _hash(field: Item) -> bytes:
    if not isinstance(field, bytes) or len(field) != 32:
        raise TrieError("account", "a hash that is not 32 bytes")
    return field


def _number(field: Item, most_bytes: int) -> int:
    if not isinstance(field, bytes) or len(field) > most_bytes or field[:1] == b"\x00":
        raise TrieError("account", "a number with leading zeros or too long")
    return int.from_bytes(field, "big")
