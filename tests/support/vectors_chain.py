"""Vectors of what the chain and its keys make: signatures, digests, headers, storage proofs."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from eth_account import Account
from eth_hash.auto import keccak

from tests.reference import eip712, mpt, rlp
from tests.support.vector_cases import Operation, Request, flip

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
ACCOUNT = Account.from_key(sha256(b"vectors: a signer").digest())


def text(data: bytes) -> str:
    return "0x" + data.hex()


def signature_of(digest: bytes) -> str:
    return text(bytes(ACCOUNT.unsafe_sign_hash(digest).signature))


recover = Operation("signature.recover")
for count in range(4):  # among four, both values of v
    message = keccak(bytes([count]))
    recover.accept(
        f"message-{count}",
        "RFC 6979 signature by eth-account.",
        {"digest": text(message), "signature": signature_of(message)},
        ACCOUNT.address,
    )


def parts(request: Request) -> tuple[int, int, int]:
    raw = bytes.fromhex(request["signature"][2:])
    return int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64]


def put(request: Request, r: int, s: int, v: int) -> None:
    request["signature"] = text(r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v]))


@recover.reject("malformed", "signature-s")
def high_s_twin(request: Request) -> None:
    """n - s with the other v: the same key, another spelling."""
    r, s, v = parts(request)
    put(request, r, ORDER - s, 55 - v)


@recover.reject("malformed", "signature-s")
def s_zero(request: Request) -> None:
    """s = 0."""
    r, _, v = parts(request)
    put(request, r, 0, v)


@recover.reject("malformed", "signature-s")
def s_just_above_half(request: Request) -> None:
    """(n + 1) / 2."""
    r, _, v = parts(request)
    put(request, r, ORDER // 2 + 1, v)


@recover.reject("malformed", "signature-r")
def r_zero(request: Request) -> None:
    """r = 0."""
    _, s, v = parts(request)
    put(request, 0, s, v)


@recover.reject("malformed", "signature-r")
def r_is_the_order(request: Request) -> None:
    """r = n."""
    _, s, v = parts(request)
    put(request, ORDER, s, v)


@recover.reject("malformed", "signature-v")
def v_0(request: Request) -> None:
    """The recovery id itself."""
    r, s, v = parts(request)
    put(request, r, s, v - 27)


@recover.reject("malformed", "signature-v")
def v_29(request: Request) -> None:
    """29."""
    r, s, _ = parts(request)
    put(request, r, s, 29)


@recover.reject("malformed", "signature-v")
def v_of_eip_155(request: Request) -> None:
    """35 and above carry a chain id in transactions."""
    r, s, v = parts(request)
    put(request, r, s, v + 10)


@recover.reject("malformed", "signature-length")
def of_64_bytes(request: Request) -> None:
    """The short form of EIP-2098."""
    request["signature"] = request["signature"][:-2]


@recover.reject("malformed", "signature-length")
def of_66_bytes(request: Request) -> None:
    """A byte more."""
    request["signature"] += "00"


@recover.reject("malformed", "signature-length")
def empty(request: Request) -> None:
    """Nothing."""
    request["signature"] = "0x"


@recover.reject("signature.unrecoverable")
def r_on_no_point(request: Request) -> None:
    """r = 5 is no point's x coordinate."""
    _, s, v = parts(request)
    put(request, 5, s, v)


@recover.reject("malformed", "size")
def digest_of_31_bytes(request: Request) -> None:
    """A byte short."""
    request["digest"] = request["digest"][:-2]


CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
BODY_HASH = sha256(b"a body").digest()
STATEMENT: Request = {
    "chainId": 31337,
    "contract": CONTRACT,
    "kind": "certificate",
    "issuer": "uscc:91350100M000100Y43",
    "summary": "Certificate A-1 v1 \u00b7 0.10 kgCO2e per kilogram \u00b7 \u300c\u94a2\u677f\u300d",
    "bodyHash": text(BODY_HASH),
    "issuedAt": 1_767_225_600,
}


def statement_digest(request: Request) -> str:
    domain = {
        "name": "Tanji",
        "version": "1",
        "chainId": request["chainId"],
        "verifyingContract": bytes.fromhex(request["contract"][2:]),
    }
    values = request | {"bodyHash": bytes.fromhex(request["bodyHash"][2:])}
    return text(eip712.digest(domain, "Statement", eip712.STATEMENT, values))


digest = Operation("statement.digest")
for name, description, changed in (
    ("certificate", "A certificate.", {}),
    ("contract-in-lower-case", "The same contract without a checksum.", {"contract": CONTRACT.lower()}),
    ("another-chain", "Another chain id.", {"chainId": 1}),
    ("empty-text", "Empty strings are strings.", {"kind": "", "issuer": "", "summary": ""}),
    ("time-zero", "The least time.", {"issuedAt": 0}),
    ("latest-time", "The greatest uint64.", {"issuedAt": 2**64 - 1}),
):
    digest.accept(name, description, STATEMENT | changed, statement_digest(STATEMENT | changed))


@digest.reject("malformed", "checksum")
def contract_with_a_wrong_checksum(request: Request) -> None:
    """One letter's case changed."""
    request["contract"] = request["contract"].replace("F", "f", 1)


@digest.reject("malformed", "address")
def contract_short(request: Request) -> None:
    """19 bytes."""
    request["contract"] = request["contract"][:-2]


@digest.reject("malformed", "range")
def time_beyond_uint64(request: Request) -> None:
    """2^64."""
    request["issuedAt"] = 2**64


@digest.reject("malformed", "integer")
def time_as_text(request: Request) -> None:
    """Digits in a string, as a forgiving encoder takes them."""
    request["issuedAt"] = " 1 "


@digest.reject("malformed", "integer")
def chain_id_true(request: Request) -> None:
    """A boolean is no number."""
    request["chainId"] = True


@digest.reject("malformed", "size")
def body_hash_of_33_bytes(request: Request) -> None:
    """A byte long."""
    request["bodyHash"] += "00"


@digest.reject("malformed", "type")
def summary_null(request: Request) -> None:
    """A forgiving encoder hashes null as the empty string."""
    request["summary"] = None


@digest.reject("malformed", "missing-member")
def summary_missing(request: Request) -> None:
    """A forgiving encoder hashes what is missing as empty."""
    del request["summary"]


@digest.reject("malformed", "surrogate")
def summary_with_a_lone_surrogate(request: Request) -> None:
    """Text that is not UTF-8."""
    request["summary"] += "\ud800"


NAMED: Request = {"kind": "certificate", "issuer": "uscc:91350100M000100Y43", "bodyHash": text(BODY_HASH)}


def statement_id(request: Request) -> str:
    canonical = json.dumps(request, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    return text(sha256(b"\x02" + canonical).digest())


identity = Operation("statement.id")
identity.accept("certificate", "What was said by whom.", NAMED, statement_id(NAMED))
identity.accept(
    "footprint", "Another kind.", NAMED | {"kind": "footprint"}, statement_id(NAMED | {"kind": "footprint"})
)


@identity.reject("malformed", "hex")
def body_hash_in_capitals(request: Request) -> None:
    """Two spellings would be two ids."""
    request["bodyHash"] = "0x" + request["bodyHash"][2:].upper()


@identity.reject("malformed", "type")
def issuer_a_list(request: Request) -> None:
    """Not text."""
    request["issuer"] = [request["issuer"]]


@identity.reject("malformed", "bidi-control")
def issuer_with_an_override(request: Request) -> None:
    """Not of the profile."""
    request["issuer"] += "\u202e"


def h(name: str) -> bytes:
    return sha256(name.encode()).digest()


SLOTS = {n.to_bytes(32, "big"): n * n * 31 + 1 for n in range(40)}
STORAGE = mpt.Trie({slot: mpt.word(value) for slot, value in SLOTS.items()})
SMALL = mpt.Trie({bytes(32): mpt.word(2**255)})
ADDRESSES = [h(f"account {n}")[:20] for n in range(30)]
ROOTS = [STORAGE.root, SMALL.root, mpt.EMPTY_ROOT] + [mpt.EMPTY_ROOT] * 27
STATE = mpt.Trie(
    {
        address: mpt.account(number, 10**18 * number, root, h("code"))
        for number, (address, root) in enumerate(zip(ADDRESSES, ROOTS, strict=True))
    }
)

FIELDS: list[Any] = [
    h("parent"), h("ommers"), h("beneficiary")[:20], STATE.root, h("transactions"), h("receipts"), bytes(256),
    0, 21_000_000, 30_000_000, 12_345, 1_767_225_600, b"extra", h("mix"), bytes(8),
]  # fmt: skip
LATER = [10**9, h("withdrawals"), 0, 131_072, h("beacon root"), h("requests")]

header = Operation("header.hash")
for count, fork in ((6, "prague"), (0, "frontier"), (1, "london"), (2, "shanghai"), (5, "cancun")):
    encoded = rlp.encode(FIELDS + LATER[:count])
    header.accept(fork, f"{15 + count} fields.", {"rlp": text(encoded)}, text(keccak(encoded)))


def with_field(place: int, value: Any) -> str:
    return text(rlp.encode([*(FIELDS + LATER)[:place], value, *(FIELDS + LATER)[place + 1 :]]))


@header.reject("malformed", "header")
def fourteen_fields(request: Request) -> None:
    """One field too few."""
    request["rlp"] = text(rlp.encode(FIELDS[:14]))


@header.reject("malformed", "header")
def state_root_of_31_bytes(request: Request) -> None:
    """A byte short."""
    request["rlp"] = with_field(3, STATE.root[:31])


@header.reject("malformed", "header")
def number_with_a_leading_zero(request: Request) -> None:
    """Another spelling of the number."""
    request["rlp"] = with_field(8, b"\x00\x01")


@header.reject("malformed", "header")
def time_of_nine_bytes(request: Request) -> None:
    """Beyond uint64."""
    request["rlp"] = with_field(11, 2**64)


@header.reject("malformed", "header")
def parent_hash_a_list(request: Request) -> None:
    """A list where a hash is due."""
    request["rlp"] = with_field(0, [h("parent")])


@header.reject("malformed", "rlp.trailing")
def byte_after(request: Request) -> None:
    """A byte after the list."""
    request["rlp"] += "00"


@header.reject("malformed", "rlp.truncated")
def byte_missing(request: Request) -> None:
    """The last byte left out."""
    request["rlp"] = request["rlp"][:-2]


@header.reject("malformed", "rlp.length")
def length_with_a_leading_zero(request: Request) -> None:
    """The list's length spelt with one byte more."""
    data = bytes.fromhex(request["rlp"][2:])
    request["rlp"] = text(bytes([data[0] + 1, 0]) + data[1:])


@header.reject("malformed", "header")
def a_string(request: Request) -> None:
    """A string where a list is due."""
    request["rlp"] = text(rlp.encode(b"header"))


def proof_request(address: bytes, slot: bytes, storage: mpt.Trie | None) -> Request:
    return {
        "stateRoot": text(STATE.root),
        "address": text(address),
        "accountProof": [text(node) for node in STATE.prove(address)],
        "slot": text(slot),
        "storageProof": [] if storage is None else [text(node) for node in storage.prove(slot)],
    }


def slot_of(number: int) -> bytes:
    return number.to_bytes(32, "big")


def word(number: int) -> str:
    return text(number.to_bytes(32, "big"))


storage = Operation("storage.prove")
storage.accept(
    "present", "A word that is there.", proof_request(ADDRESSES[0], slot_of(7), STORAGE), word(SLOTS[slot_of(7)])
)
storage.accept(
    "absent", "A word that is proven not to be there.", proof_request(ADDRESSES[0], slot_of(10**6), STORAGE), word(0)
)
storage.accept("one-leaf", "A trie of one leaf.", proof_request(ADDRESSES[1], slot_of(0), SMALL), word(2**255))
storage.accept("other-leaf", "The only leaf is another's.", proof_request(ADDRESSES[1], slot_of(1), SMALL), word(0))
storage.accept("empty-trie", "No storage at all.", proof_request(ADDRESSES[2], slot_of(0), None), word(0))
EMPTY_WITH_NODE = proof_request(ADDRESSES[2], slot_of(0), None) | {"storageProof": ["0x80"]}
storage.accept(
    "empty-trie-with-its-node", "No storage, shown by the empty node as some nodes do.", EMPTY_WITH_NODE, word(0)
)
storage.accept(
    "absent-account",
    "No account, so no storage: every word is zero.",
    proof_request(h("nobody")[:20], slot_of(0), None),
    word(0),
)


@storage.reject("trie.malformed", "proof-order")
def another_state_root(request: Request) -> None:
    """One bit of the state root."""
    request["stateRoot"] = flip(request["stateRoot"])


@storage.reject("trie.malformed")
def another_account(request: Request) -> None:
    """The proof of an account offered for its neighbour."""
    request["address"] = text(ADDRESSES[1])


@storage.reject("trie.malformed")
def another_slot(request: Request) -> None:
    """The proof of a word offered for another."""
    request["slot"] = text(slot_of(8))


@storage.reject("trie.gap", "missing-node")
def last_node_missing(request: Request) -> None:
    """The walk does not end."""
    request["storageProof"].pop()


@storage.reject("trie.malformed", "proof-order")
def first_node_missing(request: Request) -> None:
    """The walk does not begin at the root."""
    request["storageProof"].pop(0)


@storage.reject("trie.gap", "missing-node")
def storage_proof_empty(request: Request) -> None:
    """Nothing shown is nothing proven, not a zero."""
    request["storageProof"] = []


@storage.reject("trie.gap", "missing-node")
def account_proof_empty(request: Request) -> None:
    """Nothing shown is nothing proven, not an absent account."""
    request["accountProof"] = []


@storage.reject("trie.malformed", "proof-order")
def nodes_swapped(request: Request) -> None:
    """Two nodes in the other order."""
    request["storageProof"].reverse()


@storage.reject("trie.malformed", "proof-extra")
def extra_node(request: Request) -> None:
    """A node more than the walk takes."""
    request["storageProof"].append(text(STATE.prove(ADDRESSES[0])[0]))


@storage.reject("trie.malformed")
def node_twice(request: Request) -> None:
    """The first node twice."""
    request["storageProof"].insert(0, request["storageProof"][0])


@storage.reject("trie.malformed", "proof-order")
def node_bit(request: Request) -> None:
    """One bit of a node."""
    request["accountProof"][-1] = flip(request["accountProof"][-1])


@storage.reject("trie.malformed", "proof-order")
def storage_of_another_account(request: Request) -> None:
    """The storage proof of another account's word."""
    request["storageProof"] = [text(node) for node in SMALL.prove(slot_of(0))]


@storage.reject("malformed", "size")
def slot_short(request: Request) -> None:
    """0x0 is no slot."""
    request["slot"] = "0x00"


@storage.reject("malformed", "type")
def proof_null(request: Request) -> None:
    """null for a list."""
    request["storageProof"] = None


OPERATIONS = (recover, digest, identity, header, storage)
