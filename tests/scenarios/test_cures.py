"""The command that an alert or a state names makes it go away, given as it stands.

What one command cures is seeded together, each finding on a date of its own; five dates are one
wave.
"""

from __future__ import annotations

import json
import re
import shlex
import uuid
from datetime import date, timedelta

import pytest

from phase4.tables.checks import registry
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.states import STATES
from phase4.validation.checks import CheckResult
from phase4.validation.scope import Scope
from phase4.validation.validator import validate
from tests.laptop import Laptop

L3 = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
FIRST, LAST = date(2025, 11, 10), date(2025, 11, 14)
SPAN = ("--start-date", str(FIRST), "--end-date", str(LAST))
WHERE = f"WHERE game_date = DATE '{FIRST}' +"
SEEDS = {
    "duplicate_keys": f"INSERT INTO {L4} SELECT * FROM {L4} {WHERE} 0 LIMIT 1",
    "absent_from_l3": f"INSERT INTO {L4} SELECT * REPLACE ('a ghost' AS player_lookup)"
    f" FROM {L4} {WHERE} 1 LIMIT 1",
    "range_violations": f"UPDATE {L4} SET fatigue_score = 900 {WHERE} 2",
    "hash_mismatch": f"UPDATE {L4} SET is_production_ready = NOT is_production_ready {WHERE} 3",
    "score_mismatch": f"UPDATE {L4} SET pace_score = pace_score + 1 {WHERE} 4",
    "player_coverage": f"DELETE FROM {L4} {WHERE} 2 AND player_lookup < 'm'",
    "lost_dates": f"DELETE FROM {L4} {WHERE} 4",
    # No score and no hash of a row depends on it.
    "ledger_mismatch": f"UPDATE {L4} SET early_season_flag = NOT early_season_flag {WHERE} 0",
    "degenerate_factors": f"UPDATE {L4} SET usage_spike_score = 0"
    f" WHERE game_date BETWEEN '{FIRST}' AND '{LAST}'",
    # An event had claimed what was deleted.
    "claims": f"DELETE FROM {L4} {WHERE} 4",
}
# The others are of upstream.
RUN = {name for name, check in registry().items() if check.fix.startswith("phase4 run")}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(laptop: Laptop) -> Laptop:
    """A laptop on which every date of the range is as it should be."""
    done = laptop.phase4("run", *SPAN, "--canary-dates", "0", "--tasks", "1")
    assert done.code == 0, done.err
    return laptop


@pytest.fixture(scope="module")
def claims(filled: Laptop) -> str:
    """What a task claimed of the last date."""
    rows = filled.sql(
        "SELECT COUNT(DISTINCT game_id) AS games, COUNT(*) AS players"
        f" FROM {L4} WHERE game_date = '{LAST}'"
    )
    claim = {"game_date": str(LAST), "status": "PUBLISHED", **rows[0]}
    return json.dumps({"table_name": DEFAULT.name, "dates": [claim]})


def named(laptop: Laptop, claims: str = "{}") -> dict[str, str]:
    """What alerts would name now, checks without their subjects, with the command of each."""
    seen = laptop.observed(FIRST, LAST, claims).values()
    return {each.metric.split()[0].rstrip(":"): each.fix for each in seen if each.level != "ok"}


def given(laptop: Laptop, command: str) -> None:
    """The command is given as it stands, and passes."""
    done = laptop.phase4(*shlex.split(command)[1:])
    assert done.code == 0, done.err


def test_every_check_that_a_run_cures_is_seeded() -> None:
    # What stale_dates names is a state, whose remedy is given below.
    assert set(SEEDS) | {"stale_dates"} == RUN
    assert registry()["stale_dates"].fix_for(FIRST, LAST) == STATES["STALE"].remedy_for(FIRST, LAST)


@pytest.mark.parametrize("option", ["", " --force"])
def test_the_command_that_failed_checks_name_makes_them_pass(
    filled: Laptop, claims: str, option: str
) -> None:
    command = f"phase4 run {' '.join(SPAN)}{option}"
    told = {name for name in SEEDS if registry()[name].fix_for(FIRST, LAST) == command}
    for name in told:
        filled.sql(SEEDS[name])
    found = named(filled, claims)
    assert {found.get(f"check:{name}") for name in told} == {command}
    given(filled, command)
    left = named(filled, claims)
    assert {name: left[f"check:{name}"] for name in told if f"check:{name}" in left} == {}


# One command mends both only by name: a date that is stale, and one that upstream has shrunk.
STATE_SEEDS = {
    # A player whom both layers lose is due no more, but the ledger had counted him.
    "STALE": ";".join(
        f"DELETE FROM {table} {WHERE} 1 AND player_lookup = (SELECT MIN(player_lookup) FROM {L4}"
        f" {WHERE} 1)" for table in (L3, L4)
    ),
    # Somebody edited its rows, too: they are not written again before it is settled what stays.
    "BLOCKED_SHRUNK": f"DELETE FROM {L3} {WHERE} 2 AND player_lookup < 'm';"
    f"UPDATE {L4} SET early_season_flag = NOT early_season_flag {WHERE} 2",
}  # fmt: skip
SEEDED_AS_CHECKS = {"MISSING": "lost_dates", "PARTIAL": "player_coverage",
                    "OVERCOUNT": "duplicate_keys"}  # fmt: skip
REPAIRED_UPSTREAM = {"BLOCKED_QUALITY": FIRST + timedelta(3), "BLOCKED_UPSTREAM": LAST}


def test_every_state_that_a_run_ends_is_seeded() -> None:
    ended = {name for name, state in STATES.items() if "phase4 run" in state.remedy}
    assert set(STATE_SEEDS) | set(SEEDED_AS_CHECKS) | set(REPAIRED_UPSTREAM) == ended
    assert set(SEEDED_AS_CHECKS.values()) <= set(SEEDS)


@pytest.mark.parametrize("state", STATE_SEEDS)
def test_the_remedy_of_a_state_ends_it(filled: Laptop, state: str) -> None:
    filled.sql(STATE_SEEDS[state])
    ill = dates_in(filled, state)
    assert ill
    remedy = STATES[state].remedy_for(FIRST, LAST)
    if state == "STALE":
        # The check that the deleted row fails names what mends the date, not what passes it by.
        assert named(filled)["check:lost_dates"] == remedy
    else:
        assert named(filled)["check:ledger_mismatch"] == f"{state}: {remedy}"
    given(filled, command_of(remedy))
    assert states(filled, ill) == {"COMPLETE"}
    assert not {"check:lost_dates", "check:ledger_mismatch"} & set(named(filled))


def test_dates_of_every_table_of_ours_that_are_stale_are_named_and_mended(filled: Laptop) -> None:
    ours = [table.name for table in FILLED.values() if not table.is_added_to]
    given(filled, f"phase4 run {' '.join(SPAN)} {' '.join(f'--tables {name}' for name in ours)}")
    filled.sql(f"UPDATE {L3} SET mid_range_attempts = mid_range_attempts - 1 {WHERE} 0")
    found = stale(filled)
    assert (found.figure or 0) > len(ours)
    assert found.to_mend.split() == [f"{name}:STALE" for name in ours]
    given(filled, registry()["stale_dates"].fix_for(FIRST, LAST, found.to_mend))
    assert stale(filled).figure == 0


def stale(laptop: Laptop) -> CheckResult:
    """The check of stale dates over the range, now."""
    scope = Scope("range", "manual", uuid.uuid4().hex, FIRST, LAST)
    checks = validate(laptop.warehouse, scope).checks
    return next(check for check in checks if check.name == "stale_dates")


def test_the_remedy_of_a_blocked_date_fills_it_once_upstream_is_repaired(filled: Laptop) -> None:
    days = tuple(REPAIRED_UPSTREAM.values())
    poor, gone = days
    filled.sql(f"DELETE FROM {L4} WHERE game_date = '{gone}'")
    with filled.without(L3, f"game_date IN ('{poor}', '{gone}')"):
        filled.sql(
            f"INSERT INTO {L3} SELECT * REPLACE (CAST(NULL AS NUMERIC) AS minutes_played)"
            f" FROM nba_ops.spared WHERE game_date = '{poor}'"
        )
        assert {state: dates_in(filled, state) for state in REPAIRED_UPSTREAM} == {
            state: [day] for state, day in REPAIRED_UPSTREAM.items()
        }
        filled.sql(f"DELETE FROM {L3} WHERE game_date = '{poor}'")
    # L4 has rows of what upstream brings back otherwise than it was.
    filled.sql(f"UPDATE {L3} SET usage_rate = usage_rate + 1 WHERE game_date = '{poor}'")
    told = {command_of(STATES[state].remedy_for(FIRST, LAST)) for state in REPAIRED_UPSTREAM}
    for command in told:
        given(filled, command)
    assert states(filled, days) == {"COMPLETE"}


def dates_in(laptop: Laptop, state: str) -> list[date]:
    found = laptop.states(str(FIRST), str(LAST))
    return sorted(day for day, row in found.items() if row["state"] == state)


def states(laptop: Laptop, days: tuple[date, ...] | list[date]) -> set[str]:
    found = laptop.states(str(FIRST), str(LAST))
    return {found[day]["state"] for day in days}


def command_of(remedy: str) -> str:
    """The command in what a state advises."""
    (command,) = re.findall(r"phase4 run .*", remedy)
    return str(command)
