"""Merkle-Patricia tries (Ethereum yellow paper, appendix D), read from a set of nodes by hash and nothing else.

    branch      rlp[ child 0 .. child f, value ]                    value empty: every key here has 64 nibbles
    extension   rlp[ hex-prefix(path, 0), child ]                   path not empty
    leaf        rlp[ hex-prefix(path, 1), value ]                   value not empty
    child       empty | 32-byte hash of a node of 32 bytes or more | the node itself when its RLP is shorter
    hex-prefix  first nibble 0 extension, 2 leaf, +1 when the path is odd; even: a zero nibble pads; then the path

Keys are keccak256 hashes, so every path has 64 nibbles. A key is proven absent by an empty child, by a leaf or an
extension that leads elsewhere, or by the empty trie; a node that is missing is a gap, never an absence.
"""

from collections.abc import Iterable, Iterator, Sequence
from re import DOTALL, Match
from re import compile as compile_pattern
from typing import Final, NamedTuple, Protocol, TypeAlias

from verifier.errors import TrieError, TrieGapError
from verifier.hashing import keccak256
from verifier.rlp import RlpError, payload_bounds

__all__ = ["EMPTY_ROOT", "NodeSet", "TrieError", "TrieGapError", "decode_node", "lookup", "prove"]

EMPTY_ROOT: Final = bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421")  # of 0x80
_EMPTY_NODE: Final = b"\x80"
_MAX_NODE_BYTES: Final = 1 << 16
_KEY_NIBBLES: Final = 64
_SHORTCUT: Final = 2  # nibbles: one byte of the key
# The payload of nearly every branch: sixteen children, each none or a hash, and no value.
_PLAIN_PAYLOAD: Final = compile_pattern(rb"(?:\xa0(.{32})|\x80)" * 16 + rb"\x80", DOTALL)
# A branch with sixteen hashes, as nearly all near the root are: a list of 16 · 33 + 1 bytes, each 33 of them begun by a0.
_FULL_BRANCH: Final = b"\xf9\x02\x11"
_FULL_BRANCH_BYTES: Final = 3 + 16 * 33 + 1
_FULL_BRANCH_HEADS: Final = b"\xa0" * 16 + b"\x80"
_GROUP: Final = {digit: group for group, digit in enumerate("0123456789abcdef", 1)}
_FULL_BRANCH_CHILD: Final = {digit: slice(33 * group - 29, 33 * group + 3) for digit, group in _GROUP.items()}


class Leaf(NamedTuple):
    """The end of a path: its remaining nibbles, as hex digits, and the value."""

    path: str
    value: bytes


class Extension(NamedTuple):
    """Nibbles shared by everything below, as hex digits, and the node below."""

    path: str
    child: "Child"


class Branch(NamedTuple):
    """Sixteen children, by the next nibble, some of them nodes that stand here themselves."""

    children: "tuple[Child, ...]"


# A branch whose children are all empty or hashes: the match of its payload, whose groups 1 to 16 are the hashes. A walk
# asks for one of the sixteen, and that one alone is cut out.
PlainBranch: TypeAlias = Match[bytes]
FullBranch: TypeAlias = bytes  # all sixteen are hashes: the bytes themselves, whose 532 places are known
ReadNode: TypeAlias = Leaf | Extension | Branch
Node: TypeAlias = ReadNode | PlainBranch | FullBranch
Child: TypeAlias = bytes | ReadNode  # empty bytes: none; 32 bytes: a hash; else the node itself


class Nodes(Protocol):
    """Where the walk takes nodes from.

    decoded: nodes met before, by hash. shortcuts: where walks stand after two nibbles, by root and first byte of the key;
    None where every node must be met.
    """

    decoded: "dict[bytes, Node]"
    shortcuts: dict[bytes, bytes] | None

    def node(self, node_hash: bytes) -> Node:
        """The node with this hash, not met before. Raises TrieGapError when it is not there, TrieError when malformed."""


class NodeSet:
    """Trie nodes of any number of tries, hashed as they are put in, decoded once when first asked for."""

    __slots__ = ("_raw", "decoded", "shortcuts")

    def __init__(self, nodes: Iterable[bytes] = ()) -> None:
        self.shortcuts: dict[bytes, bytes] | None = {}
        nodes = tuple(nodes)
        self._raw = dict(zip(map(keccak256, nodes), nodes, strict=True))
        self.decoded: dict[bytes, Node] = {}

    def __len__(self) -> int:
        return len(self._raw)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._raw.values())

    def __contains__(self, node_hash: object) -> bool:
        return node_hash in self._raw

    def add(self, node: bytes) -> bytes:
        """Puts one node in; its hash."""
        node_hash = keccak256(node)
        self._raw[node_hash] = node
        return node_hash

    def used(self) -> tuple[bytes, ...]:
        """The nodes that walks have met so far: what a smaller set needs to answer the same questions."""
        return tuple(self._raw[node_hash] for node_hash in self.decoded)

    def node(self, node_hash: bytes) -> Node:
        """The node with this hash, decoded and kept in `decoded`. Raises TrieGapError, TrieError."""
        raw = self._raw.get(node_hash)
        if raw is None:
            raise TrieGapError(node_hash)
        node = self.decoded[node_hash] = decode_node(raw)
        return node


class _Path:
    """Nodes that must be exactly those of one walk, in its order."""

    def __init__(self, proof: Sequence[bytes]) -> None:
        self.decoded: dict[bytes, Node] = {}
        self.shortcuts: dict[bytes, bytes] | None = None
        self._proof = proof
        self.used = 0

    def node(self, node_hash: bytes) -> Node:
        if self.used == len(self._proof):
            raise TrieGapError(node_hash)
        raw = self._proof[self.used]
        if keccak256(raw) != node_hash:
            raise TrieError("proof-order", f"node {self.used} is not 0x{node_hash.hex()}")
        self.used += 1
        return decode_node(raw)


def lookup(root: bytes, key_hash: bytes, nodes: Nodes) -> bytes | None:
    """The value (still RLP) under the 32-byte `key_hash` in the trie with this `root`; None when proven absent.

    Raises TrieGapError where a needed node is missing, TrieError where one is malformed.
    """
    if root == EMPTY_ROOT:
        return None
    key = key_hash.hex()
    if len(key) != _KEY_NIBBLES:
        raise TrieError("key-length", f"{len(key_hash)} bytes where 32 are due")
    met, shortcuts = nodes.decoded, nodes.shortcuts
    child: Child = root
    at = 0
    if shortcuts is not None and (known := shortcuts.get(root + key_hash[:1])) is not None:
        child, at = known, _SHORTCUT
    while True:
        node: Node = (met.get(child) or nodes.node(child)) if isinstance(child, bytes) else child
        if isinstance(node, Leaf):
            return _leaf_value(node, key, at)
        if isinstance(node, Extension):
            if not _leads_on(node, key, at):
                return None
            at += len(node.path)
            child = node.child
            continue
        if at == _KEY_NIBBLES:
            raise TrieError("path-length", "a branch below the last nibble")
        if isinstance(node, bytes):
            child = node[_FULL_BRANCH_CHILD[key[at]]]
        else:
            group = _GROUP[key[at]]
            child = node[group] if isinstance(node, Match) else node.children[group - 1]
            if not child:
                return None
        at += 1
        if at == _SHORTCUT and shortcuts is not None and isinstance(child, bytes):
            shortcuts[root + key_hash[:1]] = child


def _leads_on(node: Extension, key: str, at: int) -> bool:
    if at + len(node.path) >= _KEY_NIBBLES:
        raise TrieError("path-length", "an extension beyond the last nibble")
    return key.startswith(node.path, at)


def _leaf_value(node: Leaf, key: str, at: int) -> bytes | None:
    if at + len(node.path) != _KEY_NIBBLES:
        raise TrieError("path-length", f"a leaf ends after {at + len(node.path)} nibbles")
    return node.value if key.startswith(node.path, at) else None


def prove(root: bytes, key_hash: bytes, proof: Sequence[bytes]) -> bytes | None:
    """As lookup, from a list (as of `eth_getProof`) that must hold exactly the nodes of the walk, root first.

    No node may be missing, extra, twice or out of order. The empty trie is shown by no node, or by its one, 0x80.

    Raises TrieGapError, TrieError (`proof-order`, `proof-extra`, or a malformed node).
    """
    if root == EMPTY_ROOT and list(proof) in ([], [_EMPTY_NODE]):
        return None
    path = _Path(proof)
    value = lookup(root, key_hash, path)
    if path.used != len(proof):
        raise TrieError("proof-extra", f"{len(proof) - path.used} nodes more than the walk takes")
    return value


def decode_node(raw: bytes) -> Node:
    """The node that 32 or more bytes of RLP hold, or the root of a trie so small that they are fewer.

    Raises TrieError: `node-size`, `node-rlp`, and the rules of each kind.
    """
    if len(raw) > _MAX_NODE_BYTES:
        raise TrieError("node-size", f"{len(raw)} bytes")
    if len(raw) == _FULL_BRANCH_BYTES and raw[3::33] == _FULL_BRANCH_HEADS and raw.startswith(_FULL_BRANCH):
        return raw
    plain: Node | None = _plain_short_node(raw) or _plain_branch(raw)
    if plain is not None:
        return plain
    try:
        node, end = _read_node(raw, 0, len(raw))
    except RlpError as error:
        raise TrieError("node-rlp", str(error)) from error
    if end != len(raw):
        raise TrieError("node-rlp", "bytes after the node")
    return node


def _plain_branch(raw: bytes) -> PlainBranch | None:
    """The branch whose children are all empty or hashes, checked at C's speed; None where the careful way must look."""
    if raw[:1] == b"\xf9":
        start, least = 3, 256
    elif raw[:1] == b"\xf8":
        start, least = 2, 56
    else:
        return None
    length = len(raw) - start
    if length < least or int.from_bytes(raw[1:start], "big") != length:
        return None
    return _PLAIN_PAYLOAD.fullmatch(raw, start)


def _plain_short_node(raw: bytes) -> Leaf | Extension | None:
    """The leaf or extension made of two strings of 2 to 255 bytes; None where the careful way must look."""
    length = len(raw)
    if length < 4 or length > 255:
        return None
    first = raw[0]
    if first == 0xF8 and raw[1] == length - 2 >= 56:
        at = 2
    elif first == 0xC0 + length - 1 <= 0xF7:
        at = 1
    else:
        return None
    path = raw[at]
    middle = at + path - 0x7F
    if not 0x82 <= path <= 0xB7 or middle + 2 > length:
        return None
    second = raw[middle]
    if second == 0xB8 and raw[middle + 1] >= 56:
        start, size = middle + 2, raw[middle + 1]
    elif 0x82 <= second <= 0xB7:
        start, size = middle + 1, second - 0x80
    else:
        return None
    return _short_node(raw[at + 1 : middle], raw[start:]) if start + size == length else None


def _read_node(data: bytes, at: int, limit: int) -> tuple[ReadNode, int]:
    """The node at `at` and where it ends; embedded nodes recurse, at most 31 bytes deep."""
    if at >= limit or data[at] < 0xC0:
        raise TrieError("node", "not a list")
    start, stop = payload_bounds(data, at, limit)
    items: list[Child] = []
    while start < stop:
        first = data[start]
        if first == 0x80:  # most children of most branches
            items.append(b"")
            start += 1
        elif first == 0xA0 and start + 33 <= stop:
            items.append(data[start + 1 : start + 33])
            start += 33
        elif first >= 0xC0:
            end = payload_bounds(data, start, stop)[1]
            if end - start >= 32:
                raise TrieError("embedded-size", f"an embedded node of {end - start} bytes")
            items.append(_read_node(data, start, stop)[0])
            start = end
        else:
            item, start = _read_string(data, start, stop)
            items.append(item)
    return _shape(items), stop


def _read_string(data: bytes, at: int, limit: int) -> tuple[bytes, int]:
    if data[at] < 0x80:
        return data[at : at + 1], at + 1
    start, stop = payload_bounds(data, at, limit)
    if stop - start == 1 and data[start] < 0x80:
        raise RlpError("not-minimal", at)
    return data[start:stop], stop


def _shape(items: list[Child]) -> ReadNode:
    if len(items) == 17:
        if items[16] != b"":
            raise TrieError("branch-value", "a value in a branch, where every key has 64 nibbles")
        children = tuple(items[:16])
        for child in children:
            if type(child) is bytes and len(child) not in (0, 32):
                raise TrieError("child", f"a child of {len(child)} bytes")
        return Branch(children)
    if len(items) == 2:
        return _short_node(items[0], items[1])
    raise TrieError("node", f"a list of {len(items)} items")


def _short_node(prefix: Child, second: Child) -> Leaf | Extension:
    if type(prefix) is not bytes or not prefix:
        raise TrieError("hex-prefix", "no path")
    digits = prefix.hex()
    flag = digits[0]
    if flag in "13":
        path = digits[1:]
    elif flag in "02" and digits[1] == "0":
        path = digits[2:]
    else:
        raise TrieError("hex-prefix", f"0x{digits[:2]}")
    if flag in "23":
        if type(second) is not bytes or not second:
            raise TrieError("leaf-value", "empty, or no string")
        return Leaf(path, second)
    if not path:
        raise TrieError("hex-prefix", "an extension without a path")
    if type(second) is bytes and len(second) != 32:
        raise TrieError("child", f"an extension's child of {len(second)} bytes")
    return Extension(path, second)
