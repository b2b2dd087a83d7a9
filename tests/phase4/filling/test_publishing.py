"""Publishing a shard: checked before it is written, counted after, a failed date keeps its rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from phase4.cloud.routines import placeholders
from phase4.filling.publishing import Outcome, publish
from phase4.filling.reading import read_live
from phase4.filling.task import Task
from phase4.tables.partition import Content, contents
from phase4.tables.rows.plans import PlannedDate
from tests.phase4.filling.shards import new_day, new_task, planned, quarantined, rows_of
from tests.table_server import TableServer

NOTHING_KEPT_OUT = quarantined(date(2024, 1, 1), 0)


def published(
    tables: TableServer,
    shard: Sequence[PlannedDate],
    rows: pa.Table,
    kept_out: pa.Table = NOTHING_KEPT_OUT,
    task: Task | None = None,
    *,
    forced: bool = False,
) -> list[Outcome]:
    warehouse = tables.warehouse()
    return publish(warehouse, task or new_task(), shard, rows, kept_out, games={}, forced=forced)


def live(tables: TableServer, day: date) -> Content | None:
    return contents(read_live(tables.warehouse(), [day])).get(day)


def test_a_missing_date_is_written_and_counted(tables: TableServer) -> None:
    day = new_day()
    (outcome,) = published(tables, [planned(day, 20)], rows_of(day, 20, games=2))
    assert (outcome.status, outcome.reason) == ("PUBLISHED", "")
    assert (outcome.counted_players, outcome.counted_games, outcome.rows_changed) == (20, 2, 20)
    assert live(tables, day) == contents(rows_of(day, 20, games=2))[day]


def test_equal_rows_are_not_written_again(tables: TableServer) -> None:
    day = new_day()
    rows = rows_of(day, 20)
    (first,) = published(tables, [planned(day, 20)], rows)
    task = new_task()
    (second,) = published(tables, [planned(day, 20)], rows, task=task)
    assert (second.status, second.load_job_id, second.rows_changed) == ("UNCHANGED", "", 0)
    assert second.content_hash == first.content_hash
    assert tables.jobs(task.run_id) == []


def test_bigquery_makes_the_digest_of_live_rows_that_the_ledger_keeps(tables: TableServer) -> None:
    day = new_day()
    rows = rows_of(day, 3)
    full = {
        "analysis_date": [day, None, day],
        "universal_player_id": ["", None, "žš"],
        "early_season_flag": [True, False, None],
        "data_completeness_pct": [Decimal("99.99"), None, Decimal("-0.01")],
        "data_quality_issues": [["one", ""], [], ["one"]],
    }
    for name, values in full.items():
        index = rows.schema.get_field_index(name)
        rows = rows.set_column(index, name, pa.array(values, rows.schema.field(name).type))
    (outcome,) = published(tables, [planned(day, 3)], rows)
    settings = tables.warehouse().settings
    row_hash = placeholders(settings)["content_hash"]
    (found,) = tables.sql(
        "SELECT TO_HEX(SHA256(STRING_AGG(row_hash, '\\n' ORDER BY row_hash))) AS digest"
        f" FROM (SELECT {row_hash} AS row_hash FROM `{settings.table_id(settings.target_table)}`"
        f" WHERE game_date = '{day}')"
    )
    assert found["digest"] == outcome.content_hash


@pytest.mark.parametrize(
    "edit",
    [
        "fatigue_score = 0",
        "fatigue_score = 900",
        "pace_score = NULL",
        "usage_context_json = '{}'",
        "is_production_ready = TRUE",
        "universal_player_id = 'somebody_else'",
        "data_quality_issues = ['edited']",
    ],
)
def test_edited_values_under_an_unchanged_hash_are_written_anew(
    tables: TableServer, edit: str
) -> None:
    day = new_day()
    rows = rows_of(day, 20)
    published(tables, [planned(day, 20)], rows)
    name = tables.settings.target_table
    tables.sql(f"UPDATE {name} SET {edit} WHERE game_date = '{day}'")
    (outcome,) = published(tables, [planned(day, 20)], rows)
    assert (outcome.status, outcome.rows_changed) == ("PUBLISHED", 20)
    assert live(tables, day) == contents(rows)[day]


def test_a_forced_run_writes_equal_rows_too(tables: TableServer) -> None:
    day = new_day()
    rows = rows_of(day, 20)
    published(tables, [planned(day, 20)], rows)
    (outcome,) = published(tables, [planned(day, 20)], rows, forced=True)
    assert (outcome.status, outcome.rows_changed) == ("PUBLISHED", 0)
    assert outcome.load_job_id


def test_one_changed_row_replaces_the_date(tables: TableServer) -> None:
    day = new_day()
    published(tables, [planned(day, 20)], rows_of(day, 20))
    changed = pa.concat_tables([rows_of(day, 20).slice(1), rows_of(day, 1, mark="new")])
    (outcome,) = published(tables, [planned(day, 20)], changed)
    assert (outcome.status, outcome.rows_changed) == ("PUBLISHED", 1)


def test_duplicate_live_rows_are_healed(tables: TableServer) -> None:
    day = new_day()
    rows = rows_of(day, 20)
    warehouse = tables.warehouse()
    doubled = pa.concat_tables([rows, rows])
    warehouse.replace_partition(warehouse.settings.target_table, day, doubled, f"doubled-{day}")
    (outcome,) = published(tables, [planned(day, 20)], rows)
    assert (outcome.status, outcome.counted_players) == ("PUBLISHED", 20)
    assert live(tables, day) == contents(rows)[day]


def test_a_date_that_fails_the_gate_keeps_its_rows_and_says_why(tables: TableServer) -> None:
    day = new_day()
    published(tables, [planned(day, 20)], rows_of(day, 20))
    (outcome,) = published(tables, [planned(day, 20)], rows_of(day, 10, mark="new"))
    assert outcome.status == "FAILED"
    assert outcome.reason == "not published: 10 of 20 players (50.0 %), below 90 %"
    assert outcome.counted_players == 20
    assert live(tables, day) == contents(rows_of(day, 20))[day]


def test_players_that_l3_has_gained_since_the_plan_are_due_too(tables: TableServer) -> None:
    day = new_day()
    (outcome,) = published(tables, [planned(day, 5)], rows_of(day, 20))
    assert (outcome.status, outcome.expected_players) == ("PUBLISHED", 20)


def test_quarantined_players_are_due_and_count_against_the_gate(tables: TableServer) -> None:
    few, many = new_day(), new_day()
    kept_out = pa.concat_tables([quarantined(few, 1), quarantined(many, 5)])
    rows = pa.concat_tables([rows_of(few, 19), rows_of(many, 15)])
    shard = [planned(few, 20), planned(many, 20)]
    good, bad = published(tables, shard, rows, kept_out)
    assert (good.status, good.quarantined_rows) == ("PUBLISHED", 1)
    assert (bad.status, bad.quarantined_rows) == ("FAILED", 5)


def test_a_date_whose_load_is_refused_fails_and_the_others_go_on(tables: TableServer) -> None:
    bad, good = new_day(), new_day()
    tables.arm(on="load", action="job_error", status=400, reason="invalid", count=0,
               contains=f"${bad:%Y%m%d}")  # fmt: skip
    rows = pa.concat_tables([rows_of(bad, 10), rows_of(good, 10)])
    first, second = published(tables, [planned(bad, 10), planned(good, 10)], rows)
    assert (first.status, first.counted_players) == ("FAILED", 0)
    assert "invalid" in first.reason
    assert second.status == "PUBLISHED"
    assert tables.struck() == [1]


def test_outcomes_come_in_the_order_of_the_shard(tables: TableServer) -> None:
    days = [new_day() for _ in range(4)]
    rows = pa.concat_tables([rows_of(day, 3) for day in reversed(days)])
    outcomes = published(tables, [planned(day, 3) for day in days], rows)
    assert [outcome.game_date for outcome in outcomes] == days


def test_a_date_without_players_and_rows_is_left_as_it_is(tables: TableServer) -> None:
    (outcome,) = published(tables, [planned(new_day(), 0, games=0)], rows_of(new_day(), 0))
    assert (outcome.status, outcome.counted_players) == ("UNCHANGED", 0)
