"""Industrial-internet identifiers (工业互联网标识, YD/T 4495-2023): prefix and suffix, e.g. `88.118.8/fridge-300`.

prefix    86 (Handle) or 88 (VAA) . second-level node . enterprise          suffix    the enterprise's own
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final, NewType

from ledger.domain.errors import LedgerError
from verifier.identifiers import Party

IndustrialId = NewType("IndustrialId", str)
LONGEST: Final = 256
_FORM: Final = re.compile(r"(?:86|88)(?:\.[0-9]{1,}){2}/[\x21-\x7E]{1,}")


class IdentifierError(LedgerError):
    """The text is not an industrial-internet identifier."""

    code: ClassVar[str] = "identifier.form"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"not 86|88.node.enterprise/suffix in printable ASCII, at most {LONGEST} characters: {text[:80]!r}"
        )
        self.text = text


class IdentifierTakenError(LedgerError):
    """The identifier names another product, or another party registered it; it keeps its meaning for ever."""

    code: ClassVar[str] = "identifier.taken"

    def __init__(self, identifier: str, product: str, party: str) -> None:
        super().__init__(f"{identifier} already stands for {product} of {party}")
        self.identifier = identifier
        self.product = product
        self.party = party


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredIdentifier:
    """An identifier and the product it stands for: a GTIN of 14 digits, or `8013:` and a GMN, as labels name it."""

    identifier: IndustrialId
    product: str
    party: Party
    registered_at: int


def parse_industrial(text: str) -> IndustrialId:
    """Read an identifier; nothing is trimmed or folded. Raises IdentifierError."""
    if len(text) > LONGEST or _FORM.fullmatch(text) is None:
        raise IdentifierError(text)
    return IndustrialId(text)
