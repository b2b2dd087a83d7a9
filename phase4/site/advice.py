"""What to do now: one sentence and the command that does it, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from phase4.formats import number
from phase4.site.facts import Site
from phase4.site.states import TableDate


@dataclass(frozen=True)
class Advice:
    """A sentence, whether it is good news, and the command that comes next (empty for none)."""

    text: str
    tone: str
    command: str = ""


def advice_of(site: Site) -> Advice:
    """The one thing to do."""
    if site.overview.lock_holders:
        run = site.overview.lock_holders[0]
        return Advice("A run is on its way.", "other", f"phase4 status {run.run_id} --follow")
    fillable = site.main.of_class("fillable")
    if fillable:
        games = sum(row.attainable_games - row.covered_games for row in fillable)
        text = f"{number(len(fillable))} dates can be filled now (+{number(games)} games)."
        return Advice(text, "failed", f"phase4 run {_span(fillable)}")
    blocked = site.main.of_class("blocked")
    if blocked:
        games = sum(row.due_games - row.attainable_games for row in blocked)
        text = (
            f"Everything is filled that can be; upstream owes {number(games)} games on"
            f" {number(len(blocked))} dates."
        )
        return Advice(text, "other", _upstream(site, blocked))
    if site.overview.alerts:
        alert = site.overview.alerts[0]
        return Advice(f"Nothing to fill, but: {alert.message}", "other", alert.fix)
    if site.overview.signs.overdue:
        return Advice("The weekly health run is overdue.", "other", "phase4 health")
    return Advice("Every date is as it should be.", "passed")


def _upstream(site: Site, blocked: Sequence[TableDate]) -> str:
    """L3 may be fillable from L1; else the gaps say what lacks."""
    owed = {row.game_date for row in blocked}
    for table in site.tables:
        if table is not site.main and owed & {row.game_date for row in table.of_class("fillable")}:
            return f"phase4 run {_span(blocked)} --tables all"
    return f"phase4 gaps {_span(blocked)}"


def _span(rows: Sequence[TableDate]) -> str:
    return f"--start-date {rows[0].game_date} --end-date {rows[-1].game_date}"
