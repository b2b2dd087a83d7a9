"""U1-U3, U15: rows that upstream loses stay in L4, by name; a postponed listing is no loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop

L1 = "nba_raw.bdl_player_boxscores"
L3 = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
RANGE = {"start_date": "2025-02-19", "end_date": "2025-02-28"}
LOST, SHRUNK, POSTPONED = date(2025, 2, 21), date(2025, 2, 24), date(2025, 2, 26)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def hurt(laptop: Laptop) -> Mapping[date, int]:
    """The rows of L4 by date after a complete run; then upstream is hurt."""
    first = laptop.run(**RANGE, canary_dates=0, tasks=1)
    assert first.state == "SUCCEEDED"
    before = stored(laptop)
    for table in (L1, L3):
        laptop.sql(f"DELETE FROM {table} WHERE game_date = '{LOST}'")
    laptop.sql(
        f"DELETE FROM {L3} WHERE game_date = '{SHRUNK}' AND game_id NOT IN ("
        f"SELECT MIN(game_id) FROM {L3} WHERE game_date = '{SHRUNK}')"
    )
    laptop.sql(
        f"INSERT INTO {L1} SELECT * REPLACE (DATE '{POSTPONED}' AS game_date, '00:00' AS minutes,"
        f" 0 AS points, 'NYK' AS home_team_abbr, 'XXX' AS away_team_abbr)"
        f" FROM {L1} WHERE game_date = '2025-02-25' LIMIT 20"
    )
    return before


@pytest.fixture(scope="module")
def again(laptop: Laptop, hurt: Mapping[date, int]) -> Execution:
    """A second run of the range."""
    return laptop.run(**RANGE, canary_dates=0, tasks=1)


def stored(laptop: Laptop) -> dict[date, int]:
    """Rows of L4 by date."""
    rows = laptop.sql(
        f"SELECT game_date, COUNT(*) AS stored FROM {L4}"
        f" WHERE game_date BETWEEN '{RANGE['start_date']}' AND '{RANGE['end_date']}'"
        " GROUP BY game_date"
    )
    return {row["game_date"]: row["stored"] for row in rows}


def plan(run: Execution) -> dict[str, Any]:
    found: dict[str, Any] = (run.result or run.error["summary"])["plan"]
    return found


def test_u1_no_row_goes_that_nothing_contradicts(
    laptop: Laptop, hurt: Mapping[date, int], again: Execution
) -> None:
    assert stored(laptop) == hurt


def test_u2_a_date_that_both_layers_lost_is_remembered(laptop: Laptop, again: Execution) -> None:
    assert laptop.states(str(LOST), str(LOST))[LOST]["state"] == "BLOCKED_SHRUNK"


def test_u3_a_date_that_l3_shrank_is_blocked_with_both_counts(
    laptop: Laptop, again: Execution
) -> None:
    row = laptop.states(str(SHRUNK), str(SHRUNK))[SHRUNK]
    assert row["state"] == "BLOCKED_SHRUNK"
    assert row["reason"].startswith(f"L3 has 1 of the {row['l4_games']} games that L4")


def test_the_plan_names_the_blocked_dates(again: Execution) -> None:
    [blocked] = [one for one in plan(again)["states"] if one["state"] == "BLOCKED_SHRUNK"]
    assert blocked["game_dates"].split() == [str(LOST), str(SHRUNK)]


def test_u15_a_postponed_listing_is_no_loss(laptop: Laptop, again: Execution) -> None:
    row = laptop.states(str(POSTPONED), str(POSTPONED))[POSTPONED]
    assert row["postponed_games"] == 1
    assert row["present_players"] == row["expected_players"]
    assert row["l1_games"] == row["covered_games"]


def test_u2_a_date_that_l4_has_lost_too_is_still_no_day_without_games(
    laptop: Laptop, again: Execution
) -> None:
    laptop.sql(f"DELETE FROM {L4} WHERE game_date = '{LOST}'")
    assert laptop.states(str(LOST), str(LOST))[LOST]["state"] == "BLOCKED_SHRUNK"


@pytest.fixture(scope="module")
def let_go(laptop: Laptop, again: Execution) -> str:
    """The id of a run that accepts the loss of the shrunk date."""
    laptop.phase4("run", "--date", str(SHRUNK), "--accept-loss", "--canary-dates", "0")
    [row] = laptop.sql("SELECT run_id FROM nba_ops.runs ORDER BY started_at DESC LIMIT 1")
    return str(row["run_id"])


def test_an_accepted_loss_lets_the_rows_go(
    laptop: Laptop, hurt: Mapping[date, int], let_go: str
) -> None:
    assert stored(laptop)[SHRUNK] < hurt[SHRUNK]


def test_the_receipt_of_an_accepted_loss_names_date_rows_and_reason(
    laptop: Laptop, hurt: Mapping[date, int], let_go: str
) -> None:
    gone = hurt[SHRUNK] - stored(laptop)[SHRUNK]
    made = json.loads(laptop.phase4("receipt", let_go, "--json").out)
    [loss] = made["accepted_loss"]
    assert (loss["game_date"], loss["state"], loss["rows"]) == (str(SHRUNK), "BLOCKED_SHRUNK", gone)
    assert len(loss["names"]) == 10
    assert loss["reason"].startswith("L3 has 1 of the")
    text = laptop.phase4("receipt", let_go).out
    assert f"loss   accepted: {gone} rows went on 1 dates" in text
    assert loss["names"][0] in text


def test_the_report_of_an_accepted_loss_says_so(
    laptop: Laptop, let_go: str, tmp_path: Path
) -> None:
    for name in ("report.html", "report.md"):
        file = tmp_path / name
        assert laptop.phase4("report", let_go, "--out", str(file)).code == 0
        assert "Rows that this run was allowed to lose" in file.read_text()


def test_a_run_that_accepts_no_loss_does_not_speak_of_it(laptop: Laptop, again: Execution) -> None:
    assert "loss   " not in laptop.phase4("receipt", again.run_id).out


def test_beyond_time_travel_the_receipt_says_that_the_rows_are_unknown(
    laptop: Laptop, let_go: str
) -> None:
    laptop.sql(
        "UPDATE nba_ops.runs SET started_at = TIMESTAMP_SUB(started_at, INTERVAL 8 DAY)"
        " WHERE run_id = @run",
        run=let_go,
    )
    assert "unknown how many rows" in laptop.phase4("receipt", let_go).out
