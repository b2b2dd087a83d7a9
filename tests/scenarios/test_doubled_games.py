"""U6: a game under another id fills no other game's place, and is named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from tests.command_line import Finished
from tests.laptop import Laptop

L1 = "nba_raw.bdl_player_boxscores"
PLAYERS = "nba_analytics.player_game_summary"
L3 = (PLAYERS, "nba_analytics.team_offense_game_summary",
      "nba_analytics.team_defense_game_summary")  # fmt: skip
L4 = "nba_precompute.player_composite_factors"
FIRST, LAST = "2025-03-10", "2025-03-12"
RANGE = ("--start-date", FIRST, "--end-date", LAST)
DOUBLED, NUMBERED = date(2025, 3, 11), date(2025, 3, 12)
OTHER_IDS = {
    "ten digits": "'0022400777'",
    "reversed teams": "CONCAT(SUBSTR(game_id, 1, 9), SUBSTR(game_id, 14, 3), '_',"
    " SUBSTR(game_id, 10, 3))",
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def before(laptop: Laptop) -> Mapping[date, Row]:
    """The state of every date of the range while all is sound."""
    return laptop.states(FIRST, LAST)


@pytest.fixture(scope="module")
def hurt(laptop: Laptop, before: Mapping[date, Row]) -> None:
    """One game doubled twice, another deleted from L3, a date with plain numbers in L1."""
    doubled, deleted = games(laptop)[:2]
    for table in L3:
        for other in OTHER_IDS.values():
            laptop.sql(
                f"INSERT INTO {table} SELECT * REPLACE ({other} AS game_id) FROM {table}"
                " WHERE game_date = @day AND game_id = @game",
                day=DOUBLED, game=doubled,
            )  # fmt: skip
        laptop.sql(
            f"DELETE FROM {table} WHERE game_date = @day AND game_id = @game",
            day=DOUBLED, game=deleted,
        )  # fmt: skip
    laptop.sql(
        f"UPDATE {L1} SET game_id = CAST(MOD(ABS(FARM_FINGERPRINT(game_id)), 100000000) AS STRING)"
        " WHERE game_date = @day",
        day=NUMBERED,
    )


@pytest.fixture(scope="module")
def run(laptop: Laptop, hurt: None) -> Finished:
    return laptop.phase4("run", *RANGE, "--canary-dates", "0", "--tasks", "1", "--json")


@pytest.fixture(scope="module")
def validated(laptop: Laptop, run: Finished) -> Mapping[str, Any]:
    """The snapshot of the range, by the command line."""
    done = laptop.phase4("validate", *RANGE, "--json")
    return dict(json.loads(done.out))


def games(laptop: Laptop) -> list[str]:
    """The games of the date, by id."""
    rows = laptop.sql(
        f"SELECT DISTINCT game_id FROM {PLAYERS} WHERE game_date = @day ORDER BY game_id",
        day=DOUBLED,
    )
    return [row["game_id"] for row in rows]


def findings(validated: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The results of a check by subject."""
    return {check["subject"]: check for check in validated["checks"] if check["name"] == name}


def test_u6_a_doubled_game_does_not_fill_the_place_of_a_deleted_one(
    laptop: Laptop, before: Mapping[date, Row], validated: Mapping[str, Any]
) -> None:
    state = laptop.states(str(DOUBLED), str(DOUBLED))[DOUBLED]
    assert state["l1_games"] > state["covered_games"]
    assert state["l3_covered_games"] == state["covered_games"] == state["l4_games"]
    assert validated["l1_games"] == sum(row["l1_games"] for row in before.values())
    assert validated["covered_games"] == sum(row["l3_covered_games"] for row in before.values()) - 1


def test_u6_every_player_of_the_doubled_game_has_one_row(
    laptop: Laptop, run: Finished, hurt: None
) -> None:
    rows = laptop.sql(f"SELECT player_lookup FROM {L4} WHERE game_date = @day", day=DOUBLED)
    names = [row["player_lookup"] for row in rows]
    assert names
    assert len(names) == len(set(names))


def test_u6_plain_numbers_in_l1_cost_no_coverage(
    laptop: Laptop, before: Mapping[date, Row], run: Finished
) -> None:
    state = laptop.states(str(NUMBERED), str(NUMBERED))[NUMBERED]
    assert state["state"] == "COMPLETE"
    assert state["l1_games"] == before[NUMBERED]["l1_games"]
    assert state["covered_games"] == before[NUMBERED]["l3_covered_games"] == state["l4_games"]


def test_u6_a_check_names_the_doubled_game_of_each_layer(
    validated: Mapping[str, Any], hurt: None
) -> None:
    found = findings(validated, "doubled_games")
    for layer in ("L3 players", "L3 offense", "L3 defense"):
        assert (found[layer]["outcome"], found[layer]["figure"]) == ("failed", 1)
        assert str(DOUBLED) in found[layer]["detail"]
        assert "0022400777" in found[layer]["detail"]
    assert found["L4"]["outcome"] == found["L1"]["outcome"] == "passed"


def test_u6_once_l3_has_it_in_one_copy_a_later_loss_is_named_by_a_check(
    laptop: Laptop, validated: Mapping[str, Any], hurt: None
) -> None:
    for table in (L1, *L3):
        laptop.sql(f"DELETE FROM {table} WHERE game_date = @day", day=NUMBERED)
    again = json.loads(laptop.phase4("validate", *RANGE, "--json").out)
    shrunk = findings(again, "shrunk_dates")[""]
    assert (shrunk["outcome"], shrunk["figure"]) == ("failed", 1)
    assert str(NUMBERED) in shrunk["detail"]
