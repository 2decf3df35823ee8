"""Forged with accomplices: statements no honest log admits, really logged and anchored by an operator that looks away.

What is left to catch them is the verifier alone (P1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.demo import cast
from api.demo.forgeries.edits import BASE
from api.demo.forgeries.model import Forgery, Saying, members
from api.demo.forgeries.workshop import Body, Said, Workshop, entry_of
from api.demo.stage import DAY
from api.demo.story import STOLEN_FOR, WITHDRAWN
from ledger.log.hashes import subtree_root
from verifier.canonical import canonicalize
from verifier.eip712 import domain_separator
from verifier.encoding import to_base64url, to_hex
from verifier.hashing import keccak256
from verifier.merkle import leaf_hash
from verifier.signature import to_checksum
from verifier.statement import Statement, statement_id
from verifier.summary import derive_summary, hash_summary
from verifier.types import Address, Digest

_SIGNATURE: Final = "certificate.signature"
_ISSUER: Final = "certificate.issuer"
LOOK_ALIKE: Final = Address(keccak256(b"a look-alike AnchorLog")[12:])


# ---------------------------------------------------------------- signatures


def _in_domain(chain_id: int | None = None, contract: Address | None = None) -> Saying:
    def said(workshop: Workshop) -> Said:
        deployment = workshop.stage.deployment
        separator = domain_separator(chain_id or deployment.chain_id, contract or deployment.anchor_log)
        return _signed(workshop, separator=separator)

    return said


def _signed(workshop: Workshop, *, separator: bytes | None = None, issued_at: int | None = None) -> Said:
    one = workshop.genuine(BASE)
    certificate = workshop.sign(
        "certificate", cast.CERTIFIER_A, workshop.body(one), cast.key("certifier-a"),
        separator=separator, issued_at=issued_at,
    )  # fmt: skip
    return replace(workshop.offered(one), certificate=certificate)


def _plain_message(workshop: Workshop) -> Said:
    def wrap(digest: Digest) -> Digest:
        return Digest(keccak256(b"\x19Ethereum Signed Message:\n32" + digest))

    one = workshop.genuine(BASE)
    certificate = workshop.sign("certificate", cast.CERTIFIER_A, workshop.body(one), cast.key("certifier-a"), wrap=wrap)
    return replace(workshop.offered(one), certificate=certificate)


def _dated(seconds: int) -> Saying:
    return lambda workshop: _signed(workshop, issued_at=workshop.signing_at + seconds)


def _other_kind(workshop: Workshop) -> Said:
    one = workshop.genuine(BASE)
    statement = workshop.sign("certificate2", cast.CERTIFIER_A, workshop.body(one), cast.key("certifier-a"))
    return replace(workshop.offered(one), certificate=statement)


# ---------------------------------------------------------------- who may


def _by(key: str, *, issuer: str | None = None, row: str = BASE) -> Saying:
    return lambda workshop: workshop.certify(workshop.genuine(row), key, issuer=issuer)


def _retired(workshop: Workshop) -> Said:
    """Signed with a retired key, dated to the day before it was retired."""
    one = workshop.genuine(BASE)
    certificate = workshop.sign(
        "certificate", cast.CERTIFIER_A, workshop.body(one), cast.key("certifier-a-retired"),
        issued_at=workshop.signing_at - 4 * DAY,
    )  # fmt: skip
    return replace(workshop.offered(one), certificate=certificate)


def _stolen_back_dated(workshop: Workshop) -> Said:
    one = workshop.genuine(STOLEN_FOR)
    certificate = workshop.sign(
        "certificate", cast.CERTIFIER_B, workshop.body(one), cast.key("certifier-b-road"),
        issued_at=workshop.signing_at - 6 * DAY,
    )  # fmt: skip
    return replace(workshop.offered(one), certificate=certificate)


def _out_of_scope(workshop: Workshop) -> Said:
    """Certifier A, accredited for electronics and appliances, certifies a car."""
    return workshop.certify(workshop.genuine(STOLEN_FOR), "certifier-a", issuer=cast.CERTIFIER_A)


# ---------------------------------------------------------------- the log


def _moved(workshop: Workshop, document: Body) -> None:
    """The same entry, proven in the newest anchor's tree: by then the key was registered."""
    item = members(document, "certificate")
    index, size = int(str(item["index"])), workshop.whole().sizes[-1]
    item["size"] = size
    item["proof"] = to_base64url(b"".join(workshop.whole().tree.inclusion(index, size)))


def _signed_again(workshop: Workshop) -> Said:
    """The same body, signed well by another key of the same certifier, and never logged."""
    one = workshop.genuine(BASE)
    again = workshop.sign(
        "certificate", cast.CERTIFIER_A, one.certificate.body, cast.key("certifier-a-second"),
        issued_at=one.certificate.issued_at,
    )  # fmt: skip
    return replace(workshop.offered(one), certificate=again, unlogged={"certificate": one.certificate})


def _never_logged(workshop: Workshop) -> Said:
    said = _signed(workshop)
    return replace(said, unlogged={"certificate": workshop.genuine(BASE).certificate})


def _private_log(workshop: Workshop, document: Body) -> None:
    """A log of one's own under the same origin: the forged certificate in the genuine one's place."""
    item = members(document, "certificate")
    index, size = int(str(item["index"])), int(str(item["size"]))
    forged = _leaf_of(members(document, "certificate", "statement"))
    leaves: list[bytes] = [*workshop.whole().leaves[:index], forged, *workshop.whole().leaves[index + 1 : size]]
    item["proof"] = to_base64url(b"".join(_path(index, leaves)))


def _leaf_of(statement: Body) -> bytes:
    from verifier.statement import parse_statement

    return leaf_hash(entry_of(parse_statement(statement)))


def _path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 section 2.1.3.1, as it is written."""
    if len(leaves) == 1:
        return []
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return [*_path(index, left), subtree_root(b"".join(right))]
    return [*_path(index - split, right), subtree_root(b"".join(left))]


def _bare_hash(workshop: Workshop) -> Said:
    """Logged without its body, to be revealed when convenient."""
    said = _signed(workshop)
    one: Statement = said.certificate
    entry: Body = {
        "v": 1, "kind": one.kind, "issuer": one.issuer, "issuedAt": one.issued_at,
        "bodyHash": to_hex(one.body_hash), "summaryHash": to_hex(hash_summary(derive_summary(one.kind, one.body))),
        "signer": to_checksum(one.signer), "signature": to_hex(one.signature),
    }  # fmt: skip
    return replace(said, entry=canonicalize(entry))


def _hidden_footprint(workshop: Workshop) -> Said:
    """A certificate for a footprint that was never logged."""
    one = workshop.genuine(BASE)
    body = one.footprint.body | {"comment": "made up after the fact"}
    footprint = workshop.sign("footprint", one.footprint.issuer, body, cast.enterprise_key(one.product.enterprise))
    said = workshop.certify(one, "certifier-a", {"footprint": to_hex(statement_id(footprint))})
    return replace(said, footprint=footprint, unlogged={"footprint": one.footprint})


SIGNATURES: Final = (
    Forgery(row="B03", slug="another-chain", check=_SIGNATURE, reason="another-signer", said=_in_domain(chain_id=1)),
    Forgery(row="B03", slug="look-alike-contract", check=_SIGNATURE, reason="another-signer", said=_in_domain(contract=LOOK_ALIKE)),
    Forgery(row="B04", slug="plain-message", check=_SIGNATURE, reason="another-signer", said=_plain_message),
    Forgery(row="A04", slug="unknown-kind", check=_SIGNATURE, reason="kind", said=_other_kind),
    Forgery(row="B11", slug="post-dated", check=_SIGNATURE, reason="issued-at", said=_dated(600)),
    Forgery(row="B11", slug="old-signature", check=_SIGNATURE, reason="issued-at", said=_dated(-8 * DAY), wave=2),
    Forgery(row="B06", slug="labels-key", check=_ISSUER, reason="wrong-purpose", said=_by("certifier-a-labels")),
    Forgery(row="B06", slug="another-certifiers-key", check=_ISSUER, reason="key-of-another-party", said=_by("certifier-b", issuer=cast.CERTIFIER_A)),
    Forgery(row="B07", slug="key-registered-later", check=_ISSUER, reason="key-not-in-force", said=_by(cast.LATE_KEY)),
    Forgery(row="B08", slug="retired-key", check=_ISSUER, reason="key-not-in-force", said=_retired),
    Forgery(row="B10", slug="stolen-key-back-dated", check=_ISSUER, reason="key-compromised", said=_stolen_back_dated),
    Forgery(row="B13", slug="out-of-scope", check=_ISSUER, reason="out-of-scope", said=_out_of_scope),
    Forgery(row="B14", slug="self-made-certifier", check=_ISSUER, reason="unknown-key", said=_by("nobody", issuer=cast.NOBODY)),
    Forgery(row="B14", slug="not-accredited", check=_ISSUER, reason="out-of-scope", said=_by("unaccredited", issuer=cast.UNACCREDITED)),
    Forgery(row="D10", slug="accreditation-lost", check=_ISSUER, reason="grant-not-in-force", said=_by("certifier-b", row=WITHDRAWN)),
)  # fmt: skip

LOG: Final = (
    Forgery(row="B12", slug="later-anchor", check="certificate.logged", reason="not-first-anchor", said=_by(cast.LATE_KEY), edit=_moved),
    Forgery(row="C06", slug="signed-again", check="certificate.logged", reason="not-included", said=_signed_again),
    Forgery(row="C07", slug="private-log", check="certificate.logged", reason="not-included", said=_never_logged, edit=_private_log),
    Forgery(row="C09", slug="hidden-footprint", check="footprint.logged", reason="not-included", said=_hidden_footprint),
    Forgery(row="D17", slug="bare-hash", check="certificate.logged", reason="not-included", said=_bare_hash),
)  # fmt: skip
