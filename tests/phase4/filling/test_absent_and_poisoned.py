"""What the computation makes of numbers that are missing, impossible or no numbers at all."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from phase4.filling.compute import Computed
from phase4.filling.rows import split_violations
from phase4.filling.sources import ColumnMissing, LeagueTables

DAY = date(2024, 11, 19)
FLOAT, TEXT = pa.float64(), pa.string()
NUMBERS = (
    "minutes_played",
    "usage_rate",
    "points",
    "paint_attempts",
    "mid_range_attempts",
    "three_pt_attempts",
)


def on(league: Any, day: date, **wanted: Any) -> dict[str, Any]:
    """The first player of a date whose columns have the wanted values."""
    return next(
        row
        for row in league.players
        if row["game_date"] == day and all(row[name] == value for name, value in wanted.items())
    )


def without(rows: pa.Table, poisoned: dict[str, Any]) -> pa.Table:
    """The rows of everybody else, in one chunk."""
    own = pc.equal(rows["player_lookup"], poisoned["player_lookup"])
    return rows.filter(pc.invert(own)).combine_chunks()


class TestAbsent:
    @pytest.mark.parametrize("column", NUMBERS)
    def test_nan_gives_the_rows_of_null(self, league: Any, column: str) -> None:
        given = [row for row in league.players if row["game_date"] < DAY][::7]
        for row in given:
            row[column] = None
        null = league.compute([DAY], **{column: FLOAT}).rows
        for row in given:
            row[column] = float("nan")
        assert league.compute([DAY], **{column: FLOAT}).rows == null

    @pytest.mark.parametrize("column", ["pace", "opp_paint_makes", "opp_three_pt_attempts"])
    def test_nan_in_a_team_table_gives_the_rows_of_null(self, league: Any, column: str) -> None:
        rows = league.offense if column == "pace" else league.defense
        for row in rows[::5]:
            row[column] = None
        null = league.compute([DAY], **{column: FLOAT}).rows
        for row in rows[::5]:
            row[column] = float("nan")
        assert league.compute([DAY], **{column: FLOAT}).rows == null

    @pytest.mark.parametrize("type_", [FLOAT, TEXT], ids=["float", "text"])
    def test_numbers_of_another_column_type_give_the_same_rows(
        self, league: Any, untouched: Computed, type_: pa.DataType
    ) -> None:
        types = dict.fromkeys((*NUMBERS, "pace", "opp_paint_makes", "opp_paint_attempts"), type_)
        assert league.compute(**types).rows == untouched.rows

    def test_a_usage_rate_outside_0_to_100_counts_as_absent_and_is_noted(self, league: Any) -> None:
        row = on(league, DAY, is_active=True)
        later = date(2024, 12, 3)
        row["usage_rate"] = None
        null = league.compute([DAY, later])
        row["usage_rate"] = Decimal("1329.80")
        computed = league.compute([DAY, later])
        assert computed.rows == null.rows
        assert computed.quarantined.num_rows == 0
        (note,) = (
            entry
            for entry in computed.noted.to_pylist()
            if entry["player_lookup"] == row["player_lookup"] and entry["game_date"] == DAY
        )
        assert note["reason"] == "usage_rate=1329.8000: outside 0-100, counts as absent"


class TestPoisoned:
    @pytest.mark.parametrize(
        ("column", "type_", "value"),
        [
            ("minutes_played", FLOAT, float("inf")),
            ("usage_rate", FLOAT, float("-inf")),
            ("usage_rate", FLOAT, 1e12),
            ("points", FLOAT, float("inf")),
            ("minutes_played", TEXT, "half an hour"),
            ("paint_attempts", TEXT, "n/a"),
        ],
    )
    def test_the_row_is_quarantined_with_its_reason_and_the_others_are_written(
        self, league: Any, column: str, type_: pa.DataType, value: object
    ) -> None:
        row = on(league, DAY, is_active=True)
        before = league.compute([DAY], **{column: type_}).rows
        row[column] = value
        computed = league.compute([DAY], **{column: type_})
        (entry,) = computed.quarantined.to_pylist()
        assert entry["player_lookup"] == row["player_lookup"]
        assert entry["reason"].startswith(f"{column}=")
        assert f'"{column}":' in entry["row_json"]
        assert computed.rows.num_rows == before.num_rows - 1
        assert computed.rows.combine_chunks() == without(before, row)

    def test_a_poisoned_star_is_not_out(self, league: Any) -> None:
        before = league.compute(minutes_played=FLOAT).rows
        stars = [row for row in league.players if row["player_lookup"].endswith(("0", "1"))]
        poisoned = [row for row in stars if row["game_date"] == date(2024, 12, 20)]
        for row in poisoned:
            if row["is_active"]:
                row["minutes_played"] = float("inf")
        computed = league.compute([date(2024, 12, 20)], minutes_played=FLOAT)
        quarantined = set(computed.quarantined["player_lookup"].to_pylist())
        expected = before.filter(
            pc.and_(
                pc.equal(before["game_date"], date(2024, 12, 20)),
                pc.invert(pc.is_in(before["player_lookup"], pa.array(sorted(quarantined)))),
            )
        )
        assert len(quarantined) > 3
        assert computed.rows.combine_chunks() == expected.combine_chunks()

    def test_a_player_who_did_not_play_is_not_quarantined(self, league: Any) -> None:
        row = on(league, DAY, is_active=False)
        row["usage_rate"] = float("inf")
        assert league.compute([DAY], usage_rate=FLOAT).quarantined.num_rows == 0

    @pytest.mark.parametrize("column", ["player_lookup", "game_id"])
    @pytest.mark.parametrize("nothing", [None, "", " \t"])
    def test_a_row_without_a_key_is_quarantined(
        self, league: Any, column: str, nothing: str | None
    ) -> None:
        row = on(league, DAY, is_active=True)
        row[column] = nothing
        computed = league.compute([DAY])
        (entry,) = computed.quarantined.to_pylist()
        assert entry["reason"] == f"{column} is missing"
        assert not {None, nothing} & set(computed.rows[column].to_pylist())

    def test_it_is_listed_only_for_requested_dates(self, league: Any) -> None:
        on(league, DAY, is_active=True)["usage_rate"] = float("inf")
        assert league.compute([date(2024, 12, 3)], usage_rate=FLOAT).quarantined.num_rows == 0

    def test_behind_a_date_it_is_counted(self, league: Any) -> None:
        on(league, DAY, is_active=True)["usage_rate"] = float("inf")
        noted = league.compute([DAY + timedelta(days=5)], usage_rate=FLOAT).noted
        assert any(
            "1 times in the 45 days before" in reason
            and "usage_rate: not a number of this column, counts as absent" in reason
            for reason in noted["reason"].to_pylist()
        )

    def test_a_poisoned_pace_counts_as_absent_and_is_noted(self, league: Any) -> None:
        row = next(row for row in league.offense if row["game_date"] == DAY)
        later = date(2024, 11, 23)
        row["pace"] = None
        null = league.compute([DAY, later], pace=FLOAT).rows
        row["pace"] = float("inf")
        computed = league.compute([DAY, later], pace=FLOAT)
        assert computed.rows == null
        noted = [note for note in computed.noted.to_pylist() if note["game_date"] == DAY]
        assert [note["reason"] for note in noted if note["game_id"] == row["game_id"]] == [
            f"team_offense_game_summary, {row['team_abbr']}: "
            "pace=inf: not a number of this column, counts as absent"
        ]

    @pytest.mark.parametrize(
        ("column", "note"),
        [
            (
                "team_abbr",
                "team_offense_game_summary, no team: team_abbr is missing, the row is not used",
            ),
            ("game_id", None),
        ],
    )
    def test_a_team_row_is_used_unless_it_names_no_team(
        self, league: Any, untouched: Computed, column: str, note: str | None
    ) -> None:
        row = next(row for row in league.offense if row["game_date"] == DAY)
        row[column] = None
        computed = league.compute([DAY, date(2024, 12, 3)])
        said = [each["reason"] for each in computed.noted.to_pylist() if each["game_date"] == DAY]
        assert None not in said
        assert [text for text in said if "team_offense_game_summary" in text] == [note] * bool(note)


class TestRangeViolation:
    def test_a_row_with_a_violation_goes_to_quarantine_with_its_reason(
        self, untouched: Computed
    ) -> None:
        rows = untouched.rows.slice(0, 3)
        reasons = pa.array([None, "pace_score=4.0 is outside -3..3", None], pa.string())
        written, outside = split_violations(rows.append_column("range_violation", reasons))
        assert written.combine_chunks() == pa.concat_tables([rows[:1], rows[2:]]).combine_chunks()
        (entry,) = outside
        assert entry["reason"] == "pace_score=4.0 is outside -3..3"
        assert entry["player_lookup"] == rows["player_lookup"][1].as_py()


def test_a_missing_column_is_named(league: Any) -> None:
    tables = league.tables()
    with pytest.raises(ColumnMissing, match="player_game_summary has no column 'usage_rate'"):
        LeagueTables(tables.players.drop_columns("usage_rate"), tables.defense, tables.offense)
