"""gcloud and bq, as operators have them, against the laptop cloud."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import date
from typing import Any

import pytest

from tests.laptop import Laptop

FIRST, LAST = "2024-10-01", "2026-01-02"
SEED_QUERY = """
SELECT l1.game_date
FROM (
  SELECT DISTINCT game_date FROM nba_raw.bdl_player_boxscores
  WHERE game_date BETWEEN '2024-10-01' AND '2026-01-02'
) AS l1
LEFT JOIN (
  SELECT DISTINCT game_date FROM nba_precompute.player_composite_factors
  WHERE game_date BETWEEN '2024-10-01' AND '2026-01-02'
) AS l4
  ON l4.game_date = l1.game_date
WHERE l4.game_date IS NULL
ORDER BY l1.game_date
"""

needs_bq = pytest.mark.skipif(shutil.which("bq") is None, reason="bq is not installed")
needs_gcloud = pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")


def _run(laptop: Laptop, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **laptop.cloud.environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def _gcloud(laptop: Laptop, workflow: str, **argument: Any) -> dict[str, Any]:
    done = _run(
        laptop, "gcloud", "workflows", "run", workflow, "--location=us-west2",
        f"--data={json.dumps(argument)}", "--format=json",
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@needs_bq
def test_the_operators_seed_query_finds_what_the_plan_calls_missing_exempt_or_blocked(
    laptop: Laptop,
) -> None:
    done = _run(
        laptop, "bq", "query", "--use_legacy_sql=false", "--format=json", "--max_rows=1000",
        SEED_QUERY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    found = {date.fromisoformat(row["game_date"]) for row in json.loads(done.stdout)}
    states = laptop.states(FIRST, LAST)
    assert len(found) == 230
    assert found == {
        day
        for day, row in states.items()
        if row["state"].startswith(("MISSING", "EXEMPT", "BLOCKED"))
    }


@needs_gcloud
def test_gcloud_runs_a_dry_run(laptop: Laptop) -> None:
    answer = _gcloud(laptop, "phase4-backfill", start_date=FIRST, end_date=LAST, dry_run=True)
    assert answer["state"] == "SUCCEEDED"
    assert json.loads(answer["result"])["plan"]["planned_dates"] == 179


@needs_gcloud
def test_gcloud_lists_the_topics(laptop: Laptop) -> None:
    done = _run(laptop, "gcloud", "pubsub", "topics", "list", "--format=value(name.basename())")
    assert done.returncode == 0, done.stderr
    assert laptop.cloud.environment["PHASE4_EVENTS_TOPIC"] in done.stdout.split()


@needs_gcloud
def test_gcloud_fills_a_date(laptop: Laptop) -> None:
    answer = _gcloud(laptop, "phase4-backfill", dates=["2025-11-10"], canary_dates=0)
    assert laptop.states("2025-11-10", "2025-11-10")[date(2025, 11, 10)]["state"] == "COMPLETE"
    assert answer["state"] == "SUCCEEDED"


@needs_gcloud
def test_gcloud_shows_the_argument_that_was_refused(laptop: Laptop) -> None:
    answer = _gcloud(laptop, "phase4-backfill", start_date=FIRST, end_date="2024-09-01")
    assert answer["state"] == "FAILED"
    assert json.loads(answer["error"]["payload"])["argument"] == "end_date"


@needs_bq
def test_bq_shows_every_result_of_a_script(laptop: Laptop) -> None:
    script = "DECLARE one INT64 DEFAULT 1; SELECT one AS n; SELECT one + 1 AS n;"
    done = _run(laptop, "bq", "query", "--use_legacy_sql=false", "--format=json", script)
    assert done.returncode == 0, done.stderr + done.stdout
    assert json.loads(done.stdout) == [[{"n": "1"}], [{"n": "2"}]]
