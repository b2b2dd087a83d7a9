"""The same inputs give the same rows, whatever the shard, the threads or the order of rows."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from phase4.filling.compute import Computed, Provenance, compute


class TestShards:
    @settings(max_examples=5)
    @given(data=st.data())
    def test_every_split_of_the_dates_gives_the_same_rows(
        self, data: st.DataObject, shared_league: Any, untouched: Computed
    ) -> None:
        dates = shared_league.dates()
        cuts = data.draw(st.lists(st.integers(0, len(dates)), min_size=1, max_size=4).map(sorted))
        bounds = [0, *cuts, len(dates)]
        shards = [dates[a:b] for a, b in pairwise(bounds)]
        parts = [shared_league.compute(shard).rows for shard in shards]
        assert pa.concat_tables(parts).combine_chunks() == untouched.rows.combine_chunks()

    def test_dates_in_any_order_and_twice_give_the_same_rows(
        self, shared_league: Any, untouched: Computed
    ) -> None:
        dates = shared_league.dates()
        assert shared_league.compute([*reversed(dates), *dates]).rows == untouched.rows

    def test_rows_are_ordered_by_date_game_and_player(self, untouched: Computed) -> None:
        keys = untouched.rows.select(["game_date", "game_id", "player_lookup"]).to_pylist()
        assert [tuple(key.values()) for key in keys] == sorted(tuple(key.values()) for key in keys)


class TestMachines:
    def test_two_threads_give_the_rows_of_one(
        self, shared_league: Any, untouched: Computed
    ) -> None:
        assert shared_league.compute(threads=2).rows == untouched.rows

    def test_the_order_of_source_rows_does_not_matter(
        self, league: Any, untouched: Computed
    ) -> None:
        for rows in (league.players, league.defense, league.offense, league.roster):
            random.Random(5).shuffle(rows)
        assert league.compute().rows == untouched.rows

    def test_chunks_of_source_tables_do_not_matter(
        self, shared_league: Any, untouched: Computed
    ) -> None:
        tables = shared_league.tables()
        players = pa.concat_tables(
            tables.players.slice(start, 700) for start in range(0, tables.players.num_rows, 700)
        )
        chunked = dataclasses.replace(tables, players=players)
        now = datetime(2025, 1, 10, 6, tzinfo=UTC)
        provenance = Provenance("run-1", "abc123", "reconstructed", now, now)
        computed = compute(
            chunked, shared_league.dates(), provenance, seasons=shared_league.seasons
        )
        assert computed.rows == untouched.rows

    def test_provenance_is_no_part_of_the_hash(
        self, shared_league: Any, untouched: Computed
    ) -> None:
        later = datetime(2026, 5, 1, tzinfo=UTC)
        other = Provenance("run-2", "def456", "elsewhere", later, later)
        rows = shared_league.compute(provenance=other).rows
        assert rows["data_hash"] == untouched.rows["data_hash"]
        assert set(rows["run_id"].to_pylist()) == {"run-2"}
        assert set(rows["processed_at"].to_pylist()) == {later}


class TestDuplicates:
    def test_an_older_copy_of_a_row_changes_nothing(self, league: Any, untouched: Computed) -> None:
        older = timedelta(hours=1)
        for rows, column in (
            (league.players, "points"),
            (league.offense, "pace"),
            (league.defense, "opp_paint_makes"),
        ):
            copies = [
                {**row, column: 1, "processed_at": row["processed_at"] - older} for row in rows
            ]
            rows.extend(copies)
        assert league.compute().rows == untouched.rows

    def test_the_same_row_twice_counts_once(self, league: Any, untouched: Computed) -> None:
        league.players += league.players
        league.offense += league.offense
        league.defense += league.defense
        assert league.compute().rows == untouched.rows

    def test_copies_of_the_same_moment_give_the_same_rows_in_any_order(self, league: Any) -> None:
        league.players += [{**row, "usage_rate": Decimal("20.00")} for row in league.players[::9]]
        once = league.compute().rows
        random.Random(9).shuffle(league.players)
        assert league.compute().rows == once


def test_every_row_has_its_own_hash(untouched: Computed) -> None:
    hashes = untouched.rows["data_hash"].to_pylist()
    assert len(set(hashes)) == len(hashes) > 1000
