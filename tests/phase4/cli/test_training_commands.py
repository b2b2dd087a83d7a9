"""`phase4 training …`: what a run made real of the training set, and its files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from phase4.tables.factors import TOTAL
from phase4.tables.training import FACTORS, FEATURES
from phase4.training import files
from phase4.training.shares import shares_at, shares_of
from tests.laptop import Laptop
from tests.phase4.cli.conftest import RANGE

FIRST, LAST = (date.fromisoformat(day) for day in RANGE)
Overall = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def overall(laptop: Laptop, run_id: str) -> Overall:
    """The shares of all seasons of the run, by feature."""
    done = laptop.phase4("training", "summary", run_id, "--json")
    assert done.code == 0, done.err
    return {share["feature"]: share for share in json.loads(done.out)["overall"]}


def factor_rows(laptop: Laptop, condition: str) -> int:
    """Rows of L4 in the range."""
    (row,) = laptop.sql(
        "SELECT COUNT(*) AS n FROM nba_precompute.player_composite_factors"
        f" WHERE game_date BETWEEN @a AND @b AND {condition}",
        a=FIRST,
        b=LAST,
    )
    return int(row["n"])


def test_a_factor_is_real_where_l4_has_a_row_before_and_after(
    laptop: Laptop, overall: Overall
) -> None:
    fatigue, before = overall["fatigue_score"], overall["fatigue_score"]["before"]
    missing_rest = "STRPOS(IFNULL(missing_data_fields, ''), 'days_rest') = 0"
    written = factor_rows(laptop, missing_rest)
    found = factor_rows(laptop, f"run_id = 'earlier-system' AND {missing_rest}")
    assert (before["real"], fatigue["now"]["real"]) == (found, written)
    assert 0 < found < written


def test_every_feature_counts_every_player_game_that_was_played(
    laptop: Laptop, overall: Overall
) -> None:
    (row,) = laptop.sql(
        "SELECT COUNT(*) AS n FROM nba_analytics.player_game_summary"
        " WHERE game_date BETWEEN @a AND @b AND is_active AND minutes_played > 0",
        a=FIRST,
        b=LAST,
    )
    assert list(overall) == [feature.name for feature in FEATURES]
    for share in overall.values():
        for counts in (share["now"], share["before"]):
            assert counts["real"] + counts["defaulted"] + counts["absent"] == row["n"]


def test_the_receipt_says_the_same(laptop: Laptop, run_id: str, overall: Overall) -> None:
    told = json.loads(laptop.phase4("receipt", run_id, "--json").out)["training"]
    by_season = [share for share in told["features"] if share["feature"] == "fatigue_score"]
    assert (
        sum(share["now"]["real"] for share in by_season) == overall["fatigue_score"]["now"]["real"]
    )
    lines = laptop.phase4("receipt", run_id).out
    assert all(f"train  {feature.name}: " in lines for feature in FACTORS)


def test_people_read_a_table_per_season_of_the_last_run(laptop: Laptop, run_id: str) -> None:
    done = laptop.phase4_process("training", "summary")
    assert done.code == 0, done.err
    assert "season 2025-26" in done.out
    assert all(feature.name in done.out for feature in FEATURES)


def test_a_run_that_nobody_knows_is_named(laptop: Laptop) -> None:
    done = laptop.phase4("training", "summary", "nobody")
    assert done.code == 2
    assert "nobody" in done.err


@pytest.mark.parametrize("age", [timedelta(days=8), timedelta(days=6)])
def test_a_past_that_is_not_kept_is_unknown_and_not_zero(
    laptop: Laptop, run_id: str, age: timedelta
) -> None:
    # After eight days no table keeps it; six days ago these tables were not there.
    moment = datetime.now(UTC) - age
    assert shares_at(laptop.warehouse, FIRST, LAST, None, moment) is None
    found = shares_of(laptop.warehouse, FIRST, LAST, moment)
    assert found.before_at is None
    assert {share.before for share in found.features} == {None}
    assert found.overall[-1].line.startswith("total_composite_adjustment: real unknown → ")


def test_an_export_of_before_the_run_has_what_l4_had_then(
    laptop: Laptop, run_id: str, overall: Overall, tmp_path: Path
) -> None:
    words = ("training", "export", "--start-date", RANGE[0], "--end-date", RANGE[1])
    # A run is named by how its id begins here as everywhere.
    done = laptop.phase4_process(*words, "--out", str(tmp_path), "--before", run_id[:8])
    assert done.code == 0, done.err
    assert "training_set_2025-26.parquet" in done.err
    rows = files.read(tmp_path)
    whole = pc.sum(pc.equal(rows[f"{TOTAL.column}_state"], "real")).as_py()
    of = f"({whole:,} of {rows.num_rows:,}) with every factor real"
    assert of in done.err
    real = pc.sum(pc.equal(rows["fatigue_score_state"], "real")).as_py()
    assert real == overall["fatigue_score"]["before"]["real"]


def test_an_export_names_its_files_and_their_content(laptop: Laptop, tmp_path: Path) -> None:
    words = ("training", "export", "--start-date", RANGE[0], "--end-date", RANGE[1])
    done = laptop.phase4(*words, "--out", str(tmp_path), "--json")
    (made,) = json.loads(done.out)
    assert made["path"] == str(tmp_path / "training_set_2025-26.parquet")
    assert made["content_sha256"] == files.provenance_of(Path(made["path"]))["content_sha256"]


def test_one_moment_is_named_once(laptop: Laptop, run_id: str, tmp_path: Path) -> None:
    words = ("training", "export", "--start-date", RANGE[0], "--end-date", RANGE[1])
    both = ("--before", run_id, "--as-of", "2026-01-02T00:00:00Z")
    done = laptop.phase4(*words, "--out", str(tmp_path / "x"), *both)
    assert done.code == 2
    assert "give one of them" in done.err
