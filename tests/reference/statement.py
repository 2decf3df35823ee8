"""A naive second reading of docs/spec/02 and 03: whole strings, Fractions, no caches. Shares no code with the verifier.

Only genuine input is expected here; refusing is the vectors' subject. Needs eth-account (a development dependency).
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

Json = Any


def canonical(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def body_hash(body: Json) -> bytes:
    return hashlib.sha256(canonical(body)).digest()


def statement_id(statement: Json) -> bytes:
    named = {
        "bodyHash": "0x" + body_hash(statement["body"]).hex(),
        "issuer": statement["issuer"],
        "kind": statement["kind"],
    }
    return hashlib.sha256(b"\x02" + canonical(named)).digest()


def subject_of_number(issuer: str, number: str) -> bytes:
    return hashlib.sha256(b"\x06" + canonical({"issuer": issuer, "number": number})).digest()


def entry(statement: Json) -> bytes:
    made = {name: statement[name] for name in ("v", "kind", "issuer", "issuedAt", "signer", "signature")}
    made["bodyHash"] = "0x" + body_hash(statement["body"]).hex()
    made["summaryHash"] = "0x" + keccak(summary(statement["kind"], statement["body"]).encode()).hex()
    if statement["kind"] in ("certificate", "labels", "rule"):
        made["body"] = statement["body"]
    return canonical(made)


def digest(statement: Json, chain_id: int, contract: str) -> bytes:
    signable = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "Statement": [
                    {"name": "kind", "type": "string"},
                    {"name": "issuer", "type": "string"},
                    {"name": "summary", "type": "string"},
                    {"name": "bodyHash", "type": "bytes32"},
                    {"name": "issuedAt", "type": "uint64"},
                ],
            },
            "primaryType": "Statement",
            "domain": {"name": "Tanji", "version": "1", "chainId": chain_id, "verifyingContract": contract},
            "message": {
                "kind": statement["kind"],
                "issuer": statement["issuer"],
                "summary": summary(statement["kind"], statement["body"]),
                "bodyHash": body_hash(statement["body"]),
                "issuedAt": statement["issuedAt"],
            },
        }
    )
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def date(seconds: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=timezone(timedelta(0))) + timedelta(seconds=seconds, hours=8)).strftime(
        "%Y-%m-%d"
    )


def summary(kind: str, body: Json) -> str:
    if kind == "footprint":
        pcf = body["pcf"]
        return (
            f"Footprint {pcf['pcfExcludingBiogenicUptake']} kgCO2e per {pcf['declaredUnitAmount']}"
            f" {pcf['declaredUnitOfMeasurement']} · {pcf['referencePeriodStart'][0:10]} to"
            f" {pcf['referencePeriodEnd'][0:10]} · {body['productIds'][0]} · 「{body['productNameCompany'][:40]}」"
        )
    if kind == "certificate":
        grade = body["grade"]["value"] if "grade" in body else "no grade"
        declared = body["declaredUnit"]
        return (
            f"Certificate {body['number']} v{body['version']} · {grade} · {body['pcf']} kgCO2e per"
            f" {declared['amount']} {declared['unit']} · {date(body['validFrom'])} to {date(body['validUntil'])}"
            f" · quota {body['quota']} · holder {body['holder']} · footprint {body['footprint'][0:18]}"
            f" · 「{body['products'][0]['name'][:40]}」"
        )
    if kind == "labels":
        product = f"GTIN {body['gtin']}" if "gtin" in body else f"GMN {body['gmn']}"
        return (
            f"Labels {body['count']} from {body['first']} · {product} · batch {body['batch']}"
            f" · certificate {body['certificate'][0:18]}"
        )
    if kind == "rule":
        return (
            f"Rule {body['code']} v{body['version']} · {len(body['tables'])} tables"
            f" · from {date(body['effectiveFrom'])} · 「{body['name'][:40]}」"
        )
    return f"Unknown statement kind {kind}"


def is_quantity(text: str) -> bool:
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text, re.ASCII):
        return False
    digits = re.sub(r"[^0-9]", "", text)
    after = text.partition(".")[2]
    return len(digits) <= 30 and len(after) <= 18 and not (text.startswith("-") and Fraction(text) == 0)


def ulp(*texts: str) -> Fraction:
    """One unit in the last written place of the exact product of these texts."""
    return Fraction(1, 10 ** sum(len(text.partition(".")[2]) for text in texts))


def agrees(terms: list[tuple[Fraction, Fraction]], total: Fraction, total_ulp: Fraction) -> bool:
    """|Σ − total| ≤ 0.005·|total| + min(½·Σ ulp, 0.005·|total|); terms are (value, ulp)."""
    ulps = sum((term[1] for term in terms), total_ulp)
    share = Fraction(5, 1000) * abs(total)
    return abs(sum((term[0] for term in terms), Fraction(0)) - total) <= share + min(ulps / 2, share)


def sum_agrees(terms: list[str], totals: list[str]) -> bool:
    return agrees(
        [(Fraction(term), ulp(term)) for term in terms],
        sum(map(Fraction, totals), Fraction(0)),
        sum(map(ulp, totals), Fraction(0)),
    )


def arithmetic_holds(body: Json) -> bool | None:
    """Of a footprint without sealed values: every sum holds; None when there is nothing to add."""
    data = next((e["data"] for e in body.get("extensions", []) if e["dataSchema"] == "urn:tanji:footprint:1"), {})
    pcf, stages, lines = body["pcf"]["pcfExcludingBiogenicUptake"], data.get("stages"), data.get("inventory")
    if stages is None and lines is None:
        return None
    held = []
    if stages is not None:
        held.append(sum_agrees([stage["amount"] for stage in stages], [pcf]))
    if lines is not None:
        held.append(sum_agrees([line["emissions"] for line in lines], [pcf]))
        for line in lines:
            value = Fraction(line["amount"]) * Fraction(line["factor"])
            term = (value, ulp(line["amount"], line["factor"]))
            held.append(agrees([term], Fraction(line["emissions"]), ulp(line["emissions"])))
    if stages is not None and lines is not None:
        for name in {line["stage"] for line in lines if "stage" in line}:
            emissions = [line["emissions"] for line in lines if line.get("stage") == name]
            held.append(sum_agrees(emissions, [stage["amount"] for stage in stages if stage["stage"] == name]))
    return all(held)


def upstream_agrees(amount: str, pcf: str, unit_amount: str, emissions: str) -> bool:
    divisor = Fraction(unit_amount)
    term = (Fraction(amount) * Fraction(pcf) / divisor, ulp(amount, pcf) / divisor)
    return agrees([term], Fraction(emissions), ulp(emissions))


def grade(rule: Json, category: str, unit: str, amount: str, pcf: str) -> str | None:
    for table in rule["tables"]:
        if (table["category"], table["unit"]) == (category, unit):
            value = Fraction(pcf) * Fraction(table["amount"]) / Fraction(amount)
            for step in table["grades"]:
                if "max" not in step or value <= Fraction(step["max"]):
                    return str(step["grade"])
    return None


def commitment(issuer: str, path: str, value: Json, salt: bytes) -> bytes:
    return hashlib.sha256(b"\x03" + salt + canonical({"issuer": issuer, "path": path, "value": value})).digest()
