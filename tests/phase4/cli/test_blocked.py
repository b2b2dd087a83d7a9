"""What a run leaves alone, in the words of a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from phase4.cli import terminal
from phase4.cli.blocked import show_blocked
from phase4.runs.plan import PlannedState
from phase4.tables.filled import DEFAULT

ZONES = ("player_shot_zone_analysis", "team_defense_zone_analysis")
WHY = "2025-11-20: L1 has 9 games, L3 has none"


def blocked(table: str, why: str = WHY) -> PlannedState:
    return PlannedState(table, "BLOCKED_UPSTREAM", "SKIPPED", 1, 9, 0, 0, "2025-11-20", why)


def test_a_reason_that_blocks_several_tables_is_told_once_with_their_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    states = [blocked(name) for name in (DEFAULT.name, *ZONES)]
    show_blocked(terminal.results(), states, ("2025-11-20", "2025-11-20"))
    span = "--start-date 2025-11-20 --end-date 2025-11-20"
    gaps = f"  next  phase4 gaps {span} --state BLOCKED_UPSTREAM"
    assert capsys.readouterr().out.splitlines() == [
        "BLOCKED_UPSTREAM 2025-11-20",
        gaps,
        f"BLOCKED_UPSTREAM of {', '.join(ZONES)}: {WHY}",
        f"{gaps} --table {ZONES[0]}",
    ]


def test_a_date_that_is_let_go_is_not_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    shrunk = replace(blocked(DEFAULT.name), state="BLOCKED_SHRUNK")
    days = ("2025-11-20", "2025-11-20")
    show_blocked(terminal.results(), [replace(shrunk, action="PLANNED")], days)
    assert capsys.readouterr().out == ""
    show_blocked(terminal.results(), [shrunk], days)
    assert capsys.readouterr().out.startswith("BLOCKED_SHRUNK 2025-11-20\n")


def test_many_dates_are_told_by_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    why = "; ".join(f"2025-11-{day:02}: L1 has 9 games, L3 has none" for day in range(1, 21))
    show_blocked(terminal.results(), [blocked(ZONES[0], why)], ("2025-11-01", "2025-11-30"))
    line, _ = capsys.readouterr().out.splitlines()
    assert line.endswith("2025-11-05: L1 has 9 games, L3 has none; and 15 more")
