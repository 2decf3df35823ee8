"""The verifier gives what the vectors of part 2 say."""

import json
from typing import Any

import pytest

from tests.conformance.statement_vectors import FOLDER, render, vectors
from verifier.decimals import compare_sums, parse_quantity
from verifier.eip712 import domain_separator, statement_digest
from verifier.encoding import to_hex
from verifier.merkle import leaf_hash
from verifier.sealed import DisclosureError, open_disclosures, parse_disclosures
from verifier.signature import parse_address, recover
from verifier.statement import entry_bytes, entry_signed, parse_entry, parse_statement, statement_id
from verifier.summary import derive_summary, hash_summary


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", ["footprint", "certificate", "labels", "rule", "hearsay"])
def test_statement(kind: str) -> None:
    vector = load(f"{kind}.json")
    said = parse_statement(vector["statement"])
    summary = derive_summary(kind, said.body)
    separator = domain_separator(vector["chainId"], parse_address(vector["anchorLog"], ""))
    digest = statement_digest(separator, kind, said.issuer, summary, said.body_hash, said.issued_at)
    entry = entry_bytes(said, hash_summary(summary))
    assert summary == vector["summary"]
    assert to_hex(said.body_hash) == vector["bodyHash"]
    assert to_hex(digest) == vector["digest"]
    assert recover(digest, said.signature) == said.signer
    assert to_hex(statement_id(said)) == vector["id"]
    assert entry.decode() == vector["entry"]
    assert to_hex(leaf_hash(entry)) == vector["leafHash"]
    assert entry_signed(parse_entry(entry), separator)


@pytest.mark.parametrize("case", load("sums.json")["sums"], ids=str)
def test_sum(case: dict[str, Any]) -> None:
    terms, totals = ([parse_quantity(text, "") for text in case[name]] for name in ("terms", "totals"))
    assert compare_sums(terms, totals).agrees is case["agrees"]


@pytest.mark.parametrize("case", load("sealed.json")["cases"], ids=lambda case: case["name"])
def test_disclosures(case: dict[str, Any]) -> None:
    vector = load("sealed.json")
    disclosures = parse_disclosures(case["disclosures"], "")
    if "reject" in case:
        with pytest.raises(DisclosureError):
            open_disclosures(vector["issuer"], vector["body"], disclosures)
        return
    opened = open_disclosures(vector["issuer"], vector["body"], disclosures)
    assert list(opened.undisclosed) == case["undisclosed"]
    if not opened.undisclosed:
        assert opened.body == vector["opened"]


def test_files_are_what_the_list_gives() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")} == {
        name: render(vector) for name, vector in vectors()
    }
