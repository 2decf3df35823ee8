"""Forged with accomplices: statements no honest log admits, really logged and anchored by an operator that looks away.

What is left to catch them is the verifier alone (P1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from api.demo import cast
from api.demo.forgeries.edits import BASE
from api.demo.forgeries.model import Editing, Forgery, Saying, members
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


def _forgery(
    row: str,
    slug: str,
    zh: str,
    en: str,
    check: str,
    reason: str,
    said: Saying,
    edit: Editing | None = None,
    wave: int = 1,
) -> Forgery:
    return Forgery(row=row, slug=slug, zh=zh, en=en, check=check, reason=reason, said=said, edit=edit, wave=wave)


SIGNATURES: Final = (
    _forgery("B03", "another-chain", "为另一条链签的名", "signed for another chain", _SIGNATURE, "another-signer", _in_domain(chain_id=1)),
    _forgery("B03", "look-alike-contract", "为山寨合约签的名", "signed for a look-alike contract", _SIGNATURE, "another-signer", _in_domain(contract=LOOK_ALIKE)),
    _forgery("B04", "plain-message", "按普通消息签名", "signed as a plain message", _SIGNATURE, "another-signer", _plain_message),
    _forgery("A04", "unknown-kind", "未知种类的声明充当证书", "a statement of an unknown kind", _SIGNATURE, "kind", _other_kind),
    _forgery("B11", "post-dated", "签署日期写到将来", "dated into the future", _SIGNATURE, "issued-at", _dated(600)),
    _forgery("B11", "old-signature", "翻出八天前的签名", "a signature of eight days before", _SIGNATURE, "issued-at", _dated(-8 * DAY), wave=2),
    _forgery("B06", "labels-key", "用标签密钥签证书", "signed with a labels key", _ISSUER, "wrong-purpose", _by("certifier-a-labels")),
    _forgery("B06", "another-certifiers-key", "用别家机构的密钥", "signed with another certifier's key", _ISSUER, "key-of-another-party", _by("certifier-b", issuer=cast.CERTIFIER_A)),
    _forgery("B07", "key-registered-later", "签后才登记的密钥", "a key registered only afterwards", _ISSUER, "key-not-in-force", _by(cast.LATE_KEY)),
    _forgery("B08", "retired-key", "停用的密钥，倒签日期", "a retired key, back-dated", _ISSUER, "key-not-in-force", _retired),
    _forgery("B10", "stolen-key-back-dated", "失窃的密钥，倒签日期", "the stolen key, back-dated", _ISSUER, "key-compromised", _stolen_back_dated),
    _forgery("B13", "out-of-scope", "电器机构给汽车发证", "an appliance certifier certifies a car", _ISSUER, "out-of-scope", _out_of_scope),
    _forgery("B14", "self-made-certifier", "自封的认证机构", "a self-made certifier", _ISSUER, "unknown-key", _by("nobody", issuer=cast.NOBODY)),
    _forgery("B14", "not-accredited", "未获授权的机构", "a party that was never accredited", _ISSUER, "out-of-scope", _by("unaccredited", issuer=cast.UNACCREDITED)),
    _forgery("D10", "accreditation-lost", "失去资质后发证", "certified after the accreditation ended", _ISSUER, "grant-not-in-force", _by("certifier-b", row=WITHDRAWN)),
)  # fmt: skip

LOG: Final = (
    _forgery("B12", "later-anchor", "把证明挪到更晚的锚", "the proof moved to a later anchor", "certificate.logged", "not-first-anchor", _by(cast.LATE_KEY), _moved),
    _forgery("C06", "signed-again", "换一个签名，未入日志", "signed again, never logged", "certificate.logged", "not-included", _signed_again),
    _forgery("C07", "private-log", "同名的私设日志", "a private log of the same name", "certificate.logged", "not-included", _never_logged, _private_log),
    _forgery("C09", "hidden-footprint", "足迹从未入日志", "the footprint was never logged", "footprint.logged", "not-included", _hidden_footprint),
    _forgery("D17", "bare-hash", "只登记哈希，事后亮出正文", "logged as a bare hash, revealed later", "certificate.logged", "not-included", _bare_hash),
)  # fmt: skip
