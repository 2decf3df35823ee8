"""`tanji operator scans`: what is kept of scans, and when it goes."""

from __future__ import annotations

import click

from api.cli.lazy import LazyCommand, LazyGroup
from api.cli.mined import moment
from api.cli.options import Place, at_place
from api.cli.output import Output
from api.cli.output import command as speaks

_HERE = "api.cli.commands.operator.scans"

group = LazyGroup(
    name="scans",
    lazy={
        "stats": LazyCommand(target=f"{_HERE}:stats", help="统计 how many scans, of how many items, since when"),
        "alerts": LazyCommand(target=f"{_HERE}:alerts", help="告警 labels that look copied, to tell their issuers"),
        "purge": LazyCommand(target=f"{_HERE}:purge", help="清除 delete what is older than the retention"),
    },
    help="扫码记录 Scans of labels, kept without personal data: alerts, figures, purging (docs/copies.md).",
)


@click.command(
    "stats",
    help="""统计 How many scans are kept, by kind, and of how many items.

    \b
    Examples:
      tanji operator scans stats --json
    """,
)
@at_place
@speaks
def stats(*, place: Place, output: Output) -> None:
    """Figures."""
    from api.runtime.scanning import open_scanning

    with open_scanning(place.home()) as scanning:
        found = scanning.stats()
    values: dict[str, object] = {
        "scans": {kind.name.lower(): count for kind, count in sorted(found.scans.items())},
        "items": found.items,
        "oldest": found.oldest,
        "pinsUsed": found.pins_used,
        "alerts": found.alerts,
    }
    output.facts("", (values | {"oldest": moment(found.oldest)}).items())
    output.result(values)


@click.command(
    "alerts",
    help="""告警 Labels that look copied, oldest first: one alert a day for each item and reason. Ask again with the last number to get what is new.

    \b
    Examples:
      tanji operator scans alerts
      tanji operator scans alerts --after 120 --json
    """,
)
@click.option("--after", type=click.IntRange(min=0), default=0, help="alerts with a greater number only")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1_000, show_default=True, help="at most so many")
@at_place
@speaks
def alerts(*, after: int, limit: int, place: Place, output: Output) -> None:
    """List them."""
    from api.runtime.scanning import open_scanning
    from verifier.sentences import sentence

    with open_scanning(place.home()) as scanning:
        found = scanning.alerts(after=after, limit=limit)
    rows = []
    documents = []
    for alert in found:
        chinese, english = sentence("label.copied", "suspect", alert.reason, alert.fields)
        rows.append((alert.number, moment(alert.at), alert.issuer, f"{alert.item.gtin} {alert.item.serial}", chinese))
        documents.append(
            {
                "number": alert.number,
                "at": alert.at,
                "issuer": alert.issuer,
                "gtin": alert.item.gtin,
                "serial": alert.item.serial,
                "reason": alert.reason,
                "fields": dict(alert.fields),
                "zh": chinese,
                "en": english,
            }
        )
    output.table("", ("编号 number", "时间 at", "企业 issuer", "商品 item", "原因 reason"), rows)
    if not rows:
        output.say("没有新告警 no alerts")
    output.result({"alerts": documents})


@click.command(
    "purge",
    help="""清除 Delete scans and alerts older than the retention in tanji.toml ([scans]). Run it every day.

    \b
    Examples:
      tanji operator scans purge
    """,
)
@at_place
@speaks
def purge(*, place: Place, output: Output) -> None:
    """Delete what is old."""
    from api.runtime.scanning import open_scanning, retention_of

    home = place.home()
    with open_scanning(home) as scanning:
        gone = scanning.purge(retention_of(home.settings.scans))
    output.say(f"已清除 {gone} 条扫码记录 scans deleted")
    output.result({"deleted": gone})
