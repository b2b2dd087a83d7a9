"""U1-U4, U6, U15, U20, U21: rows that upstream loses, doubles, respells, exchanges or half writes.

Each on dates of its own: one run fills them while all is sound, and what hurts some of them is met
by one run, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from phase4.cloud.warehouse import Row
from phase4.cloud.workflow_executions import Execution
from tests.laptop import Laptop
from tests.scenarios.days import days_of

L1 = "nba_raw.bdl_player_boxscores"
PLAYERS = "nba_analytics.player_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
L3 = (PLAYERS, "nba_analytics.team_offense_game_summary", DEFENSE)
L4 = "nba_precompute.player_composite_factors"
SMALL: dict[str, Any] = {"canary_dates": 0, "tasks": 1}
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Range:
    """Dates from one to another."""

    first: str
    last: str

    @property
    def days(self) -> list[str]:
        return days_of(self.first, self.last)

    @property
    def words(self) -> tuple[str, ...]:
        return ("--start-date", self.first, "--end-date", self.last)


GHOSTS = Range("2024-11-25", "2024-12-01")
NO_GAMES, DONOR = date(2024, 11, 28), date(2024, 11, 27)
LOSSES = Range("2025-02-19", "2025-02-28")
LOST, SHRUNK, POSTPONED = date(2025, 2, 21), date(2025, 2, 24), date(2025, 2, 26)
DOUBLES = Range("2025-03-10", "2025-03-12")
DOUBLED, NUMBERED = date(2025, 3, 11), date(2025, 3, 12)
OTHER_IDS = {
    "ten digits": "'0022400777'",
    "reversed teams": "CONCAT(SUBSTR(game_id, 1, 9), SUBSTR(game_id, 14, 3), '_',"
    " SUBSTR(game_id, 10, 3))",
}
SPELLED = "2025-03-14"
EXCHANGES = Range("2025-12-12", "2025-12-14")
DEFENCES, LINES, AFTER = (date(2025, 12, day) for day in (12, 13, 14))
FACED = "not what the players of the opponent attempted, counts as absent"
HALF = date(2025, 12, 16)
FIGURES = ("minutes_played", "points", "usage_rate", "fg_attempts", "three_pt_attempts",
           "paint_attempts", "mid_range_attempts")  # fmt: skip


def stored(laptop: Laptop, days: Range) -> dict[date, int]:
    """Rows of L4 by date."""
    rows = laptop.sql(
        f"SELECT game_date, COUNT(*) AS stored FROM {L4}"
        f" WHERE game_date BETWEEN '{days.first}' AND '{days.last}' GROUP BY game_date"
    )
    return {row["game_date"]: row["stored"] for row in rows}


def spelled(laptop: Laptop) -> list[Row]:
    """The rows of L4 of the date whose players come in two spellings."""
    return laptop.sql(
        f"SELECT game_id, player_lookup, data_hash FROM {L4} WHERE game_date = '{SPELLED}'"
        " ORDER BY game_id, player_lookup"
    )


def state(laptop: Laptop, day: date) -> Row:
    """The state of a date."""
    return laptop.states(str(day), str(day))[day]


@dataclass(frozen=True)
class Sound:
    """What the tables hold before anything is hurt."""

    losses: Mapping[date, int]
    doubles: Mapping[date, Row]
    spelled: Sequence[Row]
    half: str


@pytest.fixture(scope="module")
def sound(laptop: Laptop) -> Sound:
    """Every date is filled, but for those of which a game will stand twice."""
    days = [*GHOSTS.days, *LOSSES.days, SPELLED, *EXCHANGES.days, str(HALF)]
    run = laptop.run(dates=days, **SMALL)
    assert run.state == "SUCCEEDED", run.error
    return Sound(
        stored(laptop, LOSSES),
        laptop.states(DOUBLES.first, DOUBLES.last),
        spelled(laptop),
        laptop.table_hash(str(HALF), str(HALF)),
    )


def test_u4_ghosts_on_a_date_without_games_go_and_the_verdict_stays_passed(
    laptop: Laptop, sound: Sound
) -> None:
    before = stored(laptop, GHOSTS)
    laptop.sql(
        f"INSERT INTO {L4} SELECT * REPLACE (DATE '{NO_GAMES}' AS game_date,"
        f" '20241128_XXX_YYY' AS game_id) FROM {L4} WHERE game_date = '{DONOR}' LIMIT 20"
    )
    assert state(laptop, NO_GAMES)["state"] == "OVERCOUNT"
    done = laptop.phase4("run", *GHOSTS.words, "--tasks", "1", "--canary-dates", "0")
    assert done.code == 0, done.err
    assert stored(laptop, GHOSTS) == before
    assert state(laptop, NO_GAMES)["state"] == "NO_GAMES"


def lose(laptop: Laptop) -> None:
    """A date goes from both layers, most games of another from L3; a game is listed again."""
    for table in (L1, PLAYERS):
        laptop.sql(f"DELETE FROM {table} WHERE game_date = '{LOST}'")
    laptop.sql(
        f"DELETE FROM {PLAYERS} WHERE game_date = '{SHRUNK}' AND game_id NOT IN ("
        f"SELECT MIN(game_id) FROM {PLAYERS} WHERE game_date = '{SHRUNK}')"
    )
    laptop.sql(
        f"INSERT INTO {L1} SELECT * REPLACE (DATE '{POSTPONED}' AS game_date, '00:00' AS minutes,"
        f" 0 AS points, 'NYK' AS home_team_abbr, 'XXX' AS away_team_abbr)"
        f" FROM {L1} WHERE game_date = '2025-02-25' LIMIT 20"
    )


def double(laptop: Laptop) -> None:
    """One game doubled twice, another deleted from L3, a date with plain numbers in L1."""
    rows = laptop.sql(
        f"SELECT DISTINCT game_id FROM {PLAYERS} WHERE game_date = @day ORDER BY game_id",
        day=DOUBLED,
    )
    doubled, deleted = [row["game_id"] for row in rows][:2]
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


def spell_twice(laptop: Laptop, game: str) -> None:
    """A game comes again, with its players in capitals."""
    laptop.sql(
        f"INSERT INTO {PLAYERS} SELECT * REPLACE (UPPER(player_lookup) AS player_lookup,"
        " '0022400777' AS game_id, CONCAT('x', universal_player_id) AS universal_player_id)"
        f" FROM {PLAYERS} WHERE game_date = '{SPELLED}' AND game_id = @game",
        game=game,
    )


@pytest.fixture(scope="module")
def again(laptop: Laptop, sound: Sound) -> Execution:
    """A run over the dates that were lost, doubled and spelled twice."""
    lose(laptop)
    double(laptop)
    spell_twice(laptop, sound.spelled[0]["game_id"])
    return laptop.run(dates=[*LOSSES.days, *DOUBLES.days, SPELLED], **SMALL)


def test_u1_no_row_goes_that_nothing_contradicts(
    laptop: Laptop, sound: Sound, again: Execution
) -> None:
    assert stored(laptop, LOSSES) == sound.losses


def test_u2_a_date_that_both_layers_lost_is_remembered(laptop: Laptop, again: Execution) -> None:
    assert state(laptop, LOST)["state"] == "BLOCKED_SHRUNK"


def test_u3_a_date_that_l3_shrank_is_blocked_with_both_counts(
    laptop: Laptop, again: Execution
) -> None:
    row = state(laptop, SHRUNK)
    assert row["state"] == "BLOCKED_SHRUNK"
    assert row["reason"].startswith(f"L3 has 1 of the {row['l4_games']} games that L4")


def test_the_plan_names_the_blocked_dates(again: Execution) -> None:
    states = again.error["summary"]["plan"]["states"]
    [blocked] = [one for one in states if one["state"] == "BLOCKED_SHRUNK"]
    assert blocked["game_dates"].split() == [str(LOST), str(SHRUNK)]


def test_u15_a_postponed_listing_is_no_loss(laptop: Laptop, again: Execution) -> None:
    row = state(laptop, POSTPONED)
    assert row["postponed_games"] == 1
    assert row["present_players"] == row["expected_players"]
    assert row["l1_games"] == row["covered_games"]


def test_u2_a_date_that_l4_has_lost_too_is_still_no_day_without_games(
    laptop: Laptop, again: Execution
) -> None:
    laptop.sql(f"DELETE FROM {L4} WHERE game_date = '{LOST}'")
    assert state(laptop, LOST)["state"] == "BLOCKED_SHRUNK"


@pytest.fixture(scope="module")
def let_go(laptop: Laptop, again: Execution) -> str:
    """The id of a run that accepts the loss of the shrunk date."""
    laptop.phase4("run", "--date", str(SHRUNK), "--accept-loss", "--canary-dates", "0")
    [row] = laptop.sql("SELECT run_id FROM nba_ops.runs ORDER BY started_at DESC LIMIT 1")
    return str(row["run_id"])


def test_an_accepted_loss_lets_the_rows_go(laptop: Laptop, sound: Sound, let_go: str) -> None:
    assert stored(laptop, LOSSES)[SHRUNK] < sound.losses[SHRUNK]


def test_the_receipt_of_an_accepted_loss_names_date_rows_and_reason(
    laptop: Laptop, sound: Sound, let_go: str
) -> None:
    gone = sound.losses[SHRUNK] - stored(laptop, LOSSES)[SHRUNK]
    made = json.loads(laptop.phase4("receipt", let_go, "--json").out)
    [loss] = made["accepted_loss"]
    assert (loss["game_date"], loss["state"], loss["rows"]) == (str(SHRUNK), "BLOCKED_SHRUNK", gone)
    assert len(loss["names"]) == 10
    assert loss["reason"].startswith("L3 has 1 of the")
    text = laptop.phase4("receipt", let_go).out
    assert f"loss   accepted: {gone} rows went on 1 date\n" in text
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
    assert "an unknown number of rows" in laptop.phase4("receipt", let_go).out


@pytest.fixture(scope="module")
def validated(laptop: Laptop, again: Execution) -> Mapping[str, Any]:
    """The snapshot of the dates of the doubled game, by the command line."""
    return dict(json.loads(laptop.phase4("validate", *DOUBLES.words, "--json").out))


def findings(validated: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The results of a check by subject."""
    return {check["subject"]: check for check in validated["checks"] if check["name"] == name}


def test_u6_a_doubled_game_does_not_fill_the_place_of_a_deleted_one(
    laptop: Laptop, sound: Sound, validated: Mapping[str, Any]
) -> None:
    now, before = state(laptop, DOUBLED), sound.doubles.values()
    assert now["l1_games"] > now["covered_games"]
    assert now["l3_covered_games"] == now["covered_games"] == now["l4_games"]
    assert validated["l1_games"] == sum(row["l1_games"] for row in before)
    assert validated["covered_games"] == sum(row["l3_covered_games"] for row in before) - 1


def test_u6_every_player_of_the_doubled_game_has_one_row(laptop: Laptop, again: Execution) -> None:
    rows = laptop.sql(f"SELECT player_lookup FROM {L4} WHERE game_date = @day", day=DOUBLED)
    names = [row["player_lookup"] for row in rows]
    assert names
    assert len(names) == len(set(names))


def test_u6_plain_numbers_in_l1_cost_no_coverage(
    laptop: Laptop, sound: Sound, again: Execution
) -> None:
    now, before = state(laptop, NUMBERED), sound.doubles[NUMBERED]
    assert now["state"] == "COMPLETE"
    assert now["l1_games"] == before["l1_games"]
    assert now["covered_games"] == before["l3_covered_games"] == now["l4_games"]


def test_u6_a_check_names_the_doubled_game_of_each_layer(validated: Mapping[str, Any]) -> None:
    found = findings(validated, "doubled_games")
    for layer in ("L3 players", "L3 offense", "L3 defense"):
        assert (found[layer]["outcome"], found[layer]["figure"]) == ("failed", 1)
        assert str(DOUBLED) in found[layer]["detail"]
        assert "0022400777" in found[layer]["detail"]
    assert found["L4"]["outcome"] == found["L1"]["outcome"] == "passed"


def test_u6_once_l3_has_it_in_one_copy_a_later_loss_is_named_by_a_check(
    laptop: Laptop, validated: Mapping[str, Any]
) -> None:
    for table in (L1, *L3):
        laptop.sql(f"DELETE FROM {table} WHERE game_date = @day", day=NUMBERED)
    later = json.loads(laptop.phase4("validate", *DOUBLES.words, "--json").out)
    shrunk = findings(later, "shrunk_dates")[""]
    assert (shrunk["outcome"], shrunk["figure"]) == ("failed", 1)
    assert str(NUMBERED) in shrunk["detail"]


def test_of_players_in_two_spellings_no_row_is_lost_or_doubled(
    laptop: Laptop, sound: Sound, again: Execution
) -> None:
    assert spelled(laptop) == sound.spelled


def test_players_in_two_spellings_fail_the_run_by_name(
    laptop: Laptop, sound: Sound, again: Execution
) -> None:
    named = laptop.sql(
        f"SELECT reason FROM nba_ops.quarantine WHERE run_id = @run AND game_date = '{SPELLED}'",
        run=again.run_id,
    )
    game = sound.spelled[0]["game_id"]
    people = [row["player_lookup"] for row in sound.spelled if row["game_id"] == game]
    assert again.state == "FAILED"
    assert f"{SPELLED}: not published" in again.error["summary"]["failures"]
    assert {row["reason"] for row in named} == {
        f"player_lookup {who.upper()} and {who} are one name on one date:"
        " two rows cannot both be true"
        for who in people
    }


def exchange(laptop: Laptop) -> None:
    """Defences under each other's name on one date, a player's line under another's on the next."""
    laptop.sql(
        f"UPDATE {DEFENSE} SET defending_team_abbr = opponent_team_abbr,"
        " opponent_team_abbr = defending_team_abbr WHERE game_date = @day",
        day=DEFENCES,
    )
    # Two players of one team and game, the one with most points and the one with least.
    rows = laptop.sql(
        f"SELECT player_lookup FROM {PLAYERS} WHERE game_date = @day AND minutes_played > 0"
        f" AND team_abbr = (SELECT MIN(team_abbr) FROM {PLAYERS} WHERE game_date = @day)"
        " ORDER BY points DESC",
        day=LINES,
    )
    laptop.sql(
        f"UPDATE {PLAYERS} SET player_lookup = IF(player_lookup = @best, @worst, @best)"
        " WHERE game_date = @day AND player_lookup IN (@best, @worst)",
        day=LINES, best=rows[0]["player_lookup"], worst=rows[-1]["player_lookup"],
    )  # fmt: skip


def half_write(laptop: Laptop) -> None:
    """A game's rows of L3 are there without a figure: upstream has begun to write them anew."""
    empty = ", ".join(f"{name} = NULL" for name in FIGURES)
    laptop.sql(
        f"UPDATE {PLAYERS} SET is_active = FALSE, {empty}, processed_at = CURRENT_TIMESTAMP()"
        f" WHERE game_date = @day AND game_id ="
        f" (SELECT MIN(game_id) FROM {PLAYERS} WHERE game_date = @day)",
        day=HALF,
    )


@pytest.fixture(scope="module")
def stale(laptop: Laptop, sound: Sound) -> Execution:
    """A run over the stale dates after two exchanges, and over the date that is half written."""
    exchange(laptop)
    half_write(laptop)
    return laptop.run(dates=[*EXCHANGES.days, str(HALF)], reasons=["stale", "overcount"], **SMALL)


@pytest.fixture(scope="module")
def contradictions(laptop: Laptop, stale: Execution) -> Mapping[str, Row]:
    """The check of that run, by subject."""
    checks = laptop.snapshots(stale.run_id)[-1]["checks"]
    return {one["subject"]: one for one in checks if one["name"] == "contradictions"}


def test_u20_exchanged_defences_are_absent_and_counted_behind(
    laptop: Laptop, stale: Execution
) -> None:
    outcomes = {row["game_date"]: row for row in laptop.outcomes(stale.run_id)}
    assert any(FACED in text for text in outcomes[AFTER]["warnings"])


def test_u20_a_check_names_both_tables_figures(contradictions: Mapping[str, Row]) -> None:
    check = contradictions["a defence that faced other shots than the players took"]
    assert (check["outcome"], check["severity"]) == ("failed", "warning")
    assert str(DEFENCES) in check["detail"]


def test_u20_exchanged_lines_are_named_with_what_l1_says(
    contradictions: Mapping[str, Row],
) -> None:
    check = contradictions["a player with other figures than in L1"]
    assert check["detail"].startswith(f"{LINES} 2 players, ")
    assert "points" in check["detail"]


def test_u20_the_dates_behind_exchanged_lines_are_named(contradictions: Mapping[str, Row]) -> None:
    assert f"{AFTER} after {LINES}" in contradictions["computed behind such a date"]["detail"]


def test_u21_inactive_rows_of_players_with_minutes_in_l1_take_no_row_away(
    laptop: Laptop, stale: Execution
) -> None:
    now = state(laptop, HALF)
    assert now["state"] == "BLOCKED_SHRUNK"
    assert "rows of L4 would go; lost: " in now["reason"]


def test_u21_no_run_takes_them_away(laptop: Laptop, sound: Sound, stale: Execution) -> None:
    assert laptop.table_hash(str(HALF), str(HALF)) == sound.half
    laptop.run(dates=[str(HALF)], force=True, **SMALL)
    assert laptop.table_hash(str(HALF), str(HALF)) == sound.half
