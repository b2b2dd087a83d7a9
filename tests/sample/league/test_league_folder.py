"""Reading and writing league folders: one error line that names file and column."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sample.league import League, LeagueError, load_league, write_league
from sample.league.league import OPTIONAL_TABLES, TABLE_NAMES

REQUIRED_TABLES = tuple(name for name in TABLE_NAMES if name not in OPTIONAL_TABLES)


@pytest.fixture
def small(league: League) -> League:
    return League(**{name: table.slice(0, 50) for name, table in league.tables()})


@pytest.fixture
def folder(small: League, tmp_path: Path) -> Path:
    write_league(small, tmp_path)
    return tmp_path


def rewrite(path: Path, table: pa.Table) -> None:
    pq.write_table(table, path)


def test_what_is_written_is_read_back(small: League, folder: Path) -> None:
    read = dict(load_league(folder).tables())
    assert all(table.equals(read[name]) for name, table in small.tables())


@pytest.mark.parametrize("name", REQUIRED_TABLES)
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / f"{name}.parquet").unlink()
    with pytest.raises(LeagueError, match=rf"{name}\.parquet: file missing") as caught:
        load_league(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", OPTIONAL_TABLES)
def test_optional_file_may_be_missing(folder: Path, name: str) -> None:
    (folder / f"{name}.parquet").unlink()
    assert getattr(load_league(folder), name) is None


def test_missing_column_is_named_with_its_file(folder: Path, small: League) -> None:
    path = folder / "player_game_summary.parquet"
    rewrite(path, small.player_game_summary.drop_columns(["usage_rate"]))
    with pytest.raises(LeagueError, match=r"player_game_summary\.parquet: column usage_rate miss"):
        load_league(folder)


def test_a_column_that_a_table_may_lack_is_null(folder: Path, small: League) -> None:
    path = folder / "bdl_player_boxscores.parquet"
    rewrite(path, small.bdl_player_boxscores.drop_columns(["period", "created_at"]))
    read = load_league(folder).bdl_player_boxscores
    assert read.column_names == small.bdl_player_boxscores.column_names
    assert [read[name].null_count for name in ("period", "created_at")] == [50, 50]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(LeagueError, match="nowhere: not a folder"):
        load_league(tmp_path / "nowhere")


def test_file_that_is_not_parquet_is_named(folder: Path) -> None:
    (folder / "player_game_summary.parquet").write_text("game_id,points\n")
    with pytest.raises(LeagueError, match=r"player_game_summary\.parquet: not a Parquet file"):
        load_league(folder)


def test_words_in_a_number_column_are_named(folder: Path, small: League) -> None:
    table = small.player_game_summary.drop_columns(["points"])
    words = pa.array(["many"] * table.num_rows)
    rewrite(folder / "player_game_summary.parquet", table.append_column("points", words))
    with pytest.raises(LeagueError, match="column points is not int64"):
        load_league(folder)


def test_null_in_a_required_column_is_named(folder: Path, small: League) -> None:
    assert small.player_composite_factors is not None
    table = small.player_composite_factors.drop_columns(["game_id"])
    nothing = pa.nulls(table.num_rows, pa.string())
    path = folder / "player_composite_factors.parquet"
    rewrite(path, table.append_column("game_id", nothing))
    with pytest.raises(LeagueError, match="column game_id is REQUIRED and NULL in row 1"):
        load_league(folder)


def test_extra_columns_are_ignored(folder: Path, small: League) -> None:
    extra = small.player_game_summary.append_column("starter_flag", pa.array(range(50)))
    rewrite(folder / "player_game_summary.parquet", extra)
    assert load_league(folder).player_game_summary.equals(small.player_game_summary)


def test_other_types_are_cast_to_those_of_the_warehouse(folder: Path, small: League) -> None:
    table = small.player_game_summary
    loose = table.set_column(
        table.schema.get_field_index("minutes_played"),
        "minutes_played",
        table["minutes_played"].cast(pa.float64()),
    )
    rewrite(folder / "player_game_summary.parquet", loose)
    assert load_league(folder).player_game_summary.equals(table)


def test_nulls_are_kept(folder: Path, league: League) -> None:
    rewrite(folder / "player_game_summary.parquet", league.player_game_summary)
    read = load_league(folder).player_game_summary
    for column in ("minutes_played", "usage_rate", "paint_attempts"):
        assert read[column].null_count == league.player_game_summary[column].null_count > 0


def test_command_writes_a_folder_that_loads(tmp_path: Path, league: League) -> None:
    command = [sys.executable, "-m", "sample.league", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "bdl_player_boxscores.parquet: 55,195 rows" in done.stdout
    assert load_league(tmp_path).player_game_summary.equals(league.player_game_summary)
