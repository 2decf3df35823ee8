"""Random small changes of the genuine documents, for comparing two verifiers where nobody thought of an attack. Seeded: one seed, one list."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.support.attack_rows import answer, question
from tests.support.attacks.corpus import changed_story
from tests.support.labels import changed_labels, genuine_label
from tests.support.world import DAY, Case, Story, genuine
from verifier.errors import VerifierError
from verifier.policy import POLICIES

VALUES: tuple[Any, ...] = (
    None, True, 0, 1, -1, 2**53 - 1, 2**53, "", "0", "0x", "e\u0301", "\u0378", "😀", "A", "-0", "0.0", "1.50", "1e3", "x" * 41, "x" * 201, "「", "·",
    "\t", "\n", [], {}, [1], {"$sealed": "AAAA"}, {"$sealed": "A" * 43}, {"a": 1}, "urn:gtin:06901234567892", "kilogram", "2026-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "Deprecated", "06901234567892", "kgCO2/kilogram", "0x" + "00" * 32, "cradle-to-grave", "batch",
)  # fmt: skip
CHARACTERS = "0123456789abcdefABCDEF.-_ é中"
NAMES = ("x", "$sealed", "__proto__", "constructor", "toString")


def rows(seed: int, count: int) -> Iterator[dict[str, Any]]:
    """Rows as those of the corpus; changes that leave no case to build are passed over."""
    chance = random.Random(seed)
    made = 0
    while made < count:
        try:
            case = _case(chance)
            data = case.data()
        except (VerifierError, KeyError, IndexError, TypeError, ValueError, AttributeError):
            continue
        yield {"id": f"{seed}-{made}", "question": question(case, data), "answer": answer(case, data)}
        made += 1


def _case(chance: random.Random) -> Case:
    case = _changed(chance)
    case.now += chance.choice((0, 0, 0, 2 * DAY, -DAY, -200))
    if chance.random() < 0.2:
        case.at = case.now - chance.choice((0, DAY, 10 * DAY, 400 * DAY))
    if chance.random() < 0.3:
        case.policy = chance.choice(list(POLICIES.values()))
    if chance.random() < 0.15:
        nodes = list(case.snapshot.nodes)
        nodes.pop(chance.randrange(len(nodes)))
        case.snapshot = replace(case.snapshot, nodes=tuple(nodes))
    return case


def _changed(chance: random.Random) -> Case:
    """A change of the evidence as it is, or of a body before everything is signed and anchored."""
    kind = chance.random()
    if kind < 0.4:
        case = chance.choice((genuine, genuine_label))()
        mutate(case.document, chance)
        return case

    def change(story: Story) -> None:
        mutate(story.bodies[chance.choice(list(story.bodies))], chance)

    return (changed_story if kind < 0.75 else changed_labels)(change)


def mutate(document: Any, chance: random.Random) -> None:
    """One change at one random place."""
    path = chance.choice([path for path in _paths(document, ()) if path])
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    key, old, what = path[-1], parent[path[-1]], chance.random()
    if what < 0.15:
        del parent[key]
    elif what < 0.25 and isinstance(parent, list):
        parent.append(copy.deepcopy(old))
    elif what < 0.35 and isinstance(parent, dict):
        parent[chance.choice(NAMES)] = copy.deepcopy(chance.choice(VALUES))
    elif what < 0.55 and type(old) is int:
        parent[key] = old + chance.choice((-1, 1, DAY, -DAY, 2**31, -old))
    elif what < 0.75 and isinstance(old, str) and old:
        at, one = chance.randrange(len(old)), chance.choice(CHARACTERS)
        parent[key] = chance.choice(
            (
                old[:at] + one + old[at + 1 :],
                old[:at] + old[at + 1 :],
                old[:at] + one + old[at:],
                old + old,
                old.upper(),
                old + "0",
            )
        )
    else:
        parent[key] = copy.deepcopy(chance.choice(VALUES))


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from _paths(member, (*path, key))
