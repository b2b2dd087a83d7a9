"""A date is stale when its sources are not what was read, whatever the timestamps say (U8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phase4.cloud.warehouse import Row, Warehouse
from phase4.filling.fingerprints import of_league
from phase4.filling.ledger import record, record_reading
from phase4.filling.publishing import Outcome
from phase4.filling.reading import read_league
from phase4.filling.task import Task
from tests.phase4.filling.shards import new_task, quarantined
from tests.phase4.small_league import ALL, Day, Rows, hold, moment, serving_league, tables
from tests.table_server import TableServer

DAYS = [date(2024, 11, 8), date(2024, 11, 10), date(2024, 12, 20), date(2025, 1, 5)]
DAYS += [date(2025, 2, 2), date(2025, 2, 15), date(2025, 3, 1)]
ALL_STAR_DAY = date(2025, 2, 15)
REACH = timedelta(days=45)
READ_AT = datetime(2025, 4, 1, tzinfo=UTC)
PLAYERS = "nba_analytics.player_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
ROSTER = "nba_analytics.player_birthdates"


def sound() -> dict[str, Rows]:
    """A league of one game a date, all of it computed."""
    rows = tables(dict.fromkeys(DAYS, Day()))
    for row in rows["player_composite_factors"]:
        row["processed_at"] = READ_AT
    rows["player_birthdates"] = [
        {"player_lookup": player, "birth_date": date(1995, 1, 1)} for player in ALL
    ]
    return rows


SOUND = sound()


@dataclass(frozen=True)
class Situation:
    """That league, with what was computed in the ledger."""

    warehouse: Warehouse

    def restore(self) -> None:
        """The sources as they were read."""
        hold(self.warehouse, SOUND)

    def stale(self) -> set[date]:
        """The dates that are stale, also where too little is left behind them; All-Star exempt."""
        rows = self.warehouse.query(
            "SELECT game_date, state, changed_dates FROM nba_ops.date_status(@first, @last)",
            {"first": DAYS[0], "last": DAYS[-1]},
        )
        return {row["game_date"] for row in rows if is_stale(row)}

    def reads(self, task: Task, days: list[date], status: str, read_at: datetime) -> None:
        """A task reads for these dates and records that they are done."""
        read = of_league(read_league(self.warehouse, days, datetime.now(UTC)))
        done = [
            Outcome(day, status, "", 1, 20, finished_at=read_at)  # type: ignore[arg-type]
            for day in days
        ]
        record_reading(self.warehouse, task, read, 0)
        record(self.warehouse, task, done, quarantined(days[0], 0), read_at, reading=True)


@pytest.fixture(scope="module")
def world(table_server: TableServer) -> Iterator[Situation]:
    """Two tasks have filled every date."""
    with serving_league(table_server, SOUND, roster_table=ROSTER) as warehouse:
        one = Situation(warehouse)
        one.reads(new_task(index=0), DAYS[:3], "PUBLISHED", READ_AT)
        one.reads(new_task(index=1), DAYS[3:], "PUBLISHED", READ_AT)
        yield one


@pytest.fixture
def situation(world: Situation) -> Iterator[Situation]:
    """The sources are whole again after each test."""
    yield world
    world.restore()


def is_stale(row: Row) -> bool:
    """Whether what a date was computed from is not there any more."""
    return row["state"] in ("STALE", "BLOCKED_UPSTREAM") and row["changed_dates"] > 0


def reached(day: date, length: timedelta = REACH) -> set[date]:
    """The dates whose history holds a date."""
    return {one for one in DAYS if day <= one <= day + length and one != ALL_STAR_DAY}


def test_nothing_is_stale_while_the_sources_are_what_was_read(situation: Situation) -> None:
    assert situation.stale() == set()


def test_all_sources_are_read_as_of_one_moment(situation: Situation) -> None:
    asked_at = datetime.now(UTC)
    whole = read_by(situation, asked_at)
    for table in (PLAYERS, DEFENSE, OFFENSE):
        situation.warehouse.query(f"DELETE FROM {table} WHERE game_date = '2024-12-20'")
    situation.warehouse.query(f"UPDATE {ROSTER} SET birth_date = '1990-05-05' WHERE TRUE")
    assert read_by(situation, asked_at) == whole
    assert read_by(situation, datetime.now(UTC)) != whole


def read_by(situation: Situation, at: datetime) -> list[dict[str, Any]]:
    """The fingerprints of what the sources are read as."""
    read = of_league(read_league(situation.warehouse, DAYS, at))
    return sorted(read.to_pylist(), key=str)


@pytest.mark.parametrize("table", [PLAYERS, DEFENSE, OFFENSE])
def test_a_deleted_game_makes_the_dates_stale_that_it_reaches(
    situation: Situation, table: str
) -> None:
    situation.warehouse.query(f"DELETE FROM {table} WHERE game_date = '2024-12-20'")
    # Without L3 players the date itself is blocked.
    gone = {DAYS[2]} if table == PLAYERS else set()
    assert situation.stale() == reached(DAYS[2]) - gone


def test_a_new_birth_date_makes_the_dates_stale_on_which_the_player_is_listed(
    situation: Situation,
) -> None:
    situation.warehouse.query(
        f"DELETE FROM {PLAYERS} WHERE player_lookup = '{ALL[0]}' AND game_date > '2024-11-10'"
    )
    situation.warehouse.query(
        f"UPDATE {ROSTER} SET birth_date = '1990-05-05' WHERE player_lookup = '{ALL[0]}'"
    )
    rows = situation.warehouse.query(
        "SELECT game_date, changed_sample FROM nba_ops.source_changes(@first, @last, 45)"
        " WHERE changed_dates = 1",
        {"first": DAYS[0], "last": DAYS[1]},
    )
    assert {row["changed_sample"] for row in rows} == {"2024-11-08 (births)", "2024-11-10 (births)"}


def test_a_change_on_an_all_star_day_is_nobodys_history(situation: Situation) -> None:
    situation.warehouse.query(f"DELETE FROM {OFFENSE} WHERE game_date = '{ALL_STAR_DAY}'")
    assert situation.stale() == set()


def test_dates_that_were_read_again_and_found_equal_are_not_stale_any_more(
    situation: Situation,
) -> None:
    situation.warehouse.query(f"UPDATE {OFFENSE} SET pace = 99.5 WHERE game_date = '{DAYS[0]}'")
    hurt = sorted(situation.stale())
    assert set(hurt) == reached(DAYS[0])
    situation.reads(new_task(index=2), hurt, "UNCHANGED", READ_AT + timedelta(hours=1))
    assert situation.stale() == set()
    situation.restore()
    assert situation.stale() == set(hurt)
    situation.reads(new_task(index=3), hurt, "UNCHANGED", READ_AT + timedelta(hours=2))


HURTS = {
    "an edit without a new timestamp": "UPDATE {players} SET points = 41 WHERE {one}",
    "an edit with an older timestamp": (
        "UPDATE {players} SET usage_rate = 21.5, processed_at = '2020-01-01' WHERE {one}"
    ),
    "a backdated insert": (
        "INSERT INTO {players} (game_date, game_id, player_lookup, is_active, processed_at)"
        " VALUES (DATE '{day}', 'game', 'sitter', FALSE, TIMESTAMP '2020-01-01')"
    ),
    "a pace": "UPDATE {offense} SET pace = 101.5 WHERE game_date = '{day}'",
    "a zone": "UPDATE {defense} SET opp_paint_makes = 9 WHERE game_date = '{day}'",
}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(HURTS)), day=st.sampled_from(DAYS), days=st.sampled_from([9, 45])
)
def test_a_hidden_change_makes_exactly_the_dates_stale_that_it_reaches(
    world: Situation, name: str, day: date, days: int
) -> None:
    one = f"game_date = '{day}' AND player_lookup = '{ALL[3]}'"
    names = {"players": PLAYERS, "defense": DEFENSE, "offense": OFFENSE}
    world.warehouse.query(HURTS[name].format(**names, one=one, day=day))
    rows = world.warehouse.query(
        "SELECT game_date FROM nba_ops.source_changes(@first, @last, @days)"
        " WHERE changed_dates = 1",
        {"first": DAYS[0], "last": DAYS[-1], "days": days},
    )
    world.restore()
    found = {row["game_date"] for row in rows} - {ALL_STAR_DAY}
    assert found == (set() if day == ALL_STAR_DAY else reached(day, timedelta(days=days)))


def test_rows_of_an_older_system_are_judged_by_timestamps(situation: Situation) -> None:
    situation.warehouse.query(
        "UPDATE nba_precompute.player_composite_factors SET processed_at = @at"
        f" WHERE game_date = '{DAYS[3]}'",
        {"at": moment(DAYS[3], timedelta(days=2))},
    )
    assert situation.stale() == set()
    situation.warehouse.query(
        f"UPDATE {OFFENSE} SET processed_at = @at WHERE game_date = '{DAYS[3]}'",
        {"at": moment(DAYS[3], timedelta(days=20))},
    )
    assert situation.stale() == {DAYS[3]}
