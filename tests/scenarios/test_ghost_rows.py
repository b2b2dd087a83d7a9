"""U4: rows of a game that never was go, and the run that removes them passes."""

from __future__ import annotations

from datetime import date

import pytest

from tests.laptop import Laptop

L4 = "nba_precompute.player_composite_factors"
RANGE = ("--start-date", "2024-11-25", "--end-date", "2024-12-01")
NO_GAMES, DONOR = date(2024, 11, 28), date(2024, 11, 27)
pytestmark = pytest.mark.slow


def stored(laptop: Laptop, day: date) -> int:
    """Rows of L4 on a date."""
    [row] = laptop.sql(f"SELECT COUNT(*) AS stored FROM {L4} WHERE game_date = @day", day=day)
    return int(row["stored"])


def test_u4_ghosts_on_a_date_without_games_go_and_the_verdict_stays_passed(
    laptop: Laptop,
) -> None:
    first = laptop.phase4("run", *RANGE, "--tasks", "1")
    kept = stored(laptop, DONOR)
    laptop.sql(
        f"INSERT INTO {L4} SELECT * REPLACE (DATE '{NO_GAMES}' AS game_date,"
        f" '20241128_XXX_YYY' AS game_id) FROM {L4} WHERE game_date = '{DONOR}' LIMIT 20"
    )
    assert laptop.states(str(NO_GAMES), str(NO_GAMES))[NO_GAMES]["state"] == "OVERCOUNT"
    second = laptop.phase4("run", *RANGE, "--tasks", "1")
    assert (first.code, second.code) == (0, 0), second.err
    assert (stored(laptop, NO_GAMES), stored(laptop, DONOR)) == (0, kept)
    assert laptop.states(str(NO_GAMES), str(NO_GAMES))[NO_GAMES]["state"] == "NO_GAMES"
