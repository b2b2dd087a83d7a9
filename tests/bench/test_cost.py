"""What the cost model counts: bytes per table and column, a task's least minute, list prices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.billing import LEAST_BYTES, Sizes, Texts
from bench.cost import PRICES, dollars, earlier_system, section
from phase4.runs.usage import Usage
from sample.league import League, sample_league

ROOT = Path(__file__).parents[2]
ROWS = 10_000_000
USAGE: Usage = {
    "tasks": {"attempts": 2, "queries": 6, "bytes_read": 2**40, "seconds": 10.0},
    "validator": {"snapshots": 1, "queries": 3, "seconds": 0.0},
    "workflow": {"queries": 10},
}


@pytest.fixture(scope="module")
def league() -> League:
    return sample_league()


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts()


def test_a_small_table_is_billed_for_ten_mebibytes(texts: Texts) -> None:
    assert Sizes({}).billed(texts, "SELECT state FROM `ops.runs`") == LEAST_BYTES


def test_every_table_and_every_statement_is_billed(texts: Texts) -> None:
    sql = "SELECT 1 FROM `ops.runs` CROSS JOIN `ops.plan`;\nSELECT 1 FROM `ops.plan`"
    assert Sizes({}).billed(texts, sql) == 3 * LEAST_BYTES


def test_a_routine_is_billed_for_the_tables_behind_it(texts: Texts) -> None:
    tables, _ = texts.named("SELECT * FROM `ops.date_status`('2024-10-01', '2026-01-02')")
    assert {"bdl_player_boxscores", "player_game_summary", "player_composite_factors"} <= tables


def test_only_the_columns_that_are_named_are_billed(league: League, texts: Texts) -> None:
    sizes = Sizes.of(league, ROWS)
    one = sizes.billed(texts, "SELECT game_date FROM `player_composite_factors`")
    two = sizes.billed(texts, "SELECT game_date, fatigue_score FROM `player_composite_factors`")
    assert one == 8 * ROWS
    assert two > one


def test_a_task_is_billed_for_a_minute_at_least() -> None:
    job, size = PRICES["job"], PRICES["assumed"]["job"]
    second = size["vcpu"] * job["vcpu_second"] + size["gib"] * job["gib_second"]
    assert dollars(USAGE, 0)["tasks"] == pytest.approx(2 * 60 * second)


def test_bytes_are_priced_by_the_tebibyte() -> None:
    priced, price = dollars(USAGE, 2**40), PRICES["bigquery"]
    assert priced["statements"] == price["query_per_tib"]
    assert priced["Storage Read"] == price["storage_read_per_tib"]


def test_the_earlier_system_scanned_two_and_a_half_gigabytes_a_date() -> None:
    known = earlier_system()
    assert known["query_bytes"] / known["dates"] == 2.5e9
    assert known["dollars"]["statements"] == pytest.approx(1.45, abs=0.01)


def test_it_stands_next_to_a_run_in_one_table() -> None:
    run = {
        "what": "a run", "dates": 10, "tasks": 2, "query_bytes": 10**9, "read_bytes": 10**9,
        "task_seconds": 10.0, "dollars": dollars(USAGE, 10**9),
    }  # fmt: skip
    lines = section([run])
    assert "| | a run | earlier system |" in lines
    assert "| bytes per date | 200.0 MB | 2.50 GB |" in lines


def test_the_machines_are_those_of_an_environment() -> None:
    variables = (ROOT / "terraform" / "variables_system.tf").read_text()
    job, function = PRICES["assumed"]["job"], PRICES["assumed"]["function"]
    assert re.findall(r'\bcpu\s*= optional\(string, "(\d+)"\)', variables) == [str(job["vcpu"])]
    memory = re.findall(r'\bmemory\s*= optional\(string, "(\d+)Gi"\)', variables)
    assert memory == [str(job["gib"]), str(function["gib"])]
    declared = (ROOT / "terraform" / "function.tf").read_text()
    assert re.findall(r'available_cpu\s*= "(\d+)"', declared) == [str(function["vcpu"])]
