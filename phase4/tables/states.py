"""The states of a date in words: what each means and what lifts it (domain.md section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class State:
    """One state; `remedy` is a command with {start} and {end}, or advice, or empty."""

    name: str
    meaning: str
    remedy: str
    is_gap: bool
    is_fillable: bool = False

    def remedy_for(self, start: date, end: date) -> str:
        """The remedy for a range."""
        return self.remedy.format(start=start, end=end)


FILL = "phase4 run --start-date {start} --end-date {end}"
STATES: dict[str, State] = {
    state.name: state
    for state in (
        State("COMPLETE", "every player who played has one current row", "", is_gap=False),
        State("MISSING", "L3 is good, L4 has no row", FILL, is_gap=True, is_fillable=True),
        State("PARTIAL", "L4 lacks players who played", FILL, is_gap=True, is_fillable=True),
        State(
            "STALE",
            "facts behind the date changed, or another calculation version",
            FILL + " --reasons stale",
            is_gap=True,
            is_fillable=True,
        ),
        State(
            "OVERCOUNT", "L4 has rows that L3 does not have", FILL, is_gap=True, is_fillable=True
        ),
        State(
            "BLOCKED_UPSTREAM",
            "L1 has games, L3 has none; or offence or defence lack in the windows behind",
            "backfill L3 for these dates (or those that the reason names), then " + FILL,
            is_gap=True,
        ),
        State(
            "BLOCKED_SHRUNK",
            "L3 has less than L4 and the ledger know",
            "restore L3 for these dates, or let the rows go: " + FILL + " --accept-loss",
            is_gap=True,
        ),
        State(
            "BLOCKED_QUALITY",
            "too few L3 rows have minutes or usage",
            "repair L3 for these dates, then " + FILL,
            is_gap=True,
        ),
        State("EXEMPT_BOOTSTRAP", "first days of a season: too little history", "", is_gap=False),
        State("EXEMPT_PRESEASON", "before the opener", "", is_gap=False),
        State("EXEMPT_ALL_STAR", "All-Star break", "", is_gap=False),
        State("NO_GAMES", "no games in L1 or L3", "", is_gap=False),
    )
}
GAPS = tuple(state.name for state in STATES.values() if state.is_gap)
FILLABLE = tuple(state.name for state in STATES.values() if state.is_fillable)
