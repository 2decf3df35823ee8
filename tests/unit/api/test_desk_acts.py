"""A regulator's acts: the call is the one `tanji regulator` sends, and the command line told beside it is one that the command line reads."""

from __future__ import annotations

import importlib
import shlex
from dataclasses import dataclass, field
from typing import Any

import click
import pytest

from api.cli.commands.regulator import group
from api.desks import acts
from api.desks.acts import Act
from ledger.chain.abi import encode_call
from ledger.services.registry import KeyRegistration, SignedRegistration, TrustOperations
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, DEPLOYMENT
from verifier.contracts import FOREVER, Purpose
from verifier.snapshot import Profile
from verifier.types import Address

PROFILE = Profile(party=bodies.CERTIFIER, name="示例 'quoted' $(x)", name_en="A & B", url="https://a.example/?b=1")
SIGNED = SignedRegistration(
    registration=KeyRegistration(
        key=CERTIFIER_KEY.address, party=bodies.CERTIFIER, purposes=Purpose.CERTIFICATE | Purpose.STATUS, ends_at=2_000_000_000
    ),
    signature=b"\x07" * 65,
)  # fmt: skip
SCOPE = "urn:pact:tanji.example:category:refrigerator"
KEY = CERTIFIER_KEY.address
ACTS: dict[str, tuple[Act, str, tuple[Any, ...], dict[str, Any]]] = {
    "admit": (acts.admit(PROFILE), "register_party", (PROFILE,), {}),
    "rename": (acts.rename(PROFILE), "change_profile", (PROFILE,), {}),
    "succeed": (acts.succeed(bodies.CERTIFIER, bodies.HOLDER), "record_successor", (bodies.CERTIFIER, bodies.HOLDER), {}),
    "register": (acts.register_key(SIGNED), "register_key", (SIGNED,), {}),
    "end-key": (acts.end_key(KEY), "end_key", (KEY,), {}),
    "end-key-later": (acts.end_key(KEY, 1_900_000_000), "end_key", (KEY, 1_900_000_000), {}),
    "compromise": (acts.report_compromise(KEY, 1_700_000_000), "report_compromise", (KEY, 1_700_000_000), {}),
    "open": (acts.open_grant(bodies.CERTIFIER, "certificate", SCOPE), "open_grant", (bodies.CERTIFIER, Purpose.CERTIFICATE, SCOPE), {}),
    "open-dated": (
        acts.open_grant(bodies.HOLDER, "footprint", "", starts_at=1_800_000_000, ends_at=1_900_000_000),
        "open_grant", (bodies.HOLDER, Purpose.FOOTPRINT), {"starts_at": 1_800_000_000, "ends_at": 1_900_000_000},
    ),
    "extend-dated": (
        acts.extend_grant(bodies.HOLDER, "footprint", "", 1_900_000_000),
        "extend_grant",
        (bodies.HOLDER, Purpose.FOOTPRINT, "", 1_900_000_000),
        {},
    ),
    "extend": (acts.extend_grant(bodies.CERTIFIER, "certificate", SCOPE, FOREVER), "extend_grant", (bodies.CERTIFIER, Purpose.CERTIFICATE, SCOPE, FOREVER), {}),
    "end": (acts.end_grant(bodies.HOLDER, "labels", "gs1:690123456"), "end_grant", (bodies.HOLDER, Purpose.LABELS, "gs1:690123456"), {}),
}  # fmt: skip


@dataclass
class Listening:
    """A sender that keeps what it is given."""

    sent: list[tuple[Address, bytes]] = field(default_factory=list)

    def send(self, to: Address, data: bytes) -> None:
        self.sent.append((to, data))


@pytest.mark.parametrize("name", ACTS)
def test_the_call_is_the_one_the_command_sends(name: str) -> None:
    act, method, given, more = ACTS[name]
    sender = Listening()
    getattr(TrustOperations(sender=sender, deployment=DEPLOYMENT), method)(*given, **more)  # type: ignore[arg-type]
    call = act.call(DEPLOYMENT)
    assert sender.sent == [(call.to, call.data)]
    assert encode_call(call.function, *call.arguments) == call.data


@pytest.mark.parametrize("name", ACTS)
def test_the_command_line_is_read_as_it_stands(name: str) -> None:
    if name == "extend":
        assert ACTS[name][0].command_line == "", "the command line has no word for an open end"
        return
    words = shlex.split(ACTS[name][0].command_line)
    assert words[:2] == ["tanji", "regulator"]
    assert words[-2:] == ["--key", "KEYSTORE"]
    command: click.Command = group
    rest = words[2:]
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), rest[0])
        assert found is not None, rest[0]
        command, rest = found, rest[1:]
    if name == "register":
        assert rest[0] == "request.json"
        return
    context = command.make_context(command.name, [*rest])
    assert context.params


def test_a_line_names_everything_and_times_are_of_shanghai() -> None:
    act = acts.open_grant(bodies.CERTIFIER, "certificate", SCOPE, ends_at=1_798_732_800)
    assert (
        act.summary
        == f"Open grant · party {bodies.CERTIFIER} · certificate · scope {SCOPE} · from now · until 2027-01-01T00:00:00+08:00"
    )
    assert acts.spelt(FOREVER) == "no end"
    assert importlib.import_module("api.desks.plain").TITLES.keys() == acts.ACTS.keys()
