"""What a batch will be, fixed before the first label is made: nothing about it changes when work is resumed.

Plan { v:1, certificate: id, holder: party, granularity, gtin, gmn?, batch, first, count, quota, labelKey, separator, resolver }
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ledger.labels.errors import CountError, NotOurModelError, NotOurProductError, QuotaExceededError, ResolverError
from verifier.bodies import Certificate
from verifier.bodies.fields import read_choice, read_integer, read_object, read_pattern, read_statement_id
from verifier.encoding import parse_hex, to_hex
from verifier.errors import MalformedError
from verifier.gs1.digital_link import check_element
from verifier.identifiers import Party, check_gmn, parse_party
from verifier.label import PREFIX_LENGTH, Granularity
from verifier.signature import parse_address, to_checksum
from verifier.types import Address, JsonValue, StatementId

MAX_COUNT: Final = 1 << 30
_RESOLVER: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?", re.ASCII)
GTIN: Final = re.compile(r"[0-9]{14}", re.ASCII)
BATCH: Final = re.compile(r"[!-~]{1,20}", re.ASCII)
_GRANULARITIES: Final = frozenset(one.value for one in Granularity)
_MEMBERS: Final = frozenset(
    [
        "v",
        "certificate",
        "holder",
        "granularity",
        "batch",
        "first",
        "count",
        "quota",
        "labelKey",
        "separator",
        "resolver",
    ]
)
_OPTIONAL: Final = frozenset({"gtin", "gmn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRange:
    """Indexes [first, first + count) of one certificate's labels."""

    first: int
    count: int

    @property
    def end(self) -> int:
        """The first index after it."""
        return self.first + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlan:
    """One labels statement to be: its labels have indexes [first, first + count).

    gmn: what a model label names in the GTIN's place; gtin: None where the product has none.
    """

    certificate: StatementId
    holder: Party
    granularity: Granularity
    gtin: str | None
    batch: str
    first: int
    count: int
    quota: int
    label_key: Address
    separator: bytes
    resolver: str
    gmn: str | None = None

    @property
    def product(self) -> str:
        """The word that is signed as `gtin` (docs/spec/08)."""
        return f"8013:{self.gmn}" if self.gtin is None or self.gmn is not None else self.gtin

    @property
    def prefix(self) -> bytes:
        """The 16 bytes of the certificate's id that a label carries."""
        return self.certificate[:PREFIX_LENGTH]

    @property
    def indexes(self) -> IndexRange:
        """The indexes the batch takes."""
        return IndexRange(first=self.first, count=self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an enterprise asks for. `batch` is the lot's name (AI 10); `count` labels of one GTIN; a model label may name a GMN instead, and of a product
    that has no GTIN (gtin: None) must.
    """

    certificate_id: StatementId
    certificate: Certificate
    gtin: str | None
    batch: str
    count: int
    gmn: str | None = None


def next_free(taken: Iterable[IndexRange]) -> int:
    """The index after the last one ever taken. Gaps stay unused: what filled them may be somewhere we do not know."""
    return max((one.end for one in taken), default=0)


def plan_batch(
    order: Order, *, taken: Iterable[IndexRange], label_key: Address, separator: bytes, resolver: str
) -> BatchPlan:
    """Plan a batch at the next free index.

    Args:
        order: what is wanted, and under which certificate.
        taken: ranges of this certificate known to the log or kept in local batches.
        label_key: address of the key that will sign each label.
        separator: 32-byte EIP-712 domain separator of the deployment.
        resolver: host of the labels' links.

    Raises:
        QuotaExceededError, CountError, NotOurProductError, NotOurModelError, ResolverError; GS1Error for a batch that AI 10 cannot hold.
    """
    certificate = order.certificate
    known = tuple(product.gtin for product in certificate.products if product.gtin is not None)
    if order.gtin not in known and (order.gtin is not None or order.gmn is None):
        raise NotOurProductError(order.gtin or "", known)
    granularity = Granularity(certificate.granularity)
    if order.gmn is not None:
        models = tuple(product.gmn for product in certificate.products if product.gmn is not None)
        if granularity is not Granularity.MODEL or order.gmn not in models:
            raise NotOurModelError(order.gmn, granularity.value, models)
    if order.count < 1 or (granularity is not Granularity.ITEM and order.count != 1):
        raise CountError(granularity.value, order.count)
    if _RESOLVER.fullmatch(resolver) is None:
        raise ResolverError(resolver)
    check_element("10", order.batch)
    first = next_free(taken)
    if first + order.count > certificate.quota:
        raise QuotaExceededError(quota=certificate.quota, first=first, asked=order.count)
    return BatchPlan(
        certificate=order.certificate_id,
        holder=certificate.holder,
        granularity=granularity,
        gtin=order.gtin,
        batch=order.batch,
        first=first,
        count=order.count,
        quota=certificate.quota,
        label_key=label_key,
        separator=separator,
        resolver=resolver,
        gmn=order.gmn,
    )


def plan_document(plan: BatchPlan) -> dict[str, JsonValue]:
    """The plan as JSON."""
    return _named(plan.gtin, plan.gmn) | {
        "v": 1,
        "certificate": to_hex(plan.certificate),
        "holder": plan.holder,
        "granularity": plan.granularity.value,
        "batch": plan.batch,
        "first": plan.first,
        "count": plan.count,
        "quota": plan.quota,
        "labelKey": to_checksum(plan.label_key),
        "separator": to_hex(plan.separator),
        "resolver": plan.resolver,
    }


def parse_plan(value: JsonValue, place: str) -> BatchPlan:
    """Read a plan. Raises MalformedError."""
    top = read_object(value, place, _MEMBERS, _OPTIONAL)
    if "gtin" not in top and "gmn" not in top:
        raise MalformedError("missing-member", f"{place}/gtin")
    if top["v"] != 1:
        raise MalformedError("version", f"{place}/v", "1 is due")
    return BatchPlan(
        certificate=read_statement_id(top["certificate"], f"{place}/certificate"),
        holder=parse_party(top["holder"], f"{place}/holder"),
        granularity=Granularity(read_choice(top["granularity"], f"{place}/granularity", _GRANULARITIES)),
        gtin=read_pattern(top["gtin"], f"{place}/gtin", GTIN) if "gtin" in top else None,
        batch=read_pattern(top["batch"], f"{place}/batch", BATCH),
        first=read_integer(top["first"], f"{place}/first", least=0, most=MAX_COUNT - 1),
        count=read_integer(top["count"], f"{place}/count", least=1, most=MAX_COUNT),
        quota=read_integer(top["quota"], f"{place}/quota", least=0, most=MAX_COUNT),
        label_key=parse_address(top["labelKey"], f"{place}/labelKey"),
        separator=parse_hex(top["separator"], f"{place}/separator", 32),
        resolver=read_pattern(top["resolver"], f"{place}/resolver", _RESOLVER),
        gmn=_gmn(top["gmn"], f"{place}/gmn") if "gmn" in top else None,
    )


def _gmn(value: JsonValue, place: str) -> str:
    check_gmn(value, place)
    return str(value)


def _named(gtin: str | None, gmn: str | None) -> dict[str, JsonValue]:
    return {name: code for name, code in (("gtin", gtin), ("gmn", gmn)) if code is not None}


def labels_body(plan: BatchPlan, root: bytes) -> dict[str, JsonValue]:
    """The body of the labels statement (docs/spec/03): it names the GTIN, or the GMN of a product that has none."""
    return _named(plan.gtin, plan.gmn if plan.gtin is None else None) | {
        "certificate": to_hex(plan.certificate),
        "batch": plan.batch,
        "first": plan.first,
        "count": plan.count,
        "root": to_hex(root),
        "labelKey": to_checksum(plan.label_key),
    }
