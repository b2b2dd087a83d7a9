"""The gate: what a date's rows must be before its partition is replaced."""

from __future__ import annotations

import pyarrow as pa
import pytest

from phase4.filling.gate import check
from tests.phase4.filling.shards import new_day, rows_of

DAY = new_day()


@pytest.mark.parametrize(
    ("written", "reasons", "warnings"),
    [(200, 0, 0), (190, 0, 0), (189, 0, 1), (180, 0, 1), (179, 1, 0), (1, 1, 0)],
)
def test_under_90_percent_of_the_players_closes_and_under_95_warns(
    written: int, reasons: int, warnings: int
) -> None:
    gate = check(rows_of(DAY, written, games=8), 200)
    assert (len(gate.reasons), len(gate.warnings)) == (reasons, warnings)
    assert gate.open == (reasons == 0)


def test_the_reason_says_how_many_of_how_many() -> None:
    assert check(rows_of(DAY, 3), 4).reasons == ("3 of 4 players (75.0 %), below 90 %",)


def test_no_rows_where_players_are_due_close_it() -> None:
    assert check(rows_of(DAY, 0), 12).reasons == ("no rows, 12 players are due",)


def test_no_rows_where_nobody_is_due_pass() -> None:
    assert check(rows_of(DAY, 0), 0).open


def test_duplicate_keys_close_it() -> None:
    rows = rows_of(DAY, 10)
    twice = pa.concat_tables([rows, rows.slice(0, 2)])
    assert check(twice, 10).reasons == ("2 duplicate keys",)


def test_a_factor_that_is_the_same_everywhere_on_a_large_day_closes_it() -> None:
    same = rows_of(DAY, 60, games=4, fatigue=(85,))
    assert check(same, 60).reasons == ("fatigue_score is the same in all 60 rows",)


@pytest.mark.parametrize(("players", "games"), [(59, 4), (60, 3)])
def test_a_factor_may_be_the_same_everywhere_on_a_small_day(players: int, games: int) -> None:
    assert check(rows_of(DAY, players, games=games, fatigue=(85,)), players).open


def test_every_reason_is_told() -> None:
    rows = rows_of(DAY, 60, games=4, fatigue=(85,))
    twice = pa.concat_tables([rows, rows.slice(0, 1)])
    assert len(check(twice, 100).reasons) == 3
