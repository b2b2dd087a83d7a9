"""The states of a date (domain.md section 6): class, meaning, remedy. Nothing else lists them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from phase4.tables.arguments import BACKFILL
from phase4.tables.placeholders import indented

EXEMPT_REASONS = Path(__file__).with_name("sql") / "exempt_reasons.sql"

# complete: nothing to do. fillable: a run can fill it. blocked: upstream must be repaired first.
# exempt: no row of L4 is expected. idle: no games.
Kind = Literal["complete", "fillable", "blocked", "exempt", "idle"]


@dataclass(frozen=True)
class State:
    """One state; `remedy` is a command with {start} and {end}, or advice, or empty."""

    name: str
    kind: Kind
    meaning: str
    remedy: str = ""
    # Its games are nobody's history, and what L1 lacks of them is not due.
    is_exhibition: bool = False

    @property
    def is_gap(self) -> bool:
        """Whether something is not as it should be."""
        return self.kind in ("fillable", "blocked")

    @property
    def is_fillable(self) -> bool:
        """Whether a run fills it."""
        return self.kind == "fillable"

    @property
    def is_blocked(self) -> bool:
        """Whether it cannot be filled before upstream is repaired."""
        return self.kind == "blocked"

    @property
    def is_reachable(self) -> bool:
        """Whether L3 can feed it: filling it replaces what is there."""
        return self.kind in ("fillable", "complete")

    @property
    def is_eligible(self) -> bool:
        """Whether rows of L4 are expected."""
        return self.kind not in ("exempt", "idle")

    @property
    def loss(self) -> str:
        """The reason for which a state loses games that no run can win; empty for the others."""
        if self.kind not in ("blocked", "exempt"):
            return ""
        return self.name.removeprefix("EXEMPT_").lower()

    def remedy_for(self, start: date, end: date) -> str:
        """The remedy for a range."""
        return self.remedy.format(start=start, end=end)


FILL = "phase4 run --start-date {start} --end-date {end}"
# What upstream has repaired is missing, or stale where L4 had rows, which a plain run leaves alone.
EVERY_REASON = "".join(f" --reasons {reason}" for reason in BACKFILL["reasons"].choices)
REFILL = FILL + EVERY_REASON
STATES: dict[str, State] = {
    state.name: state
    for state in (
        State("COMPLETE", "complete", "every player who played has one current row"),
        State("MISSING", "fillable", "L3 is good, L4 has no row", FILL),
        State("PARTIAL", "fillable", "L4 lacks players who played", FILL),
        State("OVERCOUNT", "fillable", "L4 has rows that L3 does not have", FILL),
        State(
            "STALE",
            "fillable",
            "facts behind the date changed, or another calculation version",
            FILL + " --reasons stale",
        ),
        State(
            "BLOCKED_UPSTREAM",
            "blocked",
            "L1 has games, L3 has none; or offence or defence lack in the windows behind",
            f"backfill L3 for these dates (or those that the reason names), then {REFILL}",
        ),
        State(
            "BLOCKED_SHRUNK",
            "blocked",
            "L3 has less than L4 and the ledger know",
            "restore L3 for these dates, or let the rows go: " + FILL + " --accept-loss",
        ),
        State(
            "BLOCKED_QUALITY",
            "blocked",
            "too few L3 rows have minutes or usage",
            f"repair L3 for these dates, then {REFILL}",
        ),
        State("EXEMPT_BOOTSTRAP", "exempt", "first days of a season: too little history"),
        State("EXEMPT_PRESEASON", "exempt", "before the opener", is_exhibition=True),
        State("EXEMPT_ALL_STAR", "exempt", "All-Star break", is_exhibition=True),
        State("NO_GAMES", "idle", "no games in L1 or L3"),
    )
}
FILLABLE = tuple(state.name for state in STATES.values() if state.is_fillable)
GAPS = tuple(state.name for state in STATES.values() if state.is_gap)


def placeholders() -> dict[str, str]:
    """The classes as lists for `state IN (…)`, and the reasons of exempt states for a CASE."""

    def listed(belongs: Callable[[State], bool]) -> str:
        return ", ".join(f"'{state.name}'" for state in STATES.values() if belongs(state))

    return {
        "reachable_states": listed(lambda state: state.is_reachable),
        "blocked_states": listed(lambda state: state.is_blocked),
        "exempt_reasons": indented(EXEMPT_REASONS.read_text(), 4),
        "exempt_states": listed(lambda state: state.kind == "exempt"),
        "exhibition_states": listed(lambda state: state.is_exhibition),
    }
