"""`tanji certifier status`, `tanji enterprise status`: both lanes of a subject, as the chain has them now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.cli.lanes import read_subject
from api.cli.mined import moment
from api.cli.options import PARTY, Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from ledger.chain.registry import RegistryView
    from verifier.types import PartyId


@click.command(
    "status",
    help="""状态 What the chain says of a statement, a certificate number or a party: the issuer's lane and the regulators'.

    \b
    Examples:
      tanji certifier status TJ-2026-000001 --party uscc:91110000MA0C0EXAM2
      tanji enterprise status uscc:91210100MA0P0EXAM1 --party uscc:91210100MA0P0EXAM1
    """,
)
@click.argument("subjects", nargs=-1, required=True)
@click.option("--party", type=PARTY, required=True, help="who issued it")
@at_place
@speaks
def command(*, subjects: tuple[str, ...], party: str, place: Place, output: Output) -> None:
    """Read the lanes at the node's head."""
    from ledger.chain.registry import registry_at_head
    from verifier.contracts import REGULATORS
    from verifier.encoding import to_hex
    from verifier.identifiers import party_id

    wanted = [(text, read_subject(text, party)) for text in subjects]
    registry = registry_at_head(place.chain(), place.deployment())
    found = [
        {
            "subject": to_hex(subject),
            "given": text,
            "issuer": lane_document(registry, party_id(party), subject),
            "regulators": lane_document(registry, REGULATORS, subject),
        }
        for text, subject in wanted
    ]
    rows = [(row["given"], _newest(row["issuer"]), _newest(row["regulators"])) for row in found]
    output.table(
        f"区块 block {registry.block.number}",
        ("对象 subject", "发证方 issuer's lane", "监管 regulators' lane"),
        rows,
    )
    output.hint("the worse of the two counts; what is not final yet may still change: `tanji verify` decides")
    output.result({"block": registry.block.number, "subjects": found})


def lane_document(registry: RegistryView, owner: PartyId, subject: bytes) -> list[dict[str, object]]:
    """A lane's transitions as plain values, newest first; empty when nothing was ever written (active)."""
    from api.runtime.requests import STATUS_NAMES

    return [
        {"status": STATUS_NAMES[step.status], "time": step.time, "ordinal": step.ordinal}
        for step in registry.lane(owner, subject)
    ]


def _newest(lane: object) -> str:
    if not isinstance(lane, list) or not lane:
        return "有效 active (从未变更 never changed)"
    newest = lane[0]
    return f"{newest['status']} · {moment(newest['time'])}"
