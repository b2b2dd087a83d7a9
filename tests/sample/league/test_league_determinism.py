"""The sample league is the same everywhere, and a longer one only adds earlier seasons."""

from __future__ import annotations

import hashlib
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phase4.tables import calendar
from sample.league import League, sample_league
from sample.league.draws import draw, noise, order
from sample.league.players import lookup, player_names, rosters
from sample.league.schedule import league_calendar, season_games, season_plans

PINNED = "acc270f5d2bce7f1e620f19d67f2efaab4880401d0a5d6806a6ccf654f2ad4b3"


def digest(league: League) -> str:
    """SHA-256 over the text of every value, column by column."""
    seen = hashlib.sha256()
    for name, table in league.tables():
        for column in table.column_names:
            seen.update(f"{name}.{column}".encode())
            for value in _texts(table[column]):
                seen.update(b"\x00" if value is None else value.encode() + b"\x01")
    return seen.hexdigest()


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_list(column.type):
        return ["|".join(items) for items in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        column = pc.cast(column, pa.int64())
    texts: list[str | None] = pc.cast(column, pa.string()).to_pylist()
    return texts


def test_content_is_the_pinned_one(league: League) -> None:
    assert digest(league) == PINNED


def test_two_generations_are_equal(league: League) -> None:
    again = dict(sample_league().tables())
    assert all(table.equals(again[name]) for name, table in league.tables())


def test_draws_are_the_pinned_ones() -> None:
    assert draw("pinned", [0, 1, 2], -1, below=1000).tolist() == [334, 497, 948]


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1), st.integers(1, 10_000))
def test_draws_stay_below_their_bound(keys: list[int], below: int) -> None:
    values = draw("bound", keys, below=below)
    assert values.min() >= 0
    assert values.max() < below


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1), st.integers(0, 500))
def test_noise_stays_inside_its_spread(keys: list[int], spread: int) -> None:
    assert abs(noise("spread", keys, spread=spread)).max() <= spread


@given(st.lists(st.integers(0, 2**40), min_size=1))
def test_order_is_a_permutation(keys: list[int]) -> None:
    assert sorted(order("order", keys).tolist()) == list(range(len(keys)))


@settings(max_examples=8)
@given(st.integers(2, 20))
def test_each_earlier_season_adds_1230_games(seasons: int) -> None:
    plans = season_plans(seasons)
    assert sum(len(season_games(plan)) for plan in plans) == 2027 + 1230 * (seasons - 2)
    assert all(155 <= len({g.day for g in season_games(plan)}) <= 170 for plan in plans[:-2])


def test_earlier_seasons_leave_the_reference_rows_alone(league: League) -> None:
    longer = dict(sample_league(4).tables())
    for name, table in league.tables():
        if "season_year" in table.column_names:
            recent = longer[name].filter(pc.field("season_year") >= 2024)
            assert recent.equals(table), name
    assert longer["player_composite_factors"].equals(league.player_composite_factors)


def test_calendar_rules_agree_with_the_known_seasons() -> None:
    known = [season for season in calendar.seasons() if season.season_year <= 2025]
    assert league_calendar(20)[-len(known) :] == tuple(known)
    assert league_calendar(20)[0].opener == date(2006, 10, 24)


def test_every_player_of_twenty_seasons_has_a_name_of_his_own() -> None:
    players = sorted({int(p) for year in range(2006, 2026) for p in rosters(year).flat})
    names = {lookup(name) for name in player_names(pa.array(players).to_numpy())}
    assert len(names) == len(players)


def test_fewer_than_two_seasons_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="seasons=1"):
        sample_league(1)
