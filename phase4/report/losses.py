"""Where games are lost below 100 %, and what would lift the ceiling: a command for every reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from phase4.tables.cures import exactly, run_options
from phase4.tables.headline import share
from phase4.tables.rows.snapshots import Loss, RunSnapshot

SPAN = "--start-date {start} --end-date {end}"
REMEDIES = {
    "not_filled": f"phase4 run {SPAN}",
    "blocked_upstream": f"phase4 gaps {SPAN} --state BLOCKED_UPSTREAM",
    "blocked_shrunk": f"phase4 gaps {SPAN} --state BLOCKED_SHRUNK",
    "blocked_quality": f"phase4 gaps {SPAN} --state BLOCKED_QUALITY",
    "l3_incomplete": f"phase4 gaps {SPAN} --incomplete",
    "unconfirmed": f"phase4 gaps {SPAN} --all",
    "bootstrap": f"phase4 run {SPAN}{run_options({'EXEMPT_BOOTSTRAP'})}",
}
MEANINGS = {
    "not_filled": "L3 can feed them, L4 lacks them",
    "blocked_upstream": "L3 has no row of the date, or too little behind it: backfill L3 first",
    "blocked_shrunk": "upstream lost games that L4 or the ledger know: restore it first",
    "blocked_quality": "L3 rows lack minutes or usage: repair L3 first",
    "l3_incomplete": "L3 has the date, but not all its games: backfill L3, then run again",
    "unconfirmed": "L3 has them, L1 has no game of the date: restore the raw feed",
    "bootstrap": "first days of a season: too little history for the factors, filled on request",
    "preseason": "before the opener: exempt",
    "all_star": "All-Star break: exempt",
}


@dataclass(frozen=True)
class Lift:
    """Games lost to one reason; `coverage_pct`: what the ceiling would be with them."""

    reason: str
    meaning: str
    games: int
    dates: int
    l3_games: int
    coverage_pct: float | None
    command: str


def lifts_of(
    snapshot: RunSnapshot | None, start: date, end: date, named: Sequence[date] = ()
) -> tuple[Lift, ...]:
    """Every reason that costs games, the dearest first; nothing before the first snapshot.

    `named` are the dates that the run was given by name, if it was.
    """
    if snapshot is None:
        return ()
    lost = [loss for loss in snapshot.losses if loss.games]
    lost.sort(key=lambda loss: -loss.games)
    lifts = (_lift(loss, snapshot, start, end) for loss in lost)
    return tuple(replace(lift, command=exactly(lift.command, named)) for lift in lifts)


def _lift(loss: Loss, snapshot: RunSnapshot, start: date, end: date) -> Lift:
    reason, due = loss.reason, snapshot.due_games
    # What is not filled is part of the ceiling already.
    games = snapshot.attainable_games + (0 if reason == "not_filled" else loss.games)
    return Lift(
        reason=reason,
        meaning=MEANINGS[reason],
        games=loss.games,
        dates=loss.dates,
        l3_games=loss.l3_games,
        coverage_pct=share(games, due),
        command=REMEDIES.get(reason, "").format(start=start, end=end),
    )
