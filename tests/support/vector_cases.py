"""The shipped conformance vectors: for each operation some accepted requests, and single mutations of the first.

A reject case is a function: its name is the file's name, its docstring the description, and it changes one thing of a
copy of the accepted request. Values are computed by tests/reference, never by the verifier under test.
`python -m tests.support.vector_cases` writes tests/conformance/vectors; a test compares.
"""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "conformance" / "vectors"

Request = dict[str, Any]
Mutation = Callable[[Request], None]


class Operation:
    """The vectors of one operation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.accepted: dict[str, tuple[str, Request, Any]] = {}
        self.refused: dict[str, tuple[str, Request, dict[str, str]]] = {}

    def accept(self, name: str, description: str, request: Request, value: Any) -> None:
        self.accepted[name] = (description, {"op": self.name, **request}, value)

    def reject(self, code: str, rule: str = "") -> Callable[[Mutation], Mutation]:
        """Decorates a mutation of the first accepted request."""

        def register(mutation: Mutation) -> Mutation:
            request = copy.deepcopy(next(iter(self.accepted.values()))[1])
            before = copy.deepcopy(request)
            mutation(request)
            if request == before:
                raise ValueError(f"{mutation.__name__} changes nothing")
            expected = {"code": code, "rule": rule} if rule else {"code": code}
            self.refused[mutation.__name__.strip("_").replace("_", "-")] = (
                mutation.__doc__ or "",
                request,
                expected,
            )
            return mutation

        return register


def flip(text: str, at: int = -1) -> str:
    """`0x` hex with one bit of one byte turned."""
    data = bytearray.fromhex(text[2:])
    data[at] ^= 1
    return "0x" + data.hex()


def files() -> Iterator[tuple[str, str]]:
    """Path under vectors/ and text of every vector."""
    from tests.support import vectors_chain, vectors_gs1, vectors_log, vectors_text

    for operation in (
        *vectors_text.OPERATIONS,
        *vectors_log.OPERATIONS,
        *vectors_chain.OPERATIONS,
        *vectors_gs1.OPERATIONS,
    ):
        for name, (description, request, value) in operation.accepted.items():
            content = {"description": description, "request": request, "answer": {"ok": True, "value": value}}
            yield f"{operation.name}/accept/{name}.json", render(content)
        for name, (description, request, refusal) in operation.refused.items():
            content = {"description": description, "request": request, "answer": {"ok": False, **refusal}}
            yield f"{operation.name}/reject/{name}.json", render(content)


def render(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"


def write() -> None:
    shutil.rmtree(VECTORS, ignore_errors=True)
    for name, text in files():
        path = VECTORS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
