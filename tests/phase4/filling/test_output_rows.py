"""The rows as the table takes them: columns, types, truth of their flags, contexts that explain."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phase4.filling.compute import Computed, history_range, score
from phase4.filling.engine import range_violation
from phase4.tables.calendar import Season, SeasonUnknown
from phase4.tables.catalog import TABLES
from phase4.tables.factors import ACTIVE_FACTORS, CALCULATION_VERSION, DEFERRED_FACTORS, TOTAL
from phase4.tables.filled import DEFAULT

COLUMNS = TABLES["player_composite_factors"].columns
CONTEXT_ROW: dict[str, Any] = {
    "days_rest": 1,
    "back_to_back": False,
    "games_in_last_7_days": 3,
    "minutes_in_last_7_days": 100.0,
    "avg_minutes_per_game_last_7": 30.0,
    "back_to_backs_last_14_days": 0,
    "player_age": 25,
    "projected_usage_rate": 25.0,
    "avg_usage_rate_last_7_games": 25.0,
    "star_teammates_out": 0,
    "pace_differential": 0.0,
    "opponent_pace_last_10": 100.0,
    "league_avg_pace": 100.0,
    "has_shot_zone": True,
    "primary_scoring_zone": "paint",
    "paint_rate_last_10": 50.0,
    "mid_range_rate_last_10": 25.0,
    "three_pt_rate_last_10": 25.0,
    "has_defense": True,
    "paint_defense_vs_league_avg": 0.0,
    "mid_range_defense_vs_league_avg": 0.0,
    "three_pt_defense_vs_league_avg": 0.0,
    "weakest_zone": "paint",
}
finite = st.floats(-12, 12, allow_nan=False)


def scored(**inputs: Any) -> dict[str, Any]:
    (row,) = all_scored([inputs])
    return row


def all_scored(contexts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The scores of several contexts at once, in their order."""
    asked = pa.Table.from_pylist([{**CONTEXT_ROW, **inputs} for inputs in contexts])
    return [dict(row) for row in score(asked).to_pylist()]


def arrow_type(column: dict[str, Any]) -> pa.DataType:
    """The Arrow type that a load job takes for a column of the table's schema."""
    if column["type"] == "NUMERIC":
        return pa.decimal128(int(column["precision"]), int(column["scale"]))
    plain = {
        "STRING": pa.string(),
        "DATE": pa.date32(),
        "INTEGER": pa.int64(),
        "BOOLEAN": pa.bool_(),
        "TIMESTAMP": pa.timestamp("us", "UTC"),
    }[column["type"]]
    return pa.list_(plain) if column["mode"] == "REPEATED" else plain


class TestColumns:
    def test_are_those_of_the_table_in_its_order(self, untouched: Computed) -> None:
        assert untouched.rows.column_names == [column["name"] for column in COLUMNS]

    @pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column["name"])
    def test_have_the_type_of_the_table(self, untouched: Computed, column: dict[str, Any]) -> None:
        assert untouched.rows.schema.field(column["name"]).type == arrow_type(column)

    def test_survive_parquet(self, untouched: Computed) -> None:
        file = io.BytesIO()
        pq.write_table(untouched.rows, file)
        read = pq.read_table(file)
        assert read.to_pylist() == untouched.rows.to_pylist()

    def test_required_ones_are_never_null(self, untouched: Computed) -> None:
        required = [column["name"] for column in COLUMNS if column["mode"] == "REQUIRED"]
        assert {untouched.rows[name].null_count for name in required} == {0}


class TestRows:
    def test_are_one_per_player_who_played(self, shared_league: Any, untouched: Computed) -> None:
        played = {
            (row["game_date"], row["game_id"], row["player_lookup"])
            for row in shared_league.players
            if row["is_active"] and (row["minutes_played"] or 0) > 0
        }
        keys = untouched.rows.select(["game_date", "game_id", "player_lookup"]).to_pylist()
        assert len(keys) == len(played)
        assert {tuple(key.values()) for key in keys} == played

    def test_carry_the_version_and_zeros_for_deferred_factors(self, untouched: Computed) -> None:
        assert set(untouched.rows["calculation_version"].to_pylist()) == {CALCULATION_VERSION}
        for factor in DEFERRED_FACTORS:
            assert set(untouched.rows[factor.column].to_pylist()) == {Decimal("0.0")}

    def test_scores_lie_in_their_ranges_and_are_spread(self, untouched: Computed) -> None:
        for factor in (*ACTIVE_FACTORS, TOTAL):
            values = untouched.rows[factor.column].to_pylist()
            assert factor.low <= min(values) < max(values) <= factor.high, factor.column

    def test_are_ready_exactly_from_60_percent_completeness_on(self, untouched: Computed) -> None:
        rows = untouched.rows.to_pylist()
        assert {row["is_production_ready"] for row in rows} == {True, False}
        for row in rows:
            assert row["is_production_ready"] == (row["data_completeness_pct"] >= 60)
            assert row["has_warnings"] == (row["warning_details"] is not None)

    def test_a_lookup_of_two_players_is_named(self, league: Any) -> None:
        day = date(2024, 12, 3)
        lookup = next(r["player_lookup"] for r in league.players if r["game_date"] == day)
        theirs = [row for row in league.players if row["player_lookup"] == lookup]
        theirs[-1]["universal_player_id"] = "somebody_else"
        named = {
            row["player_lookup"]
            for row in league.compute([theirs[-1]["game_date"]]).rows.to_pylist()
            if any("several universal_player_ids" in issue for issue in row["data_quality_issues"])
        }
        assert named == ({lookup} if theirs[-1]["is_active"] else set())

    def test_a_player_of_two_lookups_is_named_from_the_second_on(self, league: Any) -> None:
        lookup = next(r["player_lookup"] for r in league.players if r["is_active"])
        theirs = [r for r in league.players if r["player_lookup"] == lookup and r["is_active"]]
        theirs[-1]["player_lookup"] = "mended"
        computed = league.compute([row["game_date"] for row in theirs[-2:]])
        named = [
            row["player_lookup"]
            for row in computed.rows.to_pylist()
            if "universal_player_id is shared by several player_lookups this season"
            in row["data_quality_issues"]
        ]
        assert named == ["mended"]


class TestDates:
    def test_without_games_give_no_rows(self, shared_league: Any) -> None:
        computed = shared_league.compute([date(2024, 12, 25), date(2011, 1, 1)])
        assert computed.rows.num_rows == 0
        assert computed.rows.column_names == [column["name"] for column in COLUMNS]

    def test_none_at_all_give_no_rows(self, shared_league: Any) -> None:
        assert shared_league.compute([]).rows.num_rows == 0

    def test_with_games_of_an_unknown_season_are_refused(self, league: Any) -> None:
        league.seasons = league.seasons[:1]
        with pytest.raises(SeasonUnknown, match="2024-11-19"):
            league.compute([date(2024, 11, 19)])

    def test_history_reaches_from_each_opener_to_the_last_date(self) -> None:
        seasons = [Season(2023, date(2023, 10, 24)), Season(2024, date(2024, 10, 22))]
        dates = [date(2024, 1, 5), date(2025, 2, 1), date(2024, 11, 3), date(2023, 12, 1)]
        assert history_range(dates, seasons) == [
            (date(2023, 10, 24), date(2024, 1, 5)),
            (date(2024, 10, 22), date(2025, 2, 1)),
        ]

    def test_history_of_a_preseason_date_is_that_date(self) -> None:
        day = date(2024, 10, 5)
        assert history_range([day]) == [(day, day)]


def told(row: dict[str, Any]) -> dict[str, Any]:
    """The inputs that the context texts tell: an absent one is named in `defaulted`."""
    fatigue, shot, pace, usage = (
        json.loads(row[f"{name}_context_json"])
        for name in ("fatigue", "shot_zone", "pace", "usage")
    )
    defaults = {"avg_minutes_pg_last_7": 30.0, "days_rest": 1, "projected_usage_rate": 25.0}
    defaults |= {"avg_usage_last_7": 25.0, "primary_zone_frequency": 50.0}
    for text in (fatigue, shot, pace, usage):
        text |= {name: defaults.get(name, text[name]) for name in text.get("defaulted", [])}
    return {
        "days_rest": fatigue["days_rest"],
        "back_to_back": fatigue["back_to_back"],
        "games_in_last_7_days": fatigue["games_last_7"],
        "minutes_in_last_7_days": fatigue["minutes_last_7"],
        "avg_minutes_per_game_last_7": fatigue["avg_minutes_pg_last_7"],
        "back_to_backs_last_14_days": fatigue["back_to_backs_last_14"],
        "player_age": fatigue["player_age"],
        "projected_usage_rate": usage["projected_usage_rate"],
        "avg_usage_rate_last_7_games": usage["avg_usage_last_7"],
        "star_teammates_out": usage["star_teammates_out"],
        "pace_differential": pace["pace_differential"],
        "has_shot_zone": "missing_data" not in shot,
        "paint_rate_last_10": shot.get("primary_zone_frequency"),
        "paint_defense_vs_league_avg": shot.get("opponent_defense_vs_league"),
    }


class TestContextTexts:
    def test_are_enough_to_recompute_every_score(self, untouched: Computed) -> None:
        rows = untouched.rows.to_pylist()[::40]
        for row, again in zip(rows, all_scored([told(row) for row in rows]), strict=True):
            for factor in (*ACTIVE_FACTORS, TOTAL):
                assert again[factor.column] == row[factor.column], (row, factor.column)

    @pytest.mark.parametrize(
        ("column", "text", "name"),
        [
            ("days_rest", "fatigue", "days_rest"),
            ("player_age", "fatigue", "player_age"),
            ("paint_rate_last_10", "shot_zone", "primary_zone_frequency"),
            ("pace_differential", "pace", "pace_differential"),
            ("projected_usage_rate", "usage", "projected_usage_rate"),
            ("avg_usage_rate_last_7_games", "usage", "avg_usage_last_7"),
        ],
    )
    def test_an_absent_input_is_named(self, column: str, text: str, name: str) -> None:
        context = json.loads(scored(**{column: None})[f"{text}_context_json"])
        assert context["defaulted"] == [name]

    def test_an_unknown_zone_is_quoted(self) -> None:
        context = json.loads(scored(primary_scoring_zone='left "wing"')["shot_zone_context_json"])
        assert context["player_primary_zone"] == 'left "wing"'


class TestRounding:
    @settings(max_examples=6)
    @given(st.lists(finite, min_size=8, max_size=8))
    @example([0.25, -0.25, 0.3, 0.35, 1.05, -0.05, -0.04, 0.44999999999999996, 0.285])
    def test_is_half_away_from_zero_on_the_decimal_value(self, values: list[float]) -> None:
        for row in all_scored([{"paint_defense_vs_league_avg": value} for value in values]):
            final = json.loads(row["shot_zone_context_json"])["final_score"]
            expected = Decimal(repr(final)).quantize(Decimal("0.1"), ROUND_HALF_UP)
            assert row["shot_zone_mismatch_score"] == expected
            total = Decimal(repr(final)).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert row["total_composite_adjustment"] == total

    def test_leaves_no_minus_zero(self) -> None:
        row = scored(pace_differential=-0.0, paint_defense_vs_league_avg=-1.0, paint_rate_last_10=0)
        assert str(row["shot_zone_mismatch_score"]) == "0.0"
        assert json.loads(row["pace_context_json"])["final_score"].hex() == "0x0.0p+0"
        assert '"final_score":0.0' in row["shot_zone_context_json"]


class TestRangeViolation:
    @pytest.mark.parametrize("factor", [*ACTIVE_FACTORS, TOTAL], ids=lambda factor: factor.name)
    def test_is_seen_just_outside_and_not_on_the_bounds(self, factor: Any) -> None:
        import duckdb

        def violation(**outside: float) -> str | None:
            values = {f.name: float(f.low) for f in (*ACTIVE_FACTORS, TOTAL)} | outside
            columns = ", ".join(f"{value!r}::DOUBLE AS {name}" for name, value in values.items())
            sql = f"SELECT {range_violation(DEFAULT)} FROM (SELECT {columns})"
            [[found]] = duckdb.sql(sql).fetchall()
            return None if found is None else str(found)

        assert violation(**{factor.name: float(factor.high)}) is None
        assert factor.column in str(violation(**{factor.name: factor.high + 1e-9}))
        assert factor.column in str(violation(**{factor.name: factor.low - 1e-9}))
