"""A task that appends to tables of others is killed at any point: nothing stands twice."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from phase4.tables.filled import FILLED
from sample.commands.local_fault import Point
from tests.laptop import Laptop

FIRST, LAST = "2024-12-02", "2024-12-15"
ADDED = [table for table in FILLED.values() if table.is_added_to]
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Killed:
    """A league whose L3 was filled by tasks of which each died once, and its L3 before."""

    laptop: Laptop
    run_id: str
    rows_before: dict[str, int]


@pytest.fixture(scope="module")
def killed(laptop: Laptop) -> Killed:
    rows_before = {table.name: row_count(laptop, table.name) for table in ADDED}
    for task, point in enumerate(Point):
        laptop.fault("kill", "--wave", "1", "--task", str(task), "--at", point.value)
    run = laptop.run(
        start_date=FIRST, end_date=LAST, tables=[table.name for table in ADDED],
        canary_dates=0, tasks=len(Point),
    )  # fmt: skip
    assert laptop.struck("bigquery") + laptop.struck("pubsub")
    laptop.disarm()
    return Killed(laptop, run.run_id, rows_before)


def row_count(laptop: Laptop, table: str) -> int:
    span = f"game_date BETWEEN '{FIRST}' AND '{LAST}'"
    [found] = laptop.sql(f"SELECT COUNT(*) AS total FROM nba_analytics.{table} WHERE {span}")
    return int(found["total"])


@pytest.mark.parametrize("table", ADDED, ids=lambda table: table.name)
def test_every_game_of_l1_is_there_once(killed: Killed, table: object) -> None:
    name, who = f"nba_analytics.{table.name}", table.who  # type: ignore[attr-defined]
    span = f"game_date BETWEEN '{FIRST}' AND '{LAST}'"
    [found] = killed.laptop.sql(
        f"SELECT COUNT(DISTINCT game_id) AS games, COUNT(*) AS total,"
        f" COUNT(DISTINCT CONCAT(game_id, '|', {who})) AS different FROM {name} WHERE {span}"
    )
    [due] = killed.laptop.sql(
        f"SELECT COUNT(DISTINCT game_id) AS games FROM nba_raw.bdl_player_boxscores WHERE {span}"
    )
    assert (found["games"], found["total"]) == (due["games"], found["different"])


def test_an_undo_takes_back_what_no_outcome_knows(killed: Killed) -> None:
    # Last in the file: a killed attempt's rows are known by its load jobs alone.
    undone = killed.laptop.phase4("undo", killed.run_id)
    assert undone.code == 0, undone.err
    assert {
        table.name: row_count(killed.laptop, table.name) for table in ADDED
    } == killed.rows_before
