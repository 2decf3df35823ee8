"""`tanji regulator status …`: the regulators' shared lane. A certifier cannot lift what is written here."""

from __future__ import annotations

import click

from api.cli.lanes import CANCEL, RESTORE, SUSPEND, WITHDRAW, regulators_command

group = click.Group(
    "status",
    commands=[regulators_command(verb) for verb in (SUSPEND, RESTORE, WITHDRAW, CANCEL)],
    help="状态 The regulators' own lane: the worse of it and the issuer's counts.",
)
