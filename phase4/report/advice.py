"""What to do now: one sentence and the command that does it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from phase4.formats import counted, listed
from phase4.tables.cures import run_options
from phase4.tables.rows.snapshots import CheckFigure
from phase4.tables.states import STATES

SHOWN_CHECKS = 3


@dataclass(frozen=True)
class Advice:
    """A sentence, whether it is good news, and the command that comes next (empty for none)."""

    text: str
    tone: str
    command: str = ""


class CountedDate(Protocol):
    """A date: state, games due, covered, and covered at best before upstream is repaired."""

    @property
    def game_date(self) -> date: ...
    @property
    def state(self) -> str: ...
    @property
    def due_games(self) -> int: ...
    @property
    def covered_games(self) -> int: ...
    @property
    def attainable_games(self) -> int: ...


Row = TypeVar("Row", bound=CountedDate)


def following(run_id: str, *, lease_expired: bool) -> Advice:
    """While a run is at work there is nothing else to do; whether it is, its lease tells."""
    if lease_expired:
        text = "A run holds its dates and has given no sign of life: is it still led?"
        return Advice(text, "failed", f"phase4 status {run_id}")
    return Advice("A run is on its way.", "other", f"phase4 status {run_id} --follow")


def filling(rows: Sequence[CountedDate], because: str = "") -> Advice:
    """Dates that a run can fill, and why an earlier one did not."""
    games = sum(row.attainable_games - row.covered_games for row in rows)
    text = f"{counted(len(rows), 'date')} can be filled now (+{counted(games, 'game')})"
    options = run_options({row.state for row in rows})
    return Advice(
        f"{text}{because and f': {because}'}.", "failed", f"phase4 run {span(rows)}{options}"
    )


def short(rows: Iterable[Row]) -> list[Row]:
    """Dates that upstream has to repair first: blocked ones, and those of which it lacks games."""
    return [
        row
        for row in rows
        if STATES[row.state].is_blocked
        or (STATES[row.state].is_eligible and row.attainable_games < row.due_games)
    ]


def owed(rows: Sequence[CountedDate], command: str) -> Advice:
    """Dates that upstream has to repair first."""
    games = sum(row.due_games - row.attainable_games for row in rows)
    return Advice(
        f"Everything is filled that can be; upstream owes {counted(games, 'game')}"
        f" on {counted(len(rows), 'date')}.",
        "other",
        command,
    )


def looking_at(failed: Sequence[CheckFigure], command: str) -> Advice:
    """Checks that failed on dates of which none is to fill."""
    labels = listed([check.label for check in failed], SHOWN_CHECKS)
    return Advice(
        f"Nothing to fill, but {counted(len(failed), 'check')} failed: {labels}.",
        "failed" if any(check.severity == "error" for check in failed) else "other",
        command,
    )


def span(rows: Sequence[CountedDate]) -> str:
    """The options of a range around these dates."""
    return f"--start-date {rows[0].game_date} --end-date {rows[-1].game_date}"
