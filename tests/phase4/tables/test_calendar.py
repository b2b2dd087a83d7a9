"""The league calendar: domain.md section 5."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.tables.calendar import (
    SeasonUnknown,
    bootstrap_days,
    bootstrap_end,
    season_of,
    season_year,
    seasons,
)

OPENERS = {
    2021: date(2021, 10, 19),
    2022: date(2022, 10, 18),
    2023: date(2023, 10, 24),
    2024: date(2024, 10, 22),
    2025: date(2025, 10, 21),
    2026: date(2026, 10, 21),
}
BREAKS = {
    2021: (date(2022, 2, 18), date(2022, 2, 20)),
    2022: (date(2023, 2, 17), date(2023, 2, 19)),
    2023: (date(2024, 2, 16), date(2024, 2, 18)),
    2024: (date(2025, 2, 14), date(2025, 2, 16)),
    2025: (date(2026, 2, 13), date(2026, 2, 15)),
}
KNOWN_DAYS = st.dates(date(2021, 10, 1), date(2027, 9, 30))


def test_the_openers() -> None:
    assert {season.season_year: season.opener for season in seasons()} == OPENERS


@pytest.mark.parametrize("year", BREAKS)
def test_the_all_star_break_is_its_first_to_its_last_day(year: int) -> None:
    season = season_of(OPENERS[year])
    first, last = BREAKS[year]
    around = [first - timedelta(days=1) + timedelta(days=n) for n in range((last - first).days + 3)]
    assert [season.is_all_star(day) for day in around] == [False, True, True, True, False]


def test_a_season_without_a_known_break_has_no_all_star_day() -> None:
    season = season_of(date(2026, 11, 1))
    assert not any(season.is_all_star(date(2027, 2, day)) for day in range(1, 29))


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2024, 9, 30), 2023),
        (date(2024, 10, 1), 2024),
        (date(2025, 1, 1), 2024),
        (date(2025, 6, 22), 2024),
    ],
)
def test_a_season_runs_from_october_to_september(day: date, year: int) -> None:
    assert season_year(day) == year


def test_seasons_follow_each_other_without_a_hole() -> None:
    years = [season.season_year for season in seasons()]
    assert years == [*range(years[0], years[-1] + 1)]


@given(KNOWN_DAYS)
def test_every_known_day_belongs_to_the_season_of_its_year(day: date) -> None:
    assert season_of(day).season_year == season_year(day)


def test_the_bootstrap_is_the_first_fourteen_days() -> None:
    assert bootstrap_days() == 14
    assert bootstrap_end(season_of(date(2024, 10, 22))) == date(2024, 11, 4)


@pytest.mark.parametrize("day", [date(2021, 9, 30), date(2027, 10, 1)])
def test_a_day_beyond_the_calendar_is_an_error_that_names_it(day: date) -> None:
    with pytest.raises(SeasonUnknown, match=f"no season {season_year(day)} .asked for {day}."):
        season_of(day)
