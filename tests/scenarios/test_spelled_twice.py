"""A game that L3 has in two spellings of its players: nobody is doubled, all are named."""

from __future__ import annotations

import json

import pytest

from phase4.cloud.warehouse import Row
from tests.command_line import Finished
from tests.laptop import Laptop

PLAYERS = "nba_analytics.player_game_summary"
L4 = "nba_precompute.player_composite_factors"
DAY = "2025-03-11"
pytestmark = pytest.mark.slow


def rows(laptop: Laptop) -> list[Row]:
    return laptop.sql(
        f"SELECT game_id, player_lookup, data_hash FROM {L4} WHERE game_date = '{DAY}'"
        " ORDER BY game_id, player_lookup"
    )


def fill(laptop: Laptop) -> Finished:
    return laptop.phase4("run", "--date", DAY, "--json")


@pytest.fixture(scope="module")
def before(laptop: Laptop) -> list[Row]:
    """The rows of a sound date."""
    done = fill(laptop)
    assert done.code == 0, done.err
    return rows(laptop)


@pytest.fixture(scope="module")
def hurt(laptop: Laptop, before: list[Row]) -> Finished:
    """The run after one game of the date has come again, with its players in capitals."""
    laptop.sql(
        f"INSERT INTO {PLAYERS} SELECT * REPLACE (UPPER(player_lookup) AS player_lookup,"
        " '0022400777' AS game_id, CONCAT('x', universal_player_id) AS universal_player_id)"
        f" FROM {PLAYERS} WHERE game_date = '{DAY}' AND game_id = @game",
        game=before[0]["game_id"],
    )
    return fill(laptop)


def test_no_row_is_lost_or_doubled(laptop: Laptop, before: list[Row], hurt: Finished) -> None:
    assert rows(laptop) == before


def test_the_run_does_not_pass_and_names_the_people(
    laptop: Laptop, before: list[Row], hurt: Finished
) -> None:
    run = json.loads(hurt.out)["run_id"]
    named = laptop.sql("SELECT reason FROM nba_ops.quarantine WHERE run_id = @run", run=run)
    people = [row["player_lookup"] for row in before if row["game_id"] == before[0]["game_id"]]
    assert hurt.code == 1
    assert "not published" in hurt.out
    assert {row["reason"] for row in named} == {
        f"player_lookup {who.upper()} and {who} are one name on one date:"
        " two rows cannot both be true"
        for who in people
    }
