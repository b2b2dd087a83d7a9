"""A laptop cloud for tests: the deployed artefacts on real local servers, and a way to look in."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import httpx
import pytest
from google.cloud import bigquery

from bench.billing import calls_of
from laptop.cloud import fault_addresses
from laptop.ports import HOST
from phase4.cloud.warehouse import Caller, Row, Warehouse, connect
from phase4.cloud.workflow_executions import Execution, Executions
from phase4.filling.batches import Batch, by_season
from phase4.runs.usage import PARTS
from phase4.tables.rows.plans import PlannedDate
from phase4.validation.alerts import Observation
from phase4.validation.observations import observations
from phase4.validation.scope import Scope
from phase4.validation.validator import validate
from sample import cloud as clouds
from tests.command_line import Finished, called, started

RUN_SECONDS = 900


@dataclass(frozen=True)
class Laptop:
    """One running laptop cloud."""

    cloud: clouds.Cloud

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """The cloud's addresses in the environment of this process, for a while."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.cloud.environment.items():
                environment.setenv(name, value)
            yield

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
        deadline = time.monotonic() + seconds
        while execution.active:
            assert time.monotonic() < deadline, f"{execution.name} is still {execution.state}"
            time.sleep(0.2)
            execution = self.executions.get(execution.run_id)
        return execution

    def phase4(self, *words: str, **environment: str) -> Finished:
        """Calls the command line with these words."""
        return called(words, {**os.environ, **self.cloud.environment, **environment})

    def phase4_process(self, *words: str, **environment: str) -> Finished:
        """Starts the command line as a process, as an operator would."""
        return started(words, {**os.environ, **self.cloud.environment, **environment})

    def states(self, first: str, last: str) -> dict[date, Row]:
        """The state of every date of a range, from the one routine."""
        rows = self.sql(
            "SELECT * FROM nba_ops.date_status(@a, @b)",
            a=date.fromisoformat(first),
            b=date.fromisoformat(last),
        )
        return {row["game_date"]: row for row in rows}

    def observed(self, first: date, last: date, claims: str = "{}") -> dict[str, Observation]:
        """What alerts would say of a range now, of an event with these claims; by metric."""
        scope = Scope("range", "manual", uuid.uuid4().hex, first, last, claims=claims)
        snapshot = validate(self.warehouse, scope)
        return {seen.metric: seen for seen in observations(snapshot)}

    def plan(self, run_id: str) -> list[Row]:
        """The immutable plan of a run, by date."""
        return self.sql(
            "SELECT * FROM nba_ops.plan WHERE run_id = @run ORDER BY game_date", run=run_id
        )

    def batches(self, run_id: str) -> list[list[list[Batch]]]:
        """The batches of every season of every shard of a run."""
        shards: dict[tuple[int, int], list[PlannedDate]] = defaultdict(list)
        for row in self.plan(run_id):
            if row["action"] == "PLANNED":
                shards[row["wave"], row["task"]].append(PlannedDate(row["game_date"], 0, 0))
        return [by_season(dates) for dates in shards.values()]

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

    def jobs_of(self, run_id: str) -> dict[str, list[Any]]:
        """BigQuery's own list of the jobs of a run, by the parts of its usage."""
        listed = [
            job
            for job in self.client.list_jobs(all_users=True, max_results=5000)
            if job.labels.get("run_id") == run_id
        ]
        return {
            part: [job for job in listed if job.labels.get("component") == component]
            for part, component in PARTS.items()
        }

    def calls_of(self, run_id: str) -> Counter[str]:
        """How often the workflow of a run called each routine."""
        return calls_of(self.client.list_jobs(all_users=True, max_results=5000), run_id)

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

    @contextmanager
    def without(self, table: str, which: str) -> Iterator[None]:
        """Rows of a table are gone for a while, and back as they were."""
        self.sql(f"CREATE TABLE nba_ops.spared AS SELECT * FROM {table} WHERE {which}")
        self.sql(f"DELETE FROM {table} WHERE {which}")
        try:
            yield
        finally:
            self.sql(f"INSERT INTO {table} SELECT * FROM nba_ops.spared")
            self.sql("DROP TABLE nba_ops.spared")

    def arm(self, service: str, **fault: Any) -> None:
        """Arms a fault in `bigquery`, `pubsub`, `run`, `storage` or `workflows`."""
        httpx.post(self._faults(service), json=fault, timeout=10).raise_for_status()

    def disarm(self) -> None:
        """Removes every armed fault."""
        for url in fault_addresses(self.cloud.ports).values():
            httpx.delete(url, timeout=10).raise_for_status()

    def fault(self, *words: str) -> None:
        """Arms a fault as an operator would: `phase4 local fault …`."""
        done = self.phase4("local", "fault", *words, "--folder", str(self.cloud.folder))
        assert done.code == 0, done.err

    def struck(self, service: str = "bigquery") -> list[int]:
        """How often each armed fault has struck, in the order in which they were armed."""
        faults = httpx.get(self._faults(service), timeout=10).json()["faults"]
        return [fault["struck"] for fault in faults]

    def until_struck(self, service: str = "bigquery") -> None:
        """Waits until every armed fault has struck at least once."""
        self.until(lambda: all(self.struck(service)))

    def until(self, holds: Callable[[], bool], seconds: float = 60) -> None:
        """Waits until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"still not so after {seconds} s"
            time.sleep(0.1)

    @contextmanager
    def job_variables(self, **variables: str) -> Iterator[None]:
        """The job deployed with other environment variables, for a while."""
        job = httpx.get(self._job, timeout=10).json()
        template = job["template"]
        changed = json.loads(json.dumps(template))
        env = changed["template"]["containers"][0]["env"]
        known = {one["name"]: one for one in env}
        for name, value in variables.items():
            known[name] = {"name": name, "value": value}
        changed["template"]["containers"][0]["env"] = list(known.values())
        self._patch_job(changed)
        try:
            yield
        finally:
            self._patch_job(template)

    def run_job(self, run_id: str, wave: int = 1, tasks: int = 1) -> dict[str, Any]:
        """Executes the job as the workflow does; the Cloud Run execution at its end."""
        return self.end_of_job(self.start_job(run_id, wave, tasks))

    def start_job(self, run_id: str, wave: int = 1, tasks: int = 1) -> str:
        """Starts the job as the workflow does; the name of the operation."""
        env = [
            {"name": "PHASE4_RUN_ID", "value": run_id},
            {"name": "PHASE4_WAVE", "value": str(wave)},
        ]
        body = {"overrides": {"taskCount": tasks, "containerOverrides": [{"env": env}]}}
        answer = httpx.post(f"{self._job}:run", json=body, timeout=10)
        return str(answer.raise_for_status().json()["name"])

    def has_ended(self, operation: str) -> bool:
        """Whether the Cloud Run execution of an operation has ended."""
        return bool(self._operation(operation).get("done"))

    def kill(self, operation: str, task: int = 0) -> bool:
        """SIGKILLs a task of a Cloud Run execution; False when it does not run at the moment."""
        execution = self._operation(operation)["metadata"]["name"]
        url = f"http://{HOST}:{self.cloud.ports.run}/_local/kill"
        body = {"execution": execution, "task": str(task)}
        return httpx.post(url, json=body, timeout=10).is_success

    def _operation(self, name: str) -> dict[str, Any]:
        url = f"http://{HOST}:{self.cloud.ports.run}/v2/{name}"
        return dict(httpx.get(url, timeout=10).json())

    def end_of_job(self, operation: str) -> dict[str, Any]:
        """The Cloud Run execution of an operation, when it has ended."""
        self.until(lambda: self.has_ended(operation), RUN_SECONDS)
        return dict(self._operation(operation)["metadata"])

    def task_logs(self, execution: str) -> str:
        """What the tasks of a Cloud Run execution have printed."""
        name = execution.rpartition("/")[2]
        url = f"http://{HOST}:{self.cloud.ports.run}/_local/logs/{name}"
        return httpx.get(url, timeout=10).text

    def job_executions(self) -> list[dict[str, Any]]:
        """What the local Cloud Run knows of every execution in this project."""
        url = f"http://{HOST}:{self.cloud.ports.run}/_local/state"
        prefix = f"projects/{self.cloud.settings.project}/"
        executions = httpx.get(url, timeout=10).json()["executions"]
        return [one for one in executions if one["name"].startswith(prefix)]

    def processes(self) -> int:
        """How many processes of the job run now."""
        return sum(len(execution["running"]) for execution in self.job_executions())

    @property
    def _job(self) -> str:
        settings = self.cloud.settings
        return f"http://{HOST}:{self.cloud.ports.run}/v2/{settings.place}/jobs/{settings.job}"

    def _patch_job(self, template: dict[str, Any]) -> None:
        answer = httpx.patch(self._job, json={"template": template}, timeout=10)
        answer.raise_for_status()

    def _faults(self, service: str) -> str:
        return fault_addresses(self.cloud.ports)[service]


def reason(execution: Execution) -> str:
    """The machine-readable reason of a failed execution."""
    return str(execution.error.get("reason") or json.dumps(execution.error))
