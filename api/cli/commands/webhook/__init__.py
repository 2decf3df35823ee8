"""`tanji webhook`: being told of what happens, by messages to an address of one's own."""

from __future__ import annotations

from api.cli.lazy import LazyCommand, LazyGroup

_HERE = "api.cli.commands.webhook"

group = LazyGroup(
    name="webhook",
    lazy={
        "order": LazyCommand(
            target=f"{_HERE}.order:command", help="指令 a signed order: register, list, pause, replay, remove endpoints"
        ),
    },
    help="推送 Messages to an address of one's own when a status changes (docs/api.md, Webhooks).",
)
