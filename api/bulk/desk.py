"""Where a label is judged: one pack under one view, and the names a report gives to what it finds there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from verifier.bodies.certificate import Certificate, parse_certificate
from verifier.errors import CannotCheckError, MalformedError
from verifier.evidence import IssuedLeaf, Item
from verifier.label import Label
from verifier.pack.judge import PackJudge
from verifier.pack.reader import Pack
from verifier.state import ChainView
from verifier.verdict import Verdict

_MOST_KEPT: Final = 20_000  # certificates whose facts are kept; 10,000 fill a large pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a report names. Names of parties are those of TrustRegistry, "" where the view shows none; `products`: GTIN or
    `8013:` GMN to the certificate's own name for it."""

    certificate: str
    number: str
    certifier: str
    certifier_name: str
    enterprise: str
    enterprise_name: str
    products: dict[str, str]


class Desk:
    """Verdicts and facts by label. `leaves`: leaf and path of single labels, where evidence brought them."""

    def __init__(
        self, pack: Pack, view: ChainView, judge: PackJudge, leaves: Mapping[Label, IssuedLeaf] | None = None
    ) -> None:
        self._pack = pack
        self._view = view
        self._judge = judge
        self._leaves = leaves or {}
        self._facts: OrderedDict[bytes, Facts | None] = OrderedDict()

    def judge(self, label: Label) -> Verdict:
        """The verdict. Raises MalformedError where the pack itself is damaged."""
        return self._judge.judge_label(label, self._leaves.get(label) if self._leaves else None)

    def facts_for(self, label: Label) -> Facts | None:
        """Facts of the certificate that the label names; None where the pack does not hold it."""
        prefix = label.certificate_prefix
        if prefix in self._facts:
            return self._facts[prefix]
        facts = self._read_facts(prefix)
        if facts is not None:  # of prefixes that mean nothing anyone can print any number
            if len(self._facts) >= _MOST_KEPT:
                self._facts.popitem(last=False)
            self._facts[prefix] = facts
        return facts

    def _read_facts(self, prefix: bytes) -> Facts | None:
        found = self._pack.certificates_with(prefix)
        item = self._pack.item(found[0], "certificate") if found else None
        certificate = None if item is None else _certificate_of(item)
        if item is None or certificate is None:
            return None
        certifier = item.statement.issuer
        return Facts(
            certificate="0x" + found[0].hex(),
            number=certificate.number,
            certifier=certifier,
            certifier_name=self._registered_name(certifier),
            enterprise=certificate.holder,
            enterprise_name=self._registered_name(certificate.holder),
            products={
                one.gtin if one.gtin is not None else f"8013:{one.gmn}": one.name for one in certificate.products
            },
        )

    def _registered_name(self, party: str) -> str:
        try:
            profile = self._view.profile(party)
        except CannotCheckError:
            return ""
        return "" if profile is None else profile.name


def _certificate_of(item: Item) -> Certificate | None:
    try:
        return parse_certificate(item.statement.body)
    except MalformedError:
        return None
