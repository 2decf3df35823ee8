"""Requests made from the service's own description (schemathesis), some of them with names of things that are there.

A request made from types alone names a statement nobody has, and never gets past "not found". So path and query parameters, and the
subjects of bodies, are mostly drawn from `Real`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import strategies as st

TEXTUAL = ("application/x-ndjson", "application/vnd.tanji.payload", "application/octet-stream")
STREAM = "/v1/events"


@dataclass(frozen=True)
class Real:
    """What is there: values by the name of a parameter or a body's member; by operation bodies that are right, and parameters that go together."""

    values: dict[str, tuple[Any, ...]]
    together: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    headers: tuple[dict[str, str], ...] = ({},)


@schemathesis.serializer(*TEXTUAL)
def as_text(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


def operations(url: str) -> Iterator[Any]:
    """Every operation of the description but the endless stream."""
    for found in schemathesis.openapi.from_url(url).get_all_operations():
        operation = found.ok()
        if operation.path != STREAM:
            yield operation


def cases(operation: Any, real: Real) -> st.SearchStrategy[Any]:
    """Requests of an operation: as described, or in one thing not so; with what is there in most of them."""
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
    made = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])
    return st.tuples(made, st.integers(0, 3), st.sampled_from(real.headers), st.integers(0, 1_000)).map(
        lambda drawn: _grounded(*drawn, operation=operation, real=real)
    )


def _grounded(case: Any, how: int, headers: dict[str, str], which: int, *, operation: Any, real: Real) -> Any:
    known = operation.definition.raw["operationId"]
    if how:
        for place in (case.path_parameters, case.query, case.body):
            if isinstance(place, dict):
                for name in place:
                    if name in real.values:
                        place[name] = _pick(real.values[name], which)
                    if name in real.together.get(known, {}):
                        place[name] = real.together[known][name]
    if how > 1 and known in real.bodies:
        case.body = _pick(real.bodies[known], which)
    case.headers = {**dict(case.headers or {}), **headers}
    return case


def _pick(values: tuple[Any, ...], which: int) -> Any:
    return values[which % len(values)]
