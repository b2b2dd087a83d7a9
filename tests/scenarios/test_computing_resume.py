"""C2: a task that is killed at any moment goes on at its batch, not from its beginning."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from phase4.cloud.workflow_executions import Execution
from phase4.filling.batches import BATCH_DATES
from tests.laptop import Laptop

FIRST, LAST = "2025-03-05", "2025-03-31"
DATES, KILLS = 26, 20
# About as long as an attempt takes that nobody disturbs.
LIFE_SECONDS = 4.0
TARGET = "nba_precompute.player_composite_factors"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Shard:
    """The only shard of a run, started by hand as often as it takes."""

    laptop: Laptop
    run_id: str

    def recorded(self) -> set[date]:
        """Dates of which the ledger has an outcome."""
        return {row["game_date"] for row in self.laptop.outcomes(self.run_id)}

    def written(self) -> set[date]:
        """Dates with rows in L4."""
        rows = self.laptop.sql(
            f"SELECT DISTINCT game_date FROM {TARGET}"
            f" WHERE game_date BETWEEN '{FIRST}' AND '{LAST}'"
        )
        return {row["game_date"] for row in rows}

    def killed(self, luck: random.Random, longest: float) -> Iterator[int]:
        """Starts it, kills its attempts at random moments; how many dates each left unrecorded."""
        operation = self.laptop.start_job(self.run_id)
        while not self.laptop.has_ended(operation):
            time.sleep(luck.uniform(0, longest))
            if self.laptop.kill(operation):
                yield len(self.written() - self.recorded())


def anew(laptop: Laptop, run: Execution, number: int) -> Shard:
    """The same plan once more: of a run that holds its lock without a workflow, nothing written."""
    run_id = f"{run.run_id}-{number}"
    laptop.sql(f"DELETE FROM {TARGET} WHERE game_date BETWEEN '{FIRST}' AND '{LAST}'")
    changed = {"runs": "@new AS run_id, 'RUNNING' AS state, '' AS execution",
               "plan": "@new AS run_id"}  # fmt: skip
    for table, columns in changed.items():
        laptop.sql(
            f"INSERT INTO nba_ops.{table} SELECT * REPLACE ({columns}) FROM nba_ops.{table}"
            " WHERE run_id = @run",
            run=run.run_id, new=run_id,
        )  # fmt: skip
    return Shard(laptop, run_id)


@pytest.fixture(scope="module")
def run(laptop: Laptop) -> Execution:
    """An undisturbed run of one task, whose ledger takes as long as in the service."""
    laptop.arm("bigquery", on="load", action="delay", seconds=2, contains="_outcomes", count=0)
    ended = laptop.run(start_date=FIRST, end_date=LAST, canary_dates=0, tasks=1)
    laptop.disarm()
    return ended


def test_a_batch_is_published_while_the_ledger_of_the_one_before_is_written(
    laptop: Laptop, run: Execution
) -> None:
    loads = [job for job in laptop.jobs_of(run.run_id)["tasks"] if job.job_type == "load"]
    recorded = min(job.ended for job in loads if job.job_id.endswith("_b0_outcomes_a0"))
    begun = [job for job in loads if "$" in job.destination.table_id and job.created < recorded]
    assert len(begun) > BATCH_DATES


def test_c2_a_task_killed_twenty_times_leaves_the_same_table(
    laptop: Laptop, run: Execution, capsys: pytest.CaptureFixture[str]
) -> None:
    undisturbed = laptop.table_hash(FIRST, LAST)
    luck = random.Random(17)
    unknown: list[int] = []
    shards = [anew(laptop, run, 1)]
    while len(unknown) < KILLS:
        unknown += shards[-1].killed(luck, longest=LIFE_SECONDS)
        if len(shards[-1].recorded()) == DATES:
            assert laptop.table_hash(FIRST, LAST) == undisturbed
            shards.append(anew(laptop, run, len(shards) + 1))
    assert laptop.end_of_job(laptop.start_job(shards[-1].run_id))["succeededCount"] == 1
    assert laptop.table_hash(FIRST, LAST) == undisturbed
    # A batch at work, and one whose ledger is being written.
    assert max(unknown) <= 2 * BATCH_DATES
    with capsys.disabled():
        print(
            f"\n{len(unknown)} kills in {len(shards)} shards of {DATES} dates:"
            f" {sum(unknown)} dates recomputed"
        )
