"""`tanji enterprise suspend | restore | withdraw`."""

from __future__ import annotations

from api.cli.lanes import RESTORE, SUSPEND, WITHDRAW, own_lane_command

suspend, restore, withdraw = (own_lane_command(verb, "enterprise") for verb in (SUSPEND, RESTORE, WITHDRAW))
