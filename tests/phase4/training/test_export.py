"""Exporting the training set: whole files that say where they are from, the same bytes again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phase4.cloud.time_travel import TooOld
from phase4.cloud.warehouse import Warehouse
from phase4.errors import NotThere, Unfit, WrongInput
from phase4.tables.arrow import table_of
from phase4.tables.training import FACTORS, FEATURES, LABEL
from phase4.training import files
from phase4.training.export import Exported, export, runs_at_work
from tests.phase4.small_league import load, serving_league
from tests.phase4.training_league import DAYS, LAST, OPENER, PLAYERS, SCORES, TEAM, league, line
from tests.table_server import TableServer

NEXT_SEASON = date(2025, 10, 30)
ROWS = len(DAYS) * len(TEAM)


@pytest.fixture(scope="module")
def warehouse(table_server: TableServer) -> Iterator[Warehouse]:
    """The league, and one game of the season after it."""
    rows = league()
    rows[PLAYERS] += [line(NEXT_SEASON, who, 5) for who in TEAM]
    with serving_league(table_server, rows) as here:
        yield here


@pytest.fixture(scope="module")
def folder(warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of both seasons."""
    made = tmp_path_factory.mktemp("export")
    export(warehouse, OPENER, NEXT_SEASON, made)
    return made


def content(warehouse: Warehouse, first: date = OPENER, last: date = NEXT_SEASON) -> list[Any]:
    """What the routine says, as rows of a file."""
    order = ", ".join(files.KEY)
    found = warehouse.query(
        f"SELECT * FROM nba_ops.training_set(@a, @b) ORDER BY {order}", {"a": first, "b": last}
    )
    return [{name: row[name] for name in files.SCHEMA.names} for row in found]


def test_there_is_a_file_per_season_with_the_rows_of_the_routine(
    warehouse: Warehouse, folder: Path
) -> None:
    assert [path.name for path in sorted(folder.iterdir())] == [
        "training_set_2024-25.parquet", "training_set_2025-26.parquet",
    ]  # fmt: skip
    assert files.read(folder).to_pylist() == content(warehouse)


def test_every_file_is_told_when_it_is_there(warehouse: Warehouse, tmp_path: Path) -> None:
    told: list[Exported] = []
    made = export(warehouse, OPENER, NEXT_SEASON, tmp_path, tell=told.append)
    assert told == made
    assert [(each.season_year, each.rows) for each in made] == [(2024, ROWS), (2025, len(TEAM))]
    assert all(each.bytes == each.path.stat().st_size for each in made)


def test_an_export_says_how_many_rows_have_every_factor(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    made = export(warehouse, OPENER, NEXT_SEASON, tmp_path)
    states = [feature.state for feature in FACTORS]
    assert [each.real_rows for each in made] == [
        sum(
            all(row[state] == "real" for state in states)
            for row in pq.read_table(each.path).to_pylist()
        )
        for each in made
    ]
    assert [each.real_rows for each in made] == [5 * len(TEAM), 0]


def test_an_export_in_the_middle_of_a_run_names_the_run(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    now = warehouse.now()
    row = {"kind": "backfill", "target_table": "l4", "start_date": LAST, "end_date": LAST}
    begun, hour = now - timedelta(minutes=3), timedelta(hours=1)
    runs = {
        "at-work": {"state": "RUNNING", "started_at": begun, "lease_expires_at": now + hour},
        "dead": {"state": "RUNNING", "started_at": now - 2 * hour, "lease_expires_at": now - hour},
        "over": {"state": "SUCCEEDED", "started_at": begun, "lease_expires_at": now + hour,
                 "finished_at": now - timedelta(minutes=1)},
        "refused": {"state": "REFUSED", "started_at": begun, "lease_expires_at": now + hour},
    }  # fmt: skip
    rows = [{"run_id": name, **row, **facts} for name, facts in runs.items()]
    warehouse.append("nba_ops.runs", table_of("runs", rows), "runs-at-work")
    made = export(warehouse, OPENER, NEXT_SEASON, tmp_path)
    assert [each.runs_at_work for each in made] == [("at-work",), ()]
    at = now - timedelta(minutes=2)
    assert runs_at_work(warehouse, OPENER, LAST, at) == ("at-work", "over")
    assert runs_at_work(warehouse, OPENER, LAST, begun) == (), "as it was before they began"
    assert runs_at_work(warehouse, OPENER, OPENER, at) == ()


def test_a_file_says_where_it_is_from(warehouse: Warehouse, folder: Path) -> None:
    stated = files.provenance_of(files.path_of(folder, 2024))
    rows = pq.read_table(files.path_of(folder, 2024))
    assert stated["content_sha256"] == files.content_sha256(rows)
    assert (stated["start_date"], stated["end_date"]) == (str(OPENER), "2025-09-30")
    assert (stated["rows"], stated["season_year"]) == (ROWS, 2024)
    assert stated["tables"][1].endswith("nba_precompute.player_composite_factors")
    assert [origin["dates"] for origin in stated["origins"]] == [5]
    assert stated["origins"][0]["calculation_version"] == "v2_4factors"
    assert datetime.fromisoformat(stated["snapshot_time"]) <= datetime.now(UTC)
    assert len(stated["definition_sha256"]) == 64


def test_one_moment_gives_the_same_bytes_whatever_happened_since(
    warehouse: Warehouse, folder: Path, tmp_path: Path
) -> None:
    stated = files.provenance_of(files.path_of(folder, 2024))
    moment = datetime.fromisoformat(stated["snapshot_time"])
    warehouse.query(
        "UPDATE nba_precompute.player_composite_factors SET fatigue_score = 40"
        f" WHERE game_date = '{LAST}'"
    )
    export(warehouse, OPENER, NEXT_SEASON, tmp_path, moment)
    for path in files.files_of(folder):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()
    load(warehouse, {SCORES: league()[SCORES]})


def test_polars_and_duckdb_read_the_same_rows(folder: Path) -> None:
    pattern, names = str(folder / "*.parquet"), files.SCHEMA.names
    rows = files.read(folder).to_pylist()
    assert polars.read_parquet(pattern).select(names).to_dicts() == rows
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT * FROM '{pattern}' ORDER BY ALL").fetchall()
    assert [dict(zip(names, row, strict=True)) for row in found] == sorted(
        rows, key=lambda row: tuple(row[name] for name in files.KEY)
    )
    wide = polars.read_parquet(pattern).schema
    assert {wide[feature.name] for feature in FEATURES} == {polars.Float64}
    assert wide[LABEL] == polars.Int64


def test_a_season_that_nobody_played_has_no_file(warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="nobody played from 2023-10-24"):
        export(warehouse, date(2023, 10, 24), date(2024, 6, 1), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_moment_that_no_table_keeps_is_refused_before_anything_is_written(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(TooOld):
        export(warehouse, OPENER, LAST, tmp_path / "x", datetime.now(UTC) - timedelta(days=8))
    assert not (tmp_path / "x").exists()


def test_a_moment_that_is_still_to_come_is_not_called_too_old(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    with pytest.raises(WrongInput, match="is still to come: name a moment that was"):
        export(warehouse, OPENER, LAST, tmp_path, datetime.now(UTC) + timedelta(hours=1))


def test_two_exports_at_once_leave_one_whole_file(folder: Path, tmp_path: Path) -> None:
    rows, stated = files.read(folder), files.provenance_of(files.path_of(folder, 2024))
    told = {**stated, "content_sha256": files.content_sha256(rows), "origins": ()}
    path = files.path_of(tmp_path, 2024)
    with ThreadPoolExecutor(max_workers=8) as pool:
        for _ in pool.map(lambda _: files.write(path, rows, files.Provenance(**told)), range(64)):
            assert files.read(tmp_path).equals(rows)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_whose_rows_were_changed_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    path = files.path_of(folder, 2025)
    rows = pq.read_table(path)
    place = rows.schema.get_field_index(LABEL)
    changed = rows.set_column(place, LABEL, pa.array([99] * rows.num_rows, pa.int64()))
    pq.write_table(changed.replace_schema_metadata(rows.schema.metadata), tmp_path / path.name)
    with pytest.raises(Unfit, match=r"training_set_2025-26\.parquet"):
        files.read(tmp_path)


def test_files_of_two_exports_are_not_read_as_one(folder: Path, tmp_path: Path) -> None:
    for year, moment in ((2024, "2026-01-01T00:00:00+00:00"), (2025, None)):
        path = files.path_of(folder, year)
        rows, stated = pq.read_table(path), files.provenance_of(path)
        told = {**stated, "snapshot_time": moment or stated["snapshot_time"]}
        metadata = {files.METADATA: json.dumps(told).encode()}
        pq.write_table(rows.replace_schema_metadata(metadata), tmp_path / path.name)
    with pytest.raises(Unfit, match="mixes exports"):
        files.read(tmp_path)


def test_a_folder_without_an_export_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotThere, match="phase4 training export"):
        files.read(tmp_path)
