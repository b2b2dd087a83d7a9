"""`phase4 explain`: everything behind one date, or behind one player's scores."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from phase4.cli import explain_player, terminal
from phase4.cli.open_warehouse import open_warehouse
from phase4.cli.options import AsJson, parse_day
from phase4.cloud.settings import Settings
from phase4.formats import few
from phase4.runs.explanation import Explanation, explanation_of
from phase4.tables.calendar import check_seasons
from phase4.tables.filled import DEFAULT
from phase4.tables.rows.dates import DateAttempt, DateGame, DatePlayer, DateSource
from phase4.tables.states import STATES


def explain(
    subject: Annotated[str, typer.Argument(help="A date, or a player.", metavar="DATE|PLAYER")],
    day: Annotated[
        date | None,
        typer.Argument(help="The date of the player's game.", metavar="DATE", parser=parse_day),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a date: its state by rule, rows missing by name, attempts, snapshots, alerts.

    With a player before the date: his scores with their inputs, computed once more.

    Example: phase4 explain 2024-11-20

    Example: phase4 explain lebronjames 2024-11-20
    """
    warehouse = open_warehouse(Settings.from_environment())
    asked = parse_day(subject) if day is None else day
    check_seasons(asked)
    if day is not None:
        explain_player.show(warehouse, subject, day, as_json=as_json)
        return
    explanation = explanation_of(warehouse, asked)
    if as_json:
        deciding = explanation.deciding
        told = {"rules": explanation.rules, "deciding": deciding and deciding.name}
        terminal.print_json({**asdict(explanation), **told})
    else:
        _describe(terminal.results(), explanation)


def _describe(console: Console, explanation: Explanation) -> None:
    day, status = explanation.game_date, explanation.status
    console.print(
        f"[bold]{day}[/] {terminal.coloured(status.state)}: {escape(status.reason)}",
        soft_wrap=True,
    )
    if remedy := STATES[status.state].remedy_for(day, day):
        console.print(f"next: {remedy}", soft_wrap=True)
    _rules(console, explanation)
    _games(console, explanation.games)
    _players(console, explanation.players)
    _sources(console, explanation.sources)
    _life(console, explanation.life)
    _judgements(console, explanation)
    _advice(console, day)


def _rules(console: Console, explanation: Explanation) -> None:
    made = terminal.table("rule", "figure", "", title="\nRules", words=("figure", ""))
    for rule in explanation.rules:
        decides = rule is explanation.deciding
        mark = "[green]holds[/]" if rule.holds else "[red]broken[/]"
        made.add_row(rule.name, rule.figure, f"{mark} → {rule.state}" if decides else mark)
    console.print(made)


def _games(console: Console, games: list[DateGame]) -> None:
    if not games:
        return
    made = terminal.table(
        "game", "L1 players", "L3 played", "L4 players", "L4 rows", title="\nGames by layer"
    )
    for game in games:
        made.add_row(
            game.teams or "unknown teams", str(game.l1_players),
            str(game.l3_players), str(game.l4_players), str(game.l4_rows),
        )  # fmt: skip
    console.print(made)


def _players(console: Console, players: list[DatePlayer]) -> None:
    if not players:
        return
    made = terminal.table(
        "player", "game", "minutes", "disagreement", "quarantined",
        title="\nPlayers on whom L3 and L4 disagree", words=("game", "disagreement", "quarantined"),
    )  # fmt: skip
    shown, more = terminal.first(players, "players")
    for player in shown:
        made.add_row(
            player.player_name or player.player_lookup, player.game_id,
            str(player.minutes_played or "-"), player.disagreement,
            escape(player.quarantine_reason or ""),
        )  # fmt: skip
    _listed(console, made, more)


def _listed(console: Console, made: Table, more: str) -> None:
    console.print(made)
    if more:
        console.print(f"  {more}")


def _sources(console: Console, sources: list[DateSource]) -> None:
    for source in sources:
        console.print(
            f"rows: {source.stored_rows} by {source.run_id} ({source.calculation_version},"
            f" code {source.code_version}), L3 as of {terminal.moment(source.processed_at)},"
            f" completeness {terminal.percent(source.completeness_pct)},"
            f" {source.not_ready_rows} not production-ready",
            soft_wrap=True,
        )


def _life(console: Console, life: list[DateAttempt]) -> None:
    if not life:
        console.print("no run has planned this date")
        return
    made = terminal.table(
        "run", "plan", "outcome", "at (UTC)", "counted", "changed", "load job or reason",
        title="\nRuns", words=("plan", "outcome", "at (UTC)", "load job or reason"),
    )  # fmt: skip
    shown, more = terminal.first(life, "attempts")
    for row in shown:
        place = "" if row.wave is None else f" wave {row.wave} task {row.task}"
        table = "" if row.table_name == DEFAULT.name else f"{row.table_name}: "
        made.add_row(
            terminal.short(console, row.run_id),
            f"{table}{row.action.lower()} {row.planned_state}{place}",
            terminal.coloured(row.status or ("-" if row.action == "SKIPPED" else "none yet")),
            terminal.moment(row.finished_at or row.planned_at),
            terminal.number(row.counted_players), terminal.number(row.rows_changed),
            escape(row.reason or row.load_job_id or row.planned_reason),
        )  # fmt: skip
    _listed(console, made, more)


def _judgements(console: Console, explanation: Explanation) -> None:
    if explanation.snapshots:
        console.print("\n[bold]Last snapshots over this date[/]")
    snapshots, more = terminal.first(explanation.snapshots, "snapshots")
    for row in snapshots:
        naming = f"; checks that name it: {row.naming_checks}" if row.naming_checks else ""
        console.print(
            f"  {terminal.moment(row.snapshot_at)} {row.kind} {row.start_date} …"
            f" {row.end_date}: {terminal.coloured(row.verdict)},"
            f" {terminal.percent(row.coverage_pct, row.due_games)}{naming}",
            soft_wrap=True,
        )
    if more:
        console.print(f"  {more}")
    for alert in terminal.first(explanation.alerts, "alerts")[0]:
        console.print(
            f"  alert {alert.metric} {alert.transition.lower()}"
            f" {terminal.moment(alert.noted_at)}: {escape(few(alert.message, '--json'))}",
            soft_wrap=True,
        )


def _advice(console: Console, day: date) -> None:
    console.print(f"\na player's scores:\n  phase4 explain PLAYER {day}")
