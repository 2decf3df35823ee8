"""C: log and proofs."""

from __future__ import annotations

import base64
import copy

from tests.reference import merkle
from tests.support.attacks.corpus import add, attack, changed_story
from tests.support.bodies import at
from tests.support.world import Case, Story, World, genuine, published, signed

_LOGGED = "certificate.logged"


def _proof(case: Case, name: str = "certificate") -> list[bytes]:
    text = at(case.document, f"/{name}/proof")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return [raw[at_ : at_ + 32] for at_ in range(0, len(raw), 32)]


def _with(case: Case, *, index: int | None = None, size: int | None = None, proof: list[bytes] | None = None) -> Case:
    item = case.document["certificate"]
    item["index"] = item["index"] if index is None else index
    item["size"] = item["size"] if size is None else size
    if proof is not None:
        item["proof"] = base64.urlsafe_b64encode(b"".join(proof)).decode().rstrip("=")
    return case


def _index() -> int:
    return published().indexes["certificate"]


def _size() -> int:
    return published().world.first_cover(_index()).size


@attack("C01", "rejected", _LOGGED)
def entry_offered_one_level_up() -> Case:
    case = genuine()
    return _with(case, index=_index() // 2, size=(_size() + 1) // 2, proof=_proof(case)[1:])


@attack("C01", "rejected", _LOGGED)
def inner_node_in_the_leafs_place() -> Case:
    # the leaf's parent is in the tree; the verifier derives the leaf from the statement, so it cannot be offered
    case = genuine()
    return _with(case, proof=_proof(case)[1:])


for _name, _index_of, _size_of in (
    ("index_plus_one", lambda i, n: i + 1, lambda i, n: n),
    ("index_minus_one", lambda i, n: i - 1, lambda i, n: n),
    ("index_is_size", lambda i, n: n, lambda i, n: n),
    ("index_beyond_size", lambda i, n: n + 5, lambda i, n: n),
    ("index_before_the_anchor", lambda i, n: i - 5, lambda i, n: n),
    ("index_0", lambda i, n: 0, lambda i, n: n),
    ("index_2_40", lambda i, n: 2**40, lambda i, n: n),
    ("size_halved", lambda i, n: i, lambda i, n: n // 2),
    ("size_doubled", lambda i, n: i, lambda i, n: n * 2),
    ("size_plus_one", lambda i, n: i, lambda i, n: n + 1),
    ("size_minus_one", lambda i, n: i, lambda i, n: n - 1),
):
    add(
        "C02", _name, "rejected", _LOGGED, "",
        lambda index_of=_index_of, size_of=_size_of: _with(  # type: ignore[misc]
            genuine(), index=index_of(_index(), _size()), size=size_of(_index(), _size())
        ),
    )  # fmt: skip


def _flip(proof: list[bytes], place: int) -> list[bytes]:
    made = list(proof)
    made[place] = bytes([made[place][0] ^ 1]) + made[place][1:]
    return made


for _name, _change in (
    ("first_hash_flipped", lambda p: _flip(p, 0)),
    ("last_hash_flipped", lambda p: _flip(p, -1)),
    ("first_hash_removed", lambda p: p[1:]),
    ("last_hash_removed", lambda p: p[:-1]),
    ("hash_inserted", lambda p: [p[0], bytes(32), *p[1:]]),
    ("hash_appended", lambda p: [*p, bytes(32)]),
    ("hashes_swapped", lambda p: [p[1], p[0], *p[2:]]),
):
    add("C03", _name, "rejected", _LOGGED, "", lambda change=_change: _with(genuine(), proof=change(_proof(genuine()))))  # type: ignore[misc]

for _name, _cut in (("hash_of_31_bytes", lambda b: b[:-1]), ("hash_of_33_bytes", lambda b: b + b"\0")):
    add(
        "C03", _name, "malformed", "", "",
        lambda cut=_cut: _with(genuine(), proof=[cut(b"".join(_proof(genuine())))]),  # type: ignore[misc]
    )  # fmt: skip


@attack("C04", "rejected", _LOGGED)
def last_leaf_duplicated() -> Case:
    leaves = published().world.leaves[: _size()]
    leaves = [*leaves, leaves[-1]]
    return _with(genuine(), size=len(leaves), proof=merkle.inclusion(_index(), leaves))


@attack("C05", "rejected", _LOGGED)
def proof_of_another_statement() -> Case:
    case = genuine()
    for member in ("index", "size", "proof"):
        case.document["certificate"][member] = copy.copy(case.document["footprint"][member])
    return case


@attack("C06", "rejected", _LOGGED, "not-included")
def another_good_signature_of_the_same_body() -> Case:
    case = genuine()
    story = published()
    again = signed(
        "certificate", story.issuers["certificate"], story.bodies["certificate"], "certifier-2",
        story.issued_at["certificate"],
    )  # fmt: skip
    case.document["certificate"]["statement"] |= {
        "signer": "0x" + again.signer.hex(), "signature": "0x" + again.signature.hex(),
    }  # fmt: skip
    from verifier.signature import to_checksum

    case.document["certificate"]["statement"]["signer"] = to_checksum(again.signer)
    return case


@attack("C07", "rejected", _LOGGED, "not-included")
def another_log_under_the_same_origin() -> Case:
    case = genuine()
    other = World()
    story = published()
    for leaf in story.world.leaves[: _index()]:
        other.append(merkle.leaf(leaf))
    index = other.append_statement(story.statements["certificate"])
    other.append_noise(_size() - len(other.leaves))
    return _with(case, proof=merkle.inclusion(index, other.leaves))


@attack("C05", "rejected", "footprint.logged", "not-included")
def footprint_never_logged() -> Case:
    return changed_story(lambda story: story.leaf_of.update(footprint=lambda _: merkle.leaf(b"something else")))


@attack("D17", "rejected", _LOGGED, "not-included")
def certificate_logged_as_a_bare_hash() -> Case:
    from verifier.statement import _encode_entry
    from verifier.summary import derive_summary, hash_summary

    def bare(statement):  # type: ignore[no-untyped-def]
        summary = hash_summary(derive_summary("certificate", statement.body))
        return merkle.leaf(_encode_entry(statement, summary, None))

    return changed_story(lambda story: story.leaf_of.update(certificate=bare))


__all__ = ["Story"]
