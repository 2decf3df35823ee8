"""`tanji operator status`."""

from __future__ import annotations

import click

from api.cli.mined import moment
from api.cli.options import Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks


@click.command(
    "status",
    help="""状况 The log, its anchors and its promises. Reads only; the chain is asked where it can be.

    \b
    Examples:
      tanji operator status
      tanji operator status --json
    """,
)
@at_place
@speaks
def command(*, place: Place, output: Output) -> None:
    """Sizes, next promise, account."""
    from api.runtime.parts import open_reader
    from ledger.domain.errors import LedgerError
    from ledger.keys.keystore import keystore_address
    from verifier.signature import to_checksum

    home = place.home()
    account = keystore_address(home.sequencer_keystore)
    with open_reader(home) as parts:
        anchors = parts.anchors.anchors()
        anchored = anchors[-1].size if anchors else 0
        values: dict[str, object] = {
            "origin": parts.deployment.origin,
            "sequenced": parts.store.size(),
            "integrated": parts.tree.size,
            "anchors": len(anchors),
            "anchored": anchored,
            "nextPromise": parts.store.earliest_anchor_by(anchored),
        }
    values["sequencer"] = to_checksum(account)
    try:
        values["balanceWei"] = place.chain().balance(account)  # type: ignore[arg-type]
    except LedgerError as error:
        values["chain"] = str(error)
    shown = values | {"nextPromise": moment(values["nextPromise"])}
    output.facts("", shown.items())
    if not values["sequenced"]:
        output.hint("empty: submit statements with `tanji operator submit`")
    elif values["anchored"] != values["sequenced"]:
        output.hint("not all is anchored: `tanji operator run`, or `tanji operator anchor --until-settled`")
    output.result(values)
