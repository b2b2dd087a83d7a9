"""A snapshot for people: the figures with their denominators, what is lost, what failed."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from phase4.formats import few, figure, number, percent
from phase4.tables.checks import registry
from phase4.tables.cures import runs_of
from phase4.validation.observations import observations
from phase4.validation.snapshot import Snapshot

COLOURS = {
    "passed": "green", "at_ceiling": "yellow", "failed": "red",
    "not_due": "dim", "no_reference": "yellow",
    "optimal": "green", "target": "green", "minimum": "yellow", "below_minimum": "red",
}  # fmt: skip


def show(snapshot: Snapshot, console: Console) -> None:
    """Prints a snapshot; checks that passed are only counted."""
    scope = snapshot.scope
    console.print(f"Validation of [bold]{scope.start_date} … {scope.end_date}[/bold]")
    for table in (_figures(snapshot), _losses(snapshot), _tiers(snapshot), _criteria(snapshot)):
        console.print(table)
    _checks(snapshot, console)
    _verdict(snapshot, console)
    for command in _commands(snapshot):
        console.print(f"next    {command}", soft_wrap=True)


def _commands(snapshot: Snapshot) -> list[str]:
    """The runs that mend what was found."""
    return runs_of(seen.fix for seen in observations(snapshot) if seen.level != "ok")


def _figures(snapshot: Snapshot) -> Table:
    coverage = snapshot.coverage
    table = _table("Coverage", "", "games", "of")
    rows = {
        "of all L1 games": coverage.covered,
        "on eligible dates": coverage.eligible,
        "of what L3 can feed": coverage.reachable,
        "ceiling": coverage.attainable,
        "dates": coverage.dates,
    }
    for label, share in rows.items():
        table.add_row(label, percent(share.pct), number(share.part), number(share.whole))
    return table


def _losses(snapshot: Snapshot) -> Table:
    table = _table("Games lost to", "L1 games", "of them in L3", "dates")
    for loss in snapshot.coverage.losses:
        if loss.games:
            table.add_row(
                loss.reason, number(loss.games), number(loss.l3_games), number(loss.dates)
            )
    return table


def _tiers(snapshot: Snapshot) -> Table:
    table = _table("Metric", "value", "tier")
    for each in snapshot.coverage.metrics:
        value = percent(each.value, each.whole, each.part)
        table.add_row(each.metric, value, _coloured(each.tier or "-"))
    return table


def _criteria(snapshot: Snapshot) -> Table:
    table = _table("Criterion", "level", "figure", "outcome")
    for criterion in snapshot.criteria:
        shown = figure(criterion.figure, criterion.unit, criterion.whole, criterion.part)
        table.add_row(criterion.name, criterion.level, shown, _coloured(criterion.outcome))
    return table


def _checks(snapshot: Snapshot, console: Console) -> None:
    passed = sum(check.outcome == "passed" for check in snapshot.checks)
    console.print(f"{passed} of {len(snapshot.checks)} check results passed")
    compared = [check.label for check in snapshot.checks if check.outcome == "no_reference"]
    if compared:
        console.print(f"  {_coloured('no_reference')} {', '.join(compared)}", highlight=False)
    for check in snapshot.checks:
        if check.failed:
            word = "[yellow]noted[/]" if check.severity == "info" else _coloured("failed")
            shown = figure(check.figure, registry()[check.name].unit)
            line = (
                f"  {word} {check.severity} {check.label} = {shown}: {few(check.detail, '--json')}"
            )
            console.print(line, highlight=False)


def _verdict(snapshot: Snapshot, console: Console) -> None:
    reasons = ", ".join(snapshot.failed_criteria)
    console.print(f"Verdict: {_coloured(snapshot.verdict)}{f' ({reasons})' if reasons else ''}")
    ready = "[green]yes[/]" if snapshot.ml_ready else "[red]no[/]"
    obstacles = "; ".join(snapshot.ml_obstacles)
    console.print(f"Ready for machine learning: {ready}{f' ({obstacles})' if obstacles else ''}")
    if snapshot.facts.heartbeat_overdue:
        console.print("[yellow]The weekly health run is overdue: phase4 health[/]")


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _coloured(word: str) -> str:
    return f"[{COLOURS[word]}]{word}[/]" if word in COLOURS else word
