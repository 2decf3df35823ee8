"""Vectors of part 2 and of the sums of part 3, every value by the naive reading in tests/reference, none by the verifier.

`python -m tests.conformance.statement_vectors` writes them to tests/conformance/statements/; a test keeps them up to date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.reference import statement as naive
from tests.support.bodies import GENUINE, HOLDER, at, body, changed
from tests.support.statements import ANCHOR_LOG, CHAIN_ID, document

FOLDER = Path(__file__).parent / "statements"
SALT = bytes(range(32))
OTHER_SALT = bytes(range(32, 64))
STAGES = "/extensions/0/data/stages"
AMOUNT = f"{STAGES}/0/amount"

SUMS: tuple[tuple[list[str], list[str]], ...] = (
    (["250.0", "65.5", "-5.0"], ["310.5"]),
    (["250.0", "65.5", "-5.0"], ["312.2"]),
    (["250.0", "65.5", "-5.0"], ["312.3"]),
    (["1.01"], ["1"]),
    (["1.0100000000001"], ["1"]),
    (["1.00505"], ["1.0000"]),
    (["1.00506"], ["1.0000"]),
    (["0"], ["0"]),
    (["0.000000000000000001"], ["0"]),
    (["-1.0", "1.0"], ["0"]),
    (["-2"], ["2"]),
    (["1.15", "0.6", "0.25"], ["2"]),
    (["100.0", "150.0"], ["125", "125.0"]),
    (["0.1"], []),
    ([], []),
)


def vectors() -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and content."""
    for kind in (*GENUINE, "hearsay"):
        said = document(kind, {"any": ["thing", 1, None]} if kind == "hearsay" else None)
        entry = naive.entry(said)
        yield (
            f"{kind}.json",
            {
                "description": f"a signed {kind} and everything derived from it",
                "chainId": CHAIN_ID,
                "anchorLog": ANCHOR_LOG,
                "statement": said,
                "summary": naive.summary(kind, said["body"]),
                "bodyHash": _hex(naive.body_hash(said["body"])),
                "digest": _hex(naive.digest(said, CHAIN_ID, ANCHOR_LOG)),
                "id": _hex(naive.statement_id(said)),
                "entry": entry.decode(),
                "leafHash": _hex(hashlib.sha256(b"\x00" + entry).digest()),
            },
        )
    yield (
        "sums.json",
        {
            "description": "whether the terms agree with the totals (part 3, sums)",
            "sums": [
                {"terms": terms, "totals": totals, "agrees": naive.sum_agrees(terms, totals)} for terms, totals in SUMS
            ],
        },
    )
    yield "sealed.json", {"description": "disclosures over one sealed footprint (part 2)", **_sealed()}


def _sealed() -> dict[str, Any]:
    """A stage's amount sealed, then the whole list of stages around it."""
    inner = {"$sealed": _base64url(naive.commitment(HOLDER, AMOUNT, at(body("footprint"), AMOUNT), SALT))}
    once = changed(body("footprint"), AMOUNT, inner)
    outer = {"$sealed": _base64url(naive.commitment(HOLDER, STAGES, at(once, STAGES), OTHER_SALT))}
    open_outer = {"path": STAGES, "salt": _hex(OTHER_SALT), "value": at(once, STAGES)}
    open_inner = {"path": AMOUNT, "salt": _hex(SALT), "value": at(body("footprint"), AMOUNT)}
    cases = [
        {"name": "nothing", "disclosures": [], "undisclosed": [STAGES]},
        {"name": "outer", "disclosures": [open_outer], "undisclosed": [AMOUNT]},
        {"name": "both", "disclosures": [open_outer, open_inner], "undisclosed": []},
        {"name": "inner first", "disclosures": [open_inner, open_outer], "reject": True},
        {"name": "outer twice", "disclosures": [open_outer, open_outer], "reject": True},
        {"name": "wrong salt", "disclosures": [{**open_outer, "salt": _hex(SALT)}], "reject": True},
        {
            "name": "a sibling's value",
            "disclosures": [open_outer, {**open_inner, "value": "65.5"}],
            "reject": True,
        },
        {"name": "another place", "disclosures": [{**open_outer, "path": "/extensions/0/data/note"}], "reject": True},
    ]
    return {"issuer": HOLDER, "body": changed(once, STAGES, outer), "opened": body("footprint"), "cases": cases}


def render(vector: dict[str, Any]) -> str:
    """The file's text."""
    return json.dumps(vector, ensure_ascii=False, indent=1) + "\n"


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _base64url(data: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, vector in vectors():
        (FOLDER / name).write_text(render(vector), encoding="utf-8")


if __name__ == "__main__":
    main()
