"""The command that a failed check names makes it pass, given as it stands.

What one command cures is seeded together, each finding on a date of its own.
"""

from __future__ import annotations

import json
import re
import shlex
from datetime import date

import pytest

from phase4.tables.checks import registry
from phase4.tables.states import STATES
from tests.laptop import Laptop

L4 = "nba_precompute.player_composite_factors"
FIRST, LAST = date(2025, 1, 6), date(2025, 1, 12)
SPAN = ("--start-date", str(FIRST), "--end-date", str(LAST))
WHERE = f"WHERE game_date = DATE '{FIRST}' +"
SEEDS = {
    "duplicate_keys": f"INSERT INTO {L4} SELECT * FROM {L4} {WHERE} 0 LIMIT 1",
    "absent_from_l3": f"INSERT INTO {L4} SELECT * REPLACE ('a ghost' AS player_lookup)"
    f" FROM {L4} {WHERE} 1 LIMIT 1",
    "range_violations": f"UPDATE {L4} SET fatigue_score = 900 {WHERE} 2",
    "hash_mismatch": f"UPDATE {L4} SET is_production_ready = NOT is_production_ready {WHERE} 3",
    "score_mismatch": f"UPDATE {L4} SET pace_score = pace_score + 1 {WHERE} 4",
    "player_coverage": f"DELETE FROM {L4} {WHERE} 5 AND player_lookup < 'm'",
    "lost_dates": f"DELETE FROM {L4} {WHERE} 6",
    "ledger_mismatch": f"UPDATE {L4} SET run_id = 'somebody' {WHERE} 0",
}
# The others are of upstream, of an event, or of a population that eight dates are not.
RUN = {name for name, check in registry().items() if check.fix.startswith("phase4 run")}
NOT_SEEDED_HERE = {"claims", "degenerate_factors"}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(laptop: Laptop) -> Laptop:
    """A laptop on which every date of the range is as it should be."""
    done = laptop.phase4("run", *SPAN)
    assert done.code == 0, done.err
    return laptop


def failed(laptop: Laptop) -> dict[str, str]:
    """The checks that fail on the range, with what they say."""
    done = laptop.phase4("validate", *SPAN, "--json")
    found = json.loads(done.out)["checks"]
    return {check["name"]: check["detail"] for check in found if check["outcome"] == "failed"}


def test_every_check_that_a_run_cures_is_seeded() -> None:
    assert set(SEEDS) | NOT_SEEDED_HERE == RUN


@pytest.mark.parametrize("option", ["", " --force"])
def test_the_command_that_failed_checks_name_makes_them_pass(filled: Laptop, option: str) -> None:
    command = f"phase4 run {' '.join(SPAN)}{option}"
    told = [name for name in SEEDS
            if registry()[name].fix.format(start=FIRST, end=LAST) == command]  # fmt: skip
    for name in told:
        filled.sql(SEEDS[name])
    assert set(told) <= set(failed(filled))
    done = filled.phase4(*shlex.split(command)[1:])
    assert done.code == 0, done.err
    left = failed(filled)
    assert [(name, left[name]) for name in told if name in left] == []


# One command mends both only by name: a date that is stale, and one that upstream has shrunk.
STATE_SEEDS = {
    "STALE": f"UPDATE nba_analytics.player_game_summary SET points = points + 1 {WHERE} 1",
    "BLOCKED_SHRUNK": "DELETE FROM nba_analytics.player_game_summary"
    f" {WHERE} 2 AND player_lookup < 'm'",
}
SEEDED_AS_CHECKS = {"MISSING": "lost_dates", "PARTIAL": "player_coverage",
                    "OVERCOUNT": "duplicate_keys"}  # fmt: skip


def test_every_state_that_a_run_ends_is_seeded() -> None:
    ended = {name for name, state in STATES.items() if "phase4 run" in state.remedy}
    # What upstream has to do first, no command of ours can.
    owed = {"BLOCKED_UPSTREAM", "BLOCKED_QUALITY"}
    assert set(STATE_SEEDS) | set(SEEDED_AS_CHECKS) | owed == ended
    assert set(SEEDED_AS_CHECKS.values()) <= set(SEEDS)


@pytest.mark.parametrize("state", STATE_SEEDS)
def test_the_remedy_of_a_state_ends_it(filled: Laptop, state: str) -> None:
    filled.sql(STATE_SEEDS[state])
    found = filled.states(str(FIRST), str(LAST))
    ill = sorted(day for day, row in found.items() if row["state"] == state)
    assert ill
    (command,) = re.findall(r"phase4 run .*", STATES[state].remedy_for(ill[0], ill[-1]))
    done = filled.phase4(*shlex.split(command)[1:])
    assert done.code == 0, done.err
    left = filled.states(str(FIRST), str(LAST))
    assert {left[day]["state"] for day in ill} == {"COMPLETE"}
