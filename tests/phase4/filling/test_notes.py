"""The warnings that an outcome carries: numbers that count as absent, another build."""

from __future__ import annotations

from datetime import date

import pyarrow as pa

from phase4.filling import notes
from phase4.filling.publishing import Outcome
from tests.phase4.filling.shards import new_day

SCHEMA = pa.schema([(name, pa.string()) for name in ("game_id", "player_lookup", "reason")]).insert(
    0, pa.field("game_date", pa.date32())
)


def noted(day: date, count: int, player: str | None = "somebody") -> pa.Table:
    row = {"game_date": day, "game_id": "G1", "player_lookup": player, "reason": "pace=NaN"}
    return pa.Table.from_pylist([row] * count, SCHEMA)


def test_a_note_names_the_player_or_the_game() -> None:
    day = new_day()
    assert notes.of_dates(noted(day, 1)) == {day: ("somebody: pace=NaN",)}
    assert notes.of_dates(noted(day, 1, player=None)) == {day: ("G1: pace=NaN",)}


def test_beyond_five_notes_only_their_number_is_told() -> None:
    day = new_day()
    told = notes.of_dates(noted(day, 12))[day]
    assert (len(told), told[-1]) == (6, "and 7 more such numbers")


def test_notes_about_the_history_are_told_besides_those_of_the_date() -> None:
    day = new_day()
    behind = noted(day, 1, player=None).set_column(1, "game_id", pa.array([None], pa.string()))
    told = notes.of_dates(pa.concat_tables([noted(day, 12), behind]))[day]
    assert (len(told), told[-1]) == (7, "history: pace=NaN")


def test_no_kind_of_the_days_behind_hides_another() -> None:
    day = new_day()
    behind = noted(day, 9, player=None).set_column(1, "game_id", pa.array([None] * 9, pa.string()))
    assert len(notes.of_dates(behind)[day]) == 9


def test_the_same_build_is_no_warning() -> None:
    assert notes.other_build("b1", "b1") == ()
    assert notes.other_build("b1", "") == ()


def test_another_build_is_named_with_the_one_that_started_the_run() -> None:
    (warning,) = notes.other_build("old", "new")
    assert warning == "computed by build old, the run was started by build new"


def test_notes_follow_the_warnings_and_what_lacks_behind_their_own_date() -> None:
    one, other = new_day(), new_day()
    outcomes = [Outcome(day, "PUBLISHED", "", 1, 10, warnings=("gate",)) for day in (one, other)]
    first, second = notes.add(outcomes, noted(one, 1), {one: ("7 of 10",)}, ("shared",))
    assert first.warnings == ("gate", "7 of 10", "somebody: pace=NaN", "shared")
    assert second.warnings == ("gate", "shared")
