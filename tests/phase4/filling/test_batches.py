"""How the dates of a shard are cut into batches."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from phase4.cloud.warehouse import CONCURRENT_LOADS
from phase4.filling.batches import BATCH_DATES, Batch, by_season, key_of
from phase4.tables.calendar import season_year
from phase4.tables.cost_model import staffing
from phase4.tables.rows.plans import PlannedDate

FIRST = date(2023, 10, 24)
shards = st.sets(st.integers(0, 900), min_size=1, max_size=120).map(
    lambda days: [PlannedDate(FIRST + timedelta(days=day), 1, 20) for day in sorted(days)]
)


def batches(dates: list[PlannedDate]) -> list[Batch]:
    return [batch for season in by_season(dates) for batch in season]


@given(shards)
def test_together_they_are_the_shard_in_its_order(dates: list[PlannedDate]) -> None:
    assert [planned for batch in batches(dates) for planned in batch.dates] == dates


@given(shards)
def test_they_are_numbered_through_from_zero(dates: list[PlannedDate]) -> None:
    cut = batches(dates)
    assert [batch.number for batch in cut] == list(range(len(cut)))


@given(shards)
def test_none_lies_in_two_seasons_or_is_larger_than_a_batch(dates: list[PlannedDate]) -> None:
    for batch in batches(dates):
        assert len({season_year(day) for day in batch.days}) == 1
        assert 1 <= len(batch.dates) <= BATCH_DATES


def test_a_full_one_fills_the_rounds_of_load_jobs() -> None:
    assert BATCH_DATES % CONCURRENT_LOADS == 0


def test_what_is_under_way_beside_a_bad_date_is_less_than_a_wave_of_fifty_was() -> None:
    """The rest of its own batch, and of every other task the batch that it has begun."""
    others = staffing().most_tasks - 1
    assert BATCH_DATES - 1 + others * BATCH_DATES < 50


def test_what_is_done_is_left_out_and_the_number_stays() -> None:
    dates = [PlannedDate(FIRST + timedelta(days=day), 1, 20) for day in range(20)]
    second = batches(dates)[1]
    left = second.without({key_of(planned) for planned in dates[:15]})
    assert (left.number, left.dates) == (1, tuple(dates[15:]))


def test_what_is_read_once_for_several_tables_is_published_table_by_table() -> None:
    tables = ("player_composite_factors", "team_defense_zone_analysis")
    days = [FIRST + timedelta(days=day) for day in range(14)]
    dates = [PlannedDate(day, 1, 20, table_name=name) for name in tables for day in days]
    (season,) = by_season(dates)
    assert [(batch.table.name, len(batch.dates)) for batch in season] == [
        (name, size) for name in tables for size in (12, 2)
    ]


def test_of_tables_that_others_write_all_dates_are_read_at_once() -> None:
    years = (FIRST, FIRST + timedelta(days=400))
    dates = [PlannedDate(day, 1, 20, table_name="player_game_summary") for day in years]
    assert [len(together) for together in by_season(dates)] == [1]
