"""`phase4 alerts`: the alerts that are open; one of them acknowledged or snoozed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from phase4.cli import person, terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson
from phase4.cloud.queries import ask
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Warehouse
from phase4.errors import WrongInput
from phase4.formats import few
from phase4.tables.rows.snapshots import AlertTransition

LONGEST_SNOOZE_DAYS = 90


def alerts(
    key: Annotated[
        str | None, typer.Argument(help="Key of an open alert.", metavar="ALERT")
    ] = None,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="You know: its age is told no more.")
    ] = False,
    snooze_days: Annotated[
        int | None,
        typer.Option(min=1, max=LONGEST_SNOOZE_DAYS, help="Tell nothing but its end so long."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the open alerts; acknowledge one, or snooze it for some days.

    What becomes worse or better is told of an acknowledged alert, too; of a snoozed one nothing
    is, until it is over or the days are. Every alert is told when it is over.

    Example: phase4 alerts "season 2025-26 l4_coverage_pct" --snooze-days 7
    """
    if (acknowledge or snooze_days) and not key:
        raise WrongInput("say which ALERT: `phase4 alerts` lists the keys of those that are open")
    if acknowledge and snooze_days:
        raise WrongInput("--acknowledge or --snooze-days, not both")
    warehouse = open_warehouse(Settings.from_environment())
    if key and (acknowledge or snooze_days):
        _note(warehouse, key, snooze_days)
    known = [row for row in ask(warehouse, AlertTransition) if row.is_open]
    shown = [row for row in known if key in (None, row.alert_key)]
    if key and not shown:
        from phase4.validation.alert_log import AlertUnknown

        raise AlertUnknown(key)
    if as_json:
        terminal.print_json([asdict(row) for row in shown])
    else:
        show_alerts(terminal.results(), shown, in_full=bool(key))


def show_alerts(
    console: Console, found: Sequence[AlertTransition], *, in_full: bool = False
) -> None:
    """Open alerts: what it is, since when, who knows of it, what mends it."""
    console.print(f"\n[bold]Open alerts[/]  {len(found) or 'none'}")
    for alert in found:
        style = "red" if alert.severity == "critical" else "yellow"
        command = f'phase4 alerts "{alert.alert_key}"'
        message = alert.message if in_full else few(alert.message, command)
        since = f"since {terminal.moment(alert.opened_at)}{_then(alert)}"
        console.print(
            f"  [{style}]{alert.severity}[/] {escape(message)}\n"
            f"    {escape(alert.alert_key)}: {since},"
            f" figures of {terminal.moment(alert.measured_at)}{_known(alert)}",
            soft_wrap=True,
        )
        # On a line of its own it can be copied.
        console.print(f"    {escape(alert.fix)}", soft_wrap=True)


def _note(warehouse: Warehouse, key: str, snooze_days: int | None) -> None:
    from phase4.validation.alert_log import note_alert

    if snooze_days:
        until = datetime.now(UTC) + timedelta(days=snooze_days)
        note_alert(warehouse, key, "SNOOZED", person.name(), until)
    else:
        note_alert(warehouse, key, "ACKNOWLEDGED", person.name())


def _then(alert: AlertTransition) -> str:
    then = alert.opened_value, alert.opened_part, alert.opened_whole
    if alert.opened_whole is None or then == (alert.value, alert.part, alert.whole):
        return ""
    was = terminal.percent(alert.opened_value, alert.opened_whole, alert.opened_part)
    return f", then {was}"


def _known(alert: AlertTransition) -> str:
    if alert.snoozed_until:
        return f"; snoozed until {terminal.moment(alert.snoozed_until)}"
    return "; acknowledged" if alert.acknowledged else ""
