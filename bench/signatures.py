"""A statement's signature check: digest from the parts of a parsed statement, recovery, comparison with the signer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.harness import Effort, Peer, Result, against, one_core, rate, still_heap
from tests.support.ledger import DEPLOYMENT, footprint
from verifier.bodies import parse_body
from verifier.canonical import parse
from verifier.eip712 import statement_digest
from verifier.signature import recover, to_checksum
from verifier.statement import Statement, parse_statement
from verifier.summary import summarize

Case = tuple[Statement, str]


def measure(effort: Effort) -> Iterator[Result]:
    """Row `signature`; the peer is eth-account reading the same typed data."""
    cases = [_case(number) for number in range(512)]
    with one_core(), still_heap():
        ours = against(lambda: rate(lambda: _check(cases, effort.of(8_192))), effort.runs)
        peer = against(lambda: rate(lambda: _check_with_eth_account(cases, effort.of(512))), effort.runs)
    yield Result(
        row="signature",
        runs=ours.ratios,
        seen=ours.seen,
        peers=(
            Peer(name="eth-account", value=sorted(peer.ratios)[len(peer.ratios) // 2], unit="rec"),
            Peer(name="ethers 6 (Node)", value=280, unit="per second", cited=True),
        ),
    )


def _case(number: int) -> Case:
    statement = parse_statement(parse(footprint(number)))
    body = parse_body(statement.kind, statement.body)
    if body is None:
        raise RuntimeError("no body")
    return statement, summarize(body)


def _check(cases: Sequence[Case], count: int) -> int:
    separator = DEPLOYMENT.domain_separator
    for number in range(count):
        said, summary = cases[number % len(cases)]
        digest = statement_digest(separator, said.kind, said.issuer, summary, said.body_hash, said.issued_at)
        if recover(digest, said.signature) != said.signer:
            raise RuntimeError("another signer")
    return count


def _check_with_eth_account(cases: Sequence[Case], count: int) -> int:
    from eth_account import Account
    from eth_account.messages import encode_typed_data

    types = {
        "Statement": [
            {"name": "kind", "type": "string"},
            {"name": "issuer", "type": "string"},
            {"name": "summary", "type": "string"},
            {"name": "bodyHash", "type": "bytes32"},
            {"name": "issuedAt", "type": "uint64"},
        ]
    }
    domain = {
        "name": "Tanji",
        "version": "1",
        "chainId": DEPLOYMENT.chain_id,
        "verifyingContract": to_checksum(DEPLOYMENT.anchor_log),
    }
    for number in range(count):
        said, summary = cases[number % len(cases)]
        message = {
            "kind": said.kind,
            "issuer": said.issuer,
            "summary": summary,
            "bodyHash": said.body_hash,
            "issuedAt": said.issued_at,
        }
        signable = encode_typed_data(domain_data=domain, message_types=types, message_data=message)
        if Account.recover_message(signable, signature=said.signature) != to_checksum(said.signer):
            raise RuntimeError("another signer")
    return count
