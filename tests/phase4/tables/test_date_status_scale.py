"""Five seasons in one query, from tables that all demand a partition filter."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.calendar import seasons
from phase4.tables.catalog import TABLES
from sample.environment import create_tables
from sample.league import sample_league
from sample.league.upload import table_ids, upload

FIRST, LAST = date(2021, 10, 1), date(2026, 1, 2)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def big(warehouse: Warehouse) -> Warehouse:
    """Five seasons in datasets of their own."""
    settings = with_prefix(warehouse.settings, "five")
    upload(sample_league(seasons=5), warehouse.client, settings)
    create_tables(warehouse.client, settings)
    for key, name in table_ids(settings).items():
        if TABLES[key].partition_field:
            table = warehouse.client.get_table(name)
            table.require_partition_filter = True
            warehouse.client.update_table(table, ["require_partition_filter"])
    return Warehouse(settings, Caller("test"))


@pytest.fixture(scope="module")
def states(big: Warehouse) -> list[Row]:
    """The state of every date of five seasons."""
    return big.query(
        "SELECT * FROM five_ops.date_status(@first, @last) ORDER BY game_date",
        {"first": FIRST, "last": LAST},
    )


def with_prefix(settings: Settings, prefix: str) -> Settings:
    """The same tables in other datasets."""
    tables = {
        name: getattr(settings, name).replace("nba_", f"{prefix}_")
        for name in ("raw_table", "player_table", "defense_table", "offense_table", "target_table")
    }
    roster = f"{prefix}_analytics.player_birthdates"
    return replace(settings, **tables, roster_table=roster, ops_dataset=f"{prefix}_ops")


def test_every_date_of_five_seasons_has_one_row(states: list[Row]) -> None:
    days = [row["game_date"].toordinal() for row in states]
    assert days == list(range(FIRST.toordinal(), LAST.toordinal() + 1))


def test_a_gap_of_the_first_season_is_found_like_one_of_the_last(states: list[Row]) -> None:
    missing = Counter(row["season_year"] for row in states if row["state"] == "MISSING")
    assert set(missing) == {2021, 2022, 2023, 2024, 2025}


def test_every_season_has_its_own_bootstrap(states: list[Row]) -> None:
    first_days = {
        season: min(row["game_date"] for row in states if row["state"] == "EXEMPT_BOOTSTRAP"
                    and row["season_year"] == season)
        for season in range(2021, 2026)
    }  # fmt: skip
    assert first_days == {s.season_year: s.opener for s in seasons() if s.season_year <= 2025}


def test_the_answer_for_a_season_is_the_same_in_a_smaller_range(
    big: Warehouse, states: list[Row]
) -> None:
    first, last = date(2024, 11, 1), date(2024, 12, 31)
    alone = big.query(
        "SELECT * FROM five_ops.date_status(@first, @last) ORDER BY game_date",
        {"first": first, "last": last},
    )
    assert alone == [row for row in states if first <= row["game_date"] <= last]


@pytest.mark.parametrize(
    "table", ["five_raw.bdl_player_boxscores", "five_analytics.player_game_summary"]
)
def test_the_tables_demand_a_partition_filter(big: Warehouse, table: str) -> None:
    with pytest.raises(Exception, match="without a filter over column"):
        big.query(f"SELECT COUNT(*) AS there FROM {table}")
