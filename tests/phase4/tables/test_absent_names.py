"""A state has a reason whatever is absent in a row: no figure of a text may be NULL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product

import pytest

from phase4.cloud.warehouse import Row
from phase4.tables.calendar import season_of
from phase4.tables.catalog import TABLES
from tests.phase4.small_league import ALL, Day, serving_league, tables
from tests.table_server import TableServer

FIRST = date(2023, 11, 10)
LAYERS = ("bdl_player_boxscores", "player_game_summary", "player_composite_factors")
STORED = {"all of L4": ALL, "the others in L4": ALL[1:], "none of L4": ()}
NOT_ABSENT = {"game_date"}
CASES = {
    f"{column} of {reach} in {table}, {stored}": (table, column, reach, players)
    for table in LAYERS
    for column, reach, (stored, players) in product(
        (
            field.name
            for field in TABLES[table].schema
            if field.mode == "NULLABLE" and field.name not in NOT_ABSENT
        ),
        ("one row", "every row"),
        STORED.items(),
    )
    if column in {"game_id", "team_abbr", "opponent_team_abbr", "home_team_abbr", "player_lookup",
                  "away_team_abbr", "minutes", "minutes_played", "usage_rate", "is_active",
                  "is_dnp", "points", "processed_at", "universal_player_id",
                  "calculation_version", "data_hash"}
}  # fmt: skip
AFTER = [FIRST + timedelta(days=number) for number in range(len(CASES) + 3)]
DAYS = dict(zip(CASES, (day for day in AFTER if not season_of(day).is_all_star(day)), strict=True))


@pytest.fixture(scope="module")
def states(table_server: TableServer) -> Iterator[dict[date, Row]]:
    """The state of a date for every column that may be absent."""
    rows = tables({day: Day(l4=CASES[name][3]) for name, day in DAYS.items()})
    for name, (table, column, reach, _) in CASES.items():
        on_day = [row for row in rows[table] if row["game_date"] == DAYS[name]]
        for row in on_day[:1] if reach == "one row" else on_day:
            row[column] = None
    with serving_league(table_server, rows) as warehouse:
        found = warehouse.query(
            "SELECT * FROM nba_ops.date_status(@first, @last)",
            {"first": FIRST, "last": max(DAYS.values())},
        )
        yield {row["game_date"]: row for row in found}


@pytest.mark.parametrize("name", CASES)
def test_a_state_has_a_reason_whatever_is_absent(states: dict[date, Row], name: str) -> None:
    row = states[DAYS[name]]
    assert row["reason"], f"{row['state']} without a reason"
