"""Where forgeries are made: genuine statements to start from, keys to sign with, and places in the log to claim.

said(workshop)           what the forger, or a bribed or robbed party, signs        (before the dishonest operator logs it)
edit(workshop, document) what is changed in the evidence file afterwards            (after it is anchored)
"""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from api.demo import cast
from api.demo.certify import Certified
from api.demo.operator import Smuggled, WholeLog
from api.demo.stage import Stage
from api.demo.story import Tale
from ledger.keys.memory import MemorySigner
from verifier.canonical import canonicalize, parse
from verifier.eip712 import statement_digest
from verifier.encoding import to_hex
from verifier.errors import VerifierError
from verifier.evidence import Evidence, Item, serialize_evidence
from verifier.merkle import leaf_hash
from verifier.signature import to_checksum
from verifier.statement import Statement, entry_bytes, parse_statement
from verifier.summary import derive_summary, hash_summary
from verifier.types import Digest, JsonValue, NodeHash

Body: TypeAlias = dict[str, JsonValue]
MAX_BYTES = 1 << 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The statements an evidence file offers. `entry`: other leaf data than the certificate's own, as logged.

    unlogged: roles of statements that nobody logs; they claim the place of the statement given instead.
    """

    certificate: Statement
    footprint: Statement
    rule: Statement | None
    entry: bytes | None = None
    unlogged: Mapping[str, Statement] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Workshop:
    """Everything a forger can lay hands on. `log` is there once everything is anchored."""

    stage: Stage
    tale: Tale
    signing_at: int
    log: WholeLog | None = None
    numbers: int = 0

    # ---------------------------------------------------------------- to start from

    def genuine(self, row: str) -> Certified:
        """A genuine certificate by its source row."""
        return self.tale.certified[row]

    def offered(self, one: Certified) -> Said:
        """The statements of a certificate as they are."""
        return Said(certificate=one.certificate, footprint=one.footprint, rule=self.tale.rule)

    def body(self, one: Certified, changes: Body | None = None) -> Body:
        """A certificate body for the same product, under a number of its own, in force from the time of signing.

        A member changed to None is left out.
        """
        self.numbers += 1
        fresh: Body = {"number": f"TJ-FORGED-{self.numbers:04d}", "validFrom": self.signing_at}
        body = copy.deepcopy(one.certificate.body) | fresh | (changes or {})
        return {name: value for name, value in body.items() if value is not None}

    # ---------------------------------------------------------------- signing

    def sign(
        self,
        kind: str,
        issuer: str,
        body: Body,
        key: MemorySigner,
        *,
        issued_at: int | None = None,
        separator: bytes | None = None,
        wrap: Callable[[Digest], Digest] | None = None,
    ) -> Statement:
        """Sign anything with any key, in any domain, at any claimed time."""
        at = self.signing_at if issued_at is None else issued_at
        members: Body = {
            "v": 1, "kind": kind, "issuer": issuer, "body": body, "issuedAt": at,
            "signer": to_checksum(key.address), "signature": "0x",
        }  # fmt: skip
        plain = parse_statement(members)
        domain = self.stage.deployment.domain_separator if separator is None else separator
        digest = statement_digest(domain, kind, issuer, derive_summary(kind, body), plain.body_hash, at)
        signature = key.sign_digest(digest if wrap is None else wrap(digest))
        return parse_statement({**members, "signature": to_hex(signature)})

    def certify(self, one: Certified, key: str, changes: Body | None = None, *, issuer: str | None = None) -> Said:
        """Another certificate for the product of a genuine one, signed by a key of the cast."""
        body = self.body(one, changes or {})
        certificate = self.sign("certificate", issuer or one.certificate.issuer, body, cast.key(key))
        return replace(self.offered(one), certificate=certificate)

    # ---------------------------------------------------------------- places in the log

    def to_log(self, said: Said) -> list[Smuggled]:
        """What the dishonest operator has to log for an evidence file."""
        statements = {"footprint": said.footprint, "rule": said.rule, "certificate": said.certificate}
        return [
            Smuggled(statement=one, entry=_entry(role, one, said))
            for role, one in statements.items()
            if one is not None and role not in said.unlogged
        ]

    def evidence(self, said: Said) -> bytes:
        """The evidence file, each statement in its place under its first anchor."""
        document = Evidence(
            origin=self.stage.deployment.origin,
            certificate=self._item("certificate", said.certificate, said),
            footprint=self._item("footprint", said.footprint, said),
            rule=None if said.rule is None else self._item("rule", said.rule, said),
        )
        return serialize_evidence(document)

    def _item(self, role: str, statement: Statement, said: Said) -> Item:
        place = said.unlogged.get(role)
        index = self.index_of(_entry(role, statement, said) if place is None else _entry("", place, said))
        return self.place(statement, index)

    def index_of(self, entry: bytes) -> int:
        """Where an entry is in the log."""
        return self.whole().places[leaf_hash(entry)]

    def place(self, statement: Statement, index: int, *, size: int | None = None) -> Item:
        """A statement claimed to be at an index, proven in the tree of `size` entries (its first anchor's)."""
        log = self.whole()
        covered = log.sizes[bisect_right(log.sizes, index)] if size is None else size
        proof = tuple(NodeHash(node) for node in log.tree.inclusion(index, covered))
        return Item(statement=statement, index=index, size=covered, proof=proof)

    def whole(self) -> WholeLog:
        """The log. Raises RuntimeError before everything is anchored."""
        if self.log is None:
            raise RuntimeError("the log is not complete yet")
        return self.log


def entry_of(statement: Statement) -> bytes:
    """A statement's own leaf data."""
    return entry_bytes(statement, hash_summary(derive_summary(statement.kind, statement.body)))


def _entry(role: str, statement: Statement, said: Said) -> bytes:
    return said.entry if role == "certificate" and said.entry is not None else entry_of(statement)


def reopened(data: bytes) -> Body:
    """A document as JSON values, to be changed."""
    value = parse(data, MAX_BYTES)
    if not isinstance(value, dict):
        raise TypeError("not a document")
    return value


def closed(document: Body) -> bytes:
    """The document's bytes again."""
    try:
        return canonicalize(document, MAX_BYTES)
    except VerifierError as error:
        raise ValueError(str(error)) from error
