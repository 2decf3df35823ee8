"""Vectors of the log: Merkle proofs, checkpoints."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.reference import merkle
from tests.support.vector_cases import Operation, Request, flip


def text(data: bytes) -> str:
    return "0x" + data.hex()


LEAVES = [merkle.leaf(bytes([n]) * n) for n in range(21)]

leaf = Operation("merkle.leaf")
leaf.accept("some-bytes", "An entry.", {"data": "0x616263"}, text(merkle.leaf(b"abc")))
leaf.accept("no-bytes", "The empty entry.", {"data": "0x"}, text(merkle.leaf(b"")))


@leaf.reject("malformed", "hex")
def capital_hex(request: Request) -> None:
    """Hex is lower case."""
    request["data"] = "0x61626C"


@leaf.reject("malformed", "hex")
def odd_hex(request: Request) -> None:
    """Half a byte."""
    request["data"] = "0x61626"


@leaf.reject("malformed", "hex")
def space_in_hex(request: Request) -> None:
    """White space between bytes."""
    request["data"] = "0x61 6263"


@leaf.reject("malformed", "hex")
def no_0x(request: Request) -> None:
    """Without 0x."""
    request["data"] = "616263"


def inclusion_request(index: int, size: int) -> Request:
    return {
        "index": index,
        "size": size,
        "leaf": text(LEAVES[index]),
        "proof": [text(item) for item in merkle.inclusion(index, LEAVES[:size])],
        "root": text(merkle.root(LEAVES[:size])),
    }


inclusion = Operation("merkle.inclusion")
for place, total in ((13, 21), (0, 1), (20, 21), (16, 17), (6, 7), (7, 8), (0, 16)):
    inclusion.accept(f"leaf-{place}-of-{total}", "RFC 9162, 2.1.3.", inclusion_request(place, total), True)
DEEP = [sha256(bytes([n])).digest() for n in range(63)]


def climb(node: bytes, path: list[bytes]) -> bytes:
    for sibling in path:
        node = merkle.node(node, sibling)
    return node


inclusion.accept(
    "leaf-0-of-2-to-63",
    "The largest tree.",
    {
        "index": 0,
        "size": 2**63,
        "leaf": text(LEAVES[0]),
        "proof": [text(h) for h in DEEP],
        "root": text(climb(LEAVES[0], DEEP)),
    },
    True,
)


@inclusion.reject("proof", "root")
def index_less_one(request: Request) -> None:
    """The leaf before."""
    request["index"] -= 1


@inclusion.reject("proof", "root")
def index_plus_one(request: Request) -> None:
    """The leaf after."""
    request["index"] += 1


@inclusion.reject("proof", "range")
def index_is_the_size(request: Request) -> None:
    """Beyond the last leaf."""
    request["index"] = request["size"]


@inclusion.reject("malformed", "range")
def index_negative(request: Request) -> None:
    """-1."""
    request["index"] = -1


@inclusion.reject("proof", "range")
def size_zero(request: Request) -> None:
    """An empty tree holds nothing."""
    request["size"] = 0


@inclusion.reject("proof", "range")
def size_halved(request: Request) -> None:
    """Smaller than the index."""
    request["size"] //= 2


@inclusion.reject("proof", "proof-length")
def size_doubled(request: Request) -> None:
    """A tree one level higher."""
    request["size"] *= 2


@inclusion.reject("proof", "range")
def size_beyond_2_to_63(request: Request) -> None:
    """2^63 + 1."""
    request["size"] = 2**63 + 1


@inclusion.reject("malformed", "integer")
def size_true(request: Request) -> None:
    """A boolean."""
    request["size"] = True


@inclusion.reject("malformed", "integer")
def size_as_text(request: Request) -> None:
    """Digits in a string."""
    request["size"] = "21"


@inclusion.reject("proof", "root")
def leaf_bit(request: Request) -> None:
    """One bit of the leaf hash."""
    request["leaf"] = flip(request["leaf"])


@inclusion.reject("proof", "root")
def root_bit(request: Request) -> None:
    """One bit of the root."""
    request["root"] = flip(request["root"])


@inclusion.reject("proof", "root")
def first_hash_bit(request: Request) -> None:
    """One bit of the lowest sibling."""
    request["proof"][0] = flip(request["proof"][0])


@inclusion.reject("proof", "root")
def last_hash_bit(request: Request) -> None:
    """One bit of the highest sibling."""
    request["proof"][-1] = flip(request["proof"][-1])


@inclusion.reject("proof", "proof-length")
def hash_removed(request: Request) -> None:
    """The highest sibling left out."""
    request["proof"].pop()


@inclusion.reject("proof", "proof-length")
def hash_appended(request: Request) -> None:
    """The root as one more sibling."""
    request["proof"].append(request["root"])


@inclusion.reject("proof", "proof-length")
def hash_inserted(request: Request) -> None:
    """The leaf itself as the first sibling."""
    request["proof"].insert(0, request["leaf"])


@inclusion.reject("proof", "root")
def hashes_swapped(request: Request) -> None:
    """The two lowest siblings swapped."""
    request["proof"][:2] = request["proof"][1::-1]


@inclusion.reject("malformed", "size")
def hash_of_31_bytes(request: Request) -> None:
    """A byte short."""
    request["proof"][1] = request["proof"][1][:-2]


@inclusion.reject("malformed", "size")
def hash_of_33_bytes(request: Request) -> None:
    """A byte long."""
    request["proof"][1] += "00"


@inclusion.reject("malformed", "size")
def leaf_empty(request: Request) -> None:
    """No leaf hash."""
    request["leaf"] = "0x"


@inclusion.reject("malformed", "type")
def proof_not_a_list(request: Request) -> None:
    """One hash in place of the list."""
    request["proof"] = request["proof"][0]


def consistency_request(size1: int, size2: int) -> Request:
    return {
        "size1": size1,
        "size2": size2,
        "root1": text(merkle.root(LEAVES[:size1])),
        "root2": text(merkle.root(LEAVES[:size2])),
        "proof": [text(item) for item in merkle.consistency(size1, LEAVES[:size2])],
    }


consistency = Operation("merkle.consistency")
for old, new in ((6, 21), (1, 1), (1, 2), (8, 21), (16, 21), (20, 21), (21, 21), (3, 7)):
    consistency.accept(f"from-{old}-to-{new}", "RFC 9162, 2.1.4.", consistency_request(old, new), True)


@consistency.reject("proof", "root")
def roots_swapped(request: Request) -> None:
    """Old for new."""
    request["root1"], request["root2"] = request["root2"], request["root1"]


@consistency.reject("proof", "range")
def sizes_swapped(request: Request) -> None:
    """A tree does not shrink."""
    request["size1"], request["size2"] = request["size2"], request["size1"]


@consistency.reject("proof", "range")
def from_an_empty_tree(request: Request) -> None:
    """0 < size1 in the RFC: an empty tree says nothing."""
    request["size1"] = 0


@consistency.reject("proof", "root")
def old_root_bit(request: Request) -> None:
    """One bit of the old root."""
    request["root1"] = flip(request["root1"])


@consistency.reject("proof", "root")
def new_root_bit(request: Request) -> None:
    """One bit of the new root."""
    request["root2"] = flip(request["root2"])


@consistency.reject("proof", "root")
def proof_bit(request: Request) -> None:
    """One bit of a hash."""
    request["proof"][2] = flip(request["proof"][2])


@consistency.reject("proof", "proof-length")
def proof_empty(request: Request) -> None:
    """No hashes."""
    request["proof"] = []


@consistency.reject("proof", "proof-length")
def proof_shortened(request: Request) -> None:
    """The last hash left out."""
    request["proof"].pop()


@consistency.reject("proof", "proof-length")
def proof_lengthened(request: Request) -> None:
    """The last hash twice."""
    request["proof"].append(request["proof"][-1])


@consistency.reject("proof", "proof-length")
def equal_sizes_with_a_proof(request: Request) -> None:
    """Equal sizes and roots take no hashes."""
    request.update(size1=21, root1=request["root2"])


@consistency.reject("proof", "proof-length")
def old_size_a_power_of_two(request: Request) -> None:
    """4 for 6: the proof's first hash is not expected."""
    request["size1"] = 4


SECRET = Ed25519PrivateKey.from_private_bytes(sha256(b"vectors: a log's key").digest())
OTHER = Ed25519PrivateKey.from_private_bytes(sha256(b"vectors: another log's key").digest())
ORIGIN = "tanji/31337/0x5FbDB2315678afecb367f032d93F642f64180aa3"


def raw(secret: Ed25519PrivateKey) -> bytes:
    return secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def id_of(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def vkey(name: str, public: bytes) -> str:
    encoded = b64encode(b"\x01" + public).decode()
    return f"{name}+{id_of(name, public).hex()}+{encoded}"


def line(name: str, secret: Ed25519PrivateKey, body: str) -> str:
    blob = id_of(name, raw(secret)) + secret.sign(body.encode())
    return f"\u2014 {name} {b64encode(blob).decode()}\n"


ROOT = merkle.root(LEAVES)
BODY = f"{ORIGIN}\n21\n{b64encode(ROOT).decode()}\n"
KEY = vkey(ORIGIN, raw(SECRET))


def signed(body: str) -> str:
    return body + "\n" + line(ORIGIN, SECRET, body)


checkpoint = Operation("checkpoint.open")


def opened(name: str, description: str, note: str, size: int = 21) -> None:
    value = {"origin": ORIGIN, "size": size, "root": text(ROOT)}
    checkpoint.accept(name, description, {"note": note, "key": KEY}, value)


opened("one-signature", "A checkpoint and its log's signature.", signed(BODY))
opened(
    "with-a-witness",
    "A signature of a key we do not know, before ours.",
    BODY + "\n" + line("w", OTHER, BODY) + line(ORIGIN, SECRET, BODY),
)
opened("with-an-extension", "An extension line.", signed(BODY + "extension\n"))
opened(
    "same-name-other-key", "Our name over another key's id is another key's.", signed(BODY) + line(ORIGIN, OTHER, BODY)
)
opened("size-zero", "0 has no leading zero.", signed(BODY.replace("\n21\n", "\n0\n")), 0)


@checkpoint.reject("note.signature", "bad-signature")
def size_changed(request: Request) -> None:
    """22 in place of 21."""
    request["note"] = request["note"].replace("\n21\n", "\n22\n")


@checkpoint.reject("note.signature", "bad-signature")
def origin_changed(request: Request) -> None:
    """Another chain's log."""
    request["note"] = request["note"].replace("tanji/31337", "tanji/31338", 1)


@checkpoint.reject("note.signature", "bad-signature")
def signature_bit(request: Request) -> None:
    """One bit of the signature."""
    blob = bytearray(b64decode(request["note"].rsplit(" ", 1)[1]))
    blob[40] ^= 1
    request["note"] = request["note"].rsplit(" ", 1)[0] + " " + b64encode(blob).decode() + "\n"


@checkpoint.reject("note.signature", "unsigned")
def signed_by_another_key(request: Request) -> None:
    """The log's name over another key."""
    request["note"] = BODY + "\n" + line(ORIGIN, OTHER, BODY)


@checkpoint.reject("note.signature", "unsigned")
def signed_under_another_name(request: Request) -> None:
    """The log's key under another name."""
    request["note"] = BODY + "\n" + line("someone", SECRET, BODY)


@checkpoint.reject("note.signature", "bad-signature")
def second_signature_bad(request: Request) -> None:
    """Two lines claim our key and one does not hold."""
    blob = id_of(ORIGIN, raw(SECRET)) + bytes(64)
    request["note"] += f"\u2014 {ORIGIN} {b64encode(blob).decode()}\n"


@checkpoint.reject("malformed", "note")
def no_signature_lines(request: Request) -> None:
    """Nothing after the empty line."""
    request["note"] = BODY + "\n"


@checkpoint.reject("malformed", "note")
def no_final_newline(request: Request) -> None:
    """The last newline left out."""
    request["note"] = request["note"][:-1]


@checkpoint.reject("malformed", "note")
def hyphen_for_dash(request: Request) -> None:
    """A hyphen where an em dash is due."""
    request["note"] = request["note"].replace("\u2014", "-")


@checkpoint.reject("malformed", "note")
def control_character(request: Request) -> None:
    """A carriage return."""
    request["note"] = request["note"].replace("\n21\n", "\r\n21\n")


@checkpoint.reject("malformed", "base64")
def signature_spare_bits(request: Request) -> None:
    """Unused bits of the base64 set."""
    note = request["note"]
    assert note.endswith("=\n")
    at = len(note) - (4 if note.endswith("==\n") else 3)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    request["note"] = note[:at] + alphabet[alphabet.index(note[at]) + 1] + note[at + 1 :]


@checkpoint.reject("malformed", "note")
def a_hundred_and_one_signatures(request: Request) -> None:
    """More than 100 signatures."""
    request["note"] += line("w", OTHER, BODY) * 100


@checkpoint.reject("malformed", "checkpoint")
def size_with_a_leading_zero(request: Request) -> None:
    """021, well signed."""
    request["note"] = signed(BODY.replace("\n21\n", "\n021\n"))


@checkpoint.reject("malformed", "checkpoint")
def size_with_a_plus(request: Request) -> None:
    """+21, well signed."""
    request["note"] = signed(BODY.replace("\n21\n", "\n+21\n"))


@checkpoint.reject("malformed", "checkpoint")
def size_full_width(request: Request) -> None:
    """Full-width digits, well signed."""
    request["note"] = signed(BODY.replace("\n21\n", "\n\uff12\uff11\n"))


@checkpoint.reject("malformed", "checkpoint")
def root_of_33_bytes(request: Request) -> None:
    """A byte long, well signed."""
    longer = b64encode(ROOT + b"x").decode()
    request["note"] = signed(f"{ORIGIN}\n21\n{longer}\n")


@checkpoint.reject("malformed", "base64")
def root_without_padding(request: Request) -> None:
    """The base64 padding left out, well signed."""
    request["note"] = signed(BODY.replace("=", ""))


@checkpoint.reject("malformed", "checkpoint")
def origin_empty(request: Request) -> None:
    """No origin, well signed."""
    request["note"] = signed(BODY.removeprefix(ORIGIN))


@checkpoint.reject("malformed", "checkpoint")
def extension_empty(request: Request) -> None:
    """An empty extension line, well signed."""
    request["note"] = signed(BODY + "\nx\n")


@checkpoint.reject("malformed", "key-id")
def key_id_changed(request: Request) -> None:
    """The key's id is not that of the key."""
    name, key_id, key = request["key"].split("+", 2)
    request["key"] = f"{name}+{flip('0x' + key_id)[2:]}+{key}"


@checkpoint.reject("malformed", "key-algorithm")
def key_of_another_algorithm(request: Request) -> None:
    """Type 2 is ECDSA."""
    public = raw(SECRET)
    key_id = sha256(ORIGIN.encode() + b"\n\x02" + public).digest()[:4]
    encoded = b64encode(b"\x02" + public).decode()
    request["key"] = f"{ORIGIN}+{key_id.hex()}+{encoded}"


@checkpoint.reject("malformed", "low-order-key")
def key_of_low_order(request: Request) -> None:
    """The neutral element, under which a signature holds for anything."""
    request["key"] = vkey(ORIGIN, b"\x01" + bytes(31))


@checkpoint.reject("malformed", "verifier-key")
def key_id_in_capitals(request: Request) -> None:
    """Hex is lower case."""
    name, key_id, key = request["key"].split("+", 2)
    request["key"] = f"{name}+{key_id.upper()}+{key}"


OPERATIONS = (leaf, inclusion, consistency, checkpoint)
