"""A laptop cloud for tests: the deployed artefacts on real local servers, and a way to look in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from google.cloud import bigquery

from local import cloud as clouds
from local.ports import HOST, Ports
from phase4.executions import Execution, Executions
from phase4.warehouse import Caller, Row, Warehouse, connect

RUN_SECONDS = 180


@dataclass(frozen=True)
class Finished:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Laptop:
    """One running laptop cloud."""

    cloud: clouds.Cloud

    @cached_property
    def warehouse(self) -> Warehouse:
        """Queries as this system makes them."""
        return Warehouse(self.cloud.settings, Caller("test"))

    @cached_property
    def client(self) -> bigquery.Client:
        """The ordinary BigQuery client."""
        return connect(self.cloud.settings)

    @cached_property
    def executions(self) -> Executions:
        """The backfill workflow."""
        return Executions(self.cloud.settings, "phase4-backfill")

    def sql(self, statement: str, **parameters: Any) -> list[Row]:
        """Rows of one statement; `@name` parameters by keyword."""
        return self.warehouse.query(statement, parameters)

    def run(self, **arguments: Any) -> Execution:
        """Runs the backfill workflow to its end."""
        return self.wait(self.executions.start(arguments))

    def wait(self, execution: Execution, seconds: float = RUN_SECONDS) -> Execution:
        """Waits until an execution has ended."""
        import time

        deadline = time.monotonic() + seconds
        while execution.active:
            assert time.monotonic() < deadline, f"{execution.name} is still {execution.state}"
            time.sleep(0.1)
            execution = self.executions.get(execution.run_id)
        return execution

    def phase4(self, *words: str, **environment: str) -> Finished:
        """Runs the command line as an operator would."""
        command = [sys.executable, "-c", "from phase4.cli import main; main()", *words]
        done = subprocess.run(
            command,
            env={**os.environ, **self.cloud.environment, **environment},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def states(self, first: str, last: str) -> dict[date, Row]:
        """The state of every date of a range, from the one routine."""
        rows = self.sql(
            "SELECT * FROM nba_ops.date_status(@a, @b)",
            a=date.fromisoformat(first),
            b=date.fromisoformat(last),
        )
        return {row["game_date"]: row for row in rows}

    def plan(self, run_id: str) -> list[Row]:
        """The immutable plan of a run, by date."""
        return self.sql(
            "SELECT * FROM nba_ops.plan WHERE run_id = @run ORDER BY game_date", run=run_id
        )

    def outcomes(self, run_id: str) -> list[Row]:
        """The ledger of a run, by date and attempt."""
        return self.sql(
            "SELECT * FROM nba_ops.outcomes WHERE run_id = @run ORDER BY game_date, finished_at",
            run=run_id,
        )

    def snapshots(self, run_id: str) -> list[Row]:
        """The coverage snapshots of a run, oldest first."""
        return self.sql(
            "SELECT * FROM nba_ops.coverage_snapshots WHERE snapshot_date >= '2020-01-01'"
            " AND run_id = @run ORDER BY snapshot_at",
            run=run_id,
        )

    def table_hash(self, first: str, last: str) -> str:
        """SHA-256 over everything but provenance of the L4 rows of a range."""
        provenance = "run_id, code_version, created_at, processed_at"
        rows = self.sql(
            "SELECT TO_HEX(SHA256(IFNULL(STRING_AGG(TO_JSON_STRING(t), '' ORDER BY"
            " t.game_date, t.game_id, t.player_lookup), ''))) AS digest FROM ("
            f" SELECT * EXCEPT ({provenance}) FROM nba_precompute.player_composite_factors"
            " WHERE game_date BETWEEN @a AND @b) AS t",
            a=date.fromisoformat(first),
            b=date.fromisoformat(last),
        )
        return str(rows[0]["digest"])

    def arm(self, service: str, **fault: Any) -> None:
        """Arms a fault in `bigquery` or `pubsub`."""
        httpx.post(self._faults(service), json=fault, timeout=10).raise_for_status()

    def disarm(self) -> None:
        """Removes every armed fault."""
        for service in ("bigquery", "pubsub"):
            httpx.delete(self._faults(service), timeout=10).raise_for_status()

    def log(self, service: str) -> str:
        """What a service has printed."""
        return (self.cloud.folder / "logs" / f"{service}.log").read_text()

    def _faults(self, service: str) -> str:
        ports = {"bigquery": self.cloud.ports.bigquery, "pubsub": self.cloud.ports.pubsub_rest}
        return f"http://{HOST}:{ports[service]}/_local/faults"


def start(folder: Path, league: Path | None = None) -> Laptop:
    """A laptop cloud on free ports with a league loaded (the sample league by default)."""
    cloud = clouds.start(folder, Ports.free())
    try:
        clouds.set_up(cloud, league)
    except BaseException:
        cloud.stop()
        raise
    os.environ.update(cloud.environment)
    return Laptop(cloud)


def reason(execution: Execution) -> str:
    """The machine-readable reason of a failed execution."""
    return str(execution.error.get("reason") or json.dumps(execution.error))
