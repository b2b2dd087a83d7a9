"""The dates of a report as its run left them, and what has happened to them since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from phase4.runs.receipt import DateDone
from phase4.runs.written import is_undo
from phase4.tables.filled import DEFAULT
from phase4.tables.rows.dates import Gap
from phase4.tables.rows.plans import PlanDate
from phase4.tables.rows.players import PlayerGames

DONE = {"PUBLISHED": "written by this run", "UNCHANGED": "found unchanged by this run"}


@dataclass(frozen=True)
class ReportDate(Gap):
    """One date at the end of the run; `run_status` is empty when the run did not plan it.

    `since` says what happened to it afterwards; empty when nothing did.
    """

    l1_players: int
    l4_players: int
    ready_players: int
    run_status: str
    rows_changed: int | None
    since: str


def dates_of(
    now: Iterable[Gap],
    plan: Iterable[PlanDate],
    players: Iterable[PlayerGames],
    done: Iterable[DateDone],
) -> list[ReportDate]:
    """The dates as they are now, put back to what plan and outcome say of the run's end."""
    games = {row.game_date: row for row in players}
    planned = {row.game_date: row for row in plan}
    outcomes = {row.game_date: row for row in done if row.table_name == DEFAULT.name}
    return [
        _date(gap, planned.get(day), games.get(day), outcomes.get(day))
        for gap in now
        for day in [gap.game_date]
    ]


def _date(
    gap: Gap, plan: PlanDate | None, players: PlayerGames | None, done: DateDone | None
) -> ReportDate:
    left = _as_left(gap, plan, players, done) if plan else gap
    return ReportDate(
        **vars(left),
        l1_players=players.l1_players if players else 0,
        l4_players=players.l4_players if players else 0,
        ready_players=players.ready_players if players else 0,
        run_status=done.status if done else "",
        rows_changed=done.rows_changed if done else None,
        since=_since(left, gap, done),
    )


def _as_left(gap: Gap, plan: PlanDate, players: PlayerGames | None, done: DateDone | None) -> Gap:
    state, reason, covered = plan.state, plan.reason, plan.covered_games
    held = players.l4_players if players else 0
    if done and done.status in DONE:
        state, reason, covered = "COMPLETE", DONE[done.status], plan.forecast_games
    elif done and done.status == "DIED" and 0 < gap.expected_players <= held:
        state, reason, covered = "COMPLETE", "written by a task that died", plan.forecast_games
    # What is still so is told with all that is known of it.
    if state == gap.state and not (done and done.later_run):
        return gap
    present = min(held, gap.expected_players)
    return replace(
        gap,
        state=state,
        reason=reason,
        due_games=plan.due_games,
        covered_games=covered,
        attainable_games=plan.attainable_games,
        present_players=present,
        missing_players=gap.expected_players - present,
    )


def _since(left: Gap, now: Gap, done: DateDone | None) -> str:
    later = done.later_run if done else None
    wrote = f"{'taken back' if is_undo(later) else 'written'} by {later}" if later else ""
    became = f"now {now.state.lower().replace('_', ' ')}" if now.state != left.state else ""
    return ", ".join(filter(None, (wrote, became)))
