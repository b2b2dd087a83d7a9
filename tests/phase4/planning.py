"""The planner over date states that a test makes up: an operations dataset of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import Caller, Row, Warehouse
from phase4.tables.catalog import TABLES
from phase4.tables.cost_model import LAYERS
from phase4.tables.filled import DEFAULT, FILLED
from phase4.tables.placeholders import render
from phase4.tables.routines import Routine
from phase4.tables.states import STATES

FIRST = date(2024, 12, 1)
ADDED = tuple(f"{table.name}_status" for table in FILLED.values() if table.is_added_to)
REPLACED = tuple(
    f"{table.name}_status"
    for table in FILLED.values()
    if not table.is_added_to and not table.is_default
)
ARGUMENTS = {name: name for name in ("range_start", "range_end", "history_days", "first_days")}
PLANNER = (
    "seasons", "layer_bytes", "past_shards", "box_score_games", *ADDED,
    "plan_backfill", "plan_backfill_stage_1", "ceiling_once_filled",
)  # fmt: skip
COLUMNS = (
    "game_date DATE, state STRING, reason STRING, expected_players INT64, playable_games INT64,"
    " l1_games INT64, l4_games INT64, due_games INT64, covered_games INT64,"
    " refilled_games INT64, attainable_games INT64, is_reachable BOOL,"
    " sound_games ARRAY<STRING>, removable_rows ARRAY<STRING>"
)
FILLABLE = tuple(state.name for state in STATES.values() if state.is_fillable)


@dataclass(frozen=True)
class Request:
    """The checked arguments of the workflow, as far as the planner reads them."""

    start_date: str
    end_date: str
    tables: Sequence[str] = (DEFAULT.name,)
    first_wave: int = 0
    states: Sequence[str] = ("MISSING", "PARTIAL", "OVERCOUNT")
    dates: Sequence[str] = ()
    tasks: int | None = 5
    parallelism: int = 5
    dates_per_task: int = 10
    canary_dates: int = 5
    validate_every: int = 50
    stale_history_days: int = 45
    bootstrap_days: int = 14
    force: bool = False
    accept_loss: bool = False
    dry_run: bool = False

    @property
    def text(self) -> str:
        """As the workflow hands it over."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Status:
    """One date: its state and how many players it is worth."""

    state: str
    players: int = 0

    @property
    def games(self) -> int:
        """Games of about twenty players."""
        return -(-self.players // 20)

    @property
    def stored(self) -> int:
        """Games in L4."""
        return self.games if self.state == "COMPLETE" else 0

    @property
    def is_reachable(self) -> bool:
        """Whether L3 can feed it."""
        return STATES[self.state].is_reachable

    @property
    def attainable(self) -> int:
        """Games that L4 has at best."""
        return self.games if self.is_reachable else self.stored


class Planner:
    """plan_backfill over date states from a table, with layers of their own."""

    def __init__(self, warehouse: Warehouse, dataset: str) -> None:
        names: dict[str, Any] = {
            f"{layer}_table": f"{dataset}.{key}" for layer, key in LAYERS.items()
        }
        settings = replace(warehouse.settings, ops_dataset=dataset, **names)
        self._client = warehouse.client
        self._dataset = dataset
        self._warehouse = Warehouse(settings, Caller("test"))
        self._client.create_dataset(dataset)
        for key in ("plan", "runs", *LAYERS.values()):
            self._client.create_table(TABLES[key].table(settings.ops(key)))
        self._client.query(f"CREATE TABLE {dataset}.made_up ({COLUMNS})").result()
        for routine in planner_routines(settings):
            routines.create(routine, self._client, settings)

    def hold(self, statuses: Sequence[Status]) -> None:
        """The dates from FIRST on have these states."""
        values = ", ".join(
            f"('{FIRST + timedelta(days=number)}', '{status.state}', 'made up', {status.players},"
            f" {status.games}, {status.games}, {status.stored}, {status.games}, {status.stored},"
            f" {status.games}, {status.attainable}, {status.is_reachable}, [], [])"
            for number, status in enumerate(statuses)
        )
        self._client.query(f"DELETE FROM {self._dataset}.made_up WHERE TRUE").result()
        self._client.query(f"INSERT INTO {self._dataset}.made_up VALUES {values}").result()

    def rows(self, request: Request) -> list[Row]:
        """What a plan says of every date, by date."""
        run_id = f"rows-{uuid4()}"
        self.plan(run_id, request)
        of_the_run = ("run_id", "planned_at")
        return [
            {name: value for name, value in row.items() if name not in of_the_run}
            for row in self.written(run_id)
        ]

    def plan(self, run_id: str, request: Request) -> Row:
        """The one row of plan_backfill, its lists decoded."""
        row = self._warehouse.row(
            f"CALL {self._dataset}.plan_backfill(@run, @request)",
            {"run": run_id, "request": request.text},
        )
        return {key.removesuffix("_json"): _decoded(key, value) for key, value in row.items()}

    def ceilings(self, request: Request, stages: Sequence[Sequence[str]]) -> list[Row]:
        """What tables of such stages reach at best, once L3 has what L1 can give it."""
        checked = json.dumps({**asdict(request), "stages": stages})
        call = f"CALL {self._dataset}.ceiling_once_filled(@request)"
        row = self._warehouse.row(call, {"request": checked})
        found: list[Row] = json.loads(row["ceilings_json"])
        return found

    def fill(self, table: str, rows: Mapping[date, int]) -> None:
        """A layer's table has so many rows on each date, and no others."""
        name = f"{self._dataset}.{table}"
        self._client.query(f"DELETE FROM {name} WHERE game_date > '2000-01-01'").result()
        values = ", ".join(f"('{day}')" for day, count in rows.items() for _ in range(count))
        self._client.query(f"INSERT INTO {name} (game_date) VALUES {values}").result()

    def fail_on_others(self) -> None:
        """Whoever asks for a date of a table that is not the default is told an error."""
        settings = self._warehouse.settings
        known = {routine.name: routine for routine in planner_routines(settings)}
        for name in REPLACED:
            asked = "ERROR(CONCAT('asked for ', CAST(game_date AS STRING)))"
            body = f"SELECT * FROM ({known[name].body}) WHERE {asked} IS NULL"
            routines.create(replace(known[name], body=body), self._client, settings)

    def forget_runs(self) -> None:
        """No run has ended yet."""
        self._client.query(f"DELETE FROM {self._dataset}.runs WHERE TRUE").result()

    def finish(self, run_id: str, seconds: float, state: str = "SUCCEEDED") -> None:
        """A run that was planned here has ended after so many seconds."""
        started = datetime.now(UTC)
        self._warehouse.query(
            f"INSERT INTO {self._dataset}.runs (run_id, kind, state, target_table, start_date,"
            " end_date, started_at, lease_expires_at, finished_at)"
            " VALUES (@run, 'backfill', @state, 'l4', @day, @day, @started, @started, @finished)",
            {
                "run": run_id, "state": state, "day": FIRST,
                "started": started, "finished": started + timedelta(seconds=seconds),
            },
        )  # fmt: skip

    def written(self, run_id: str) -> list[Row]:
        """The rows of the plan table of a run, by date."""
        return self._warehouse.query(
            f"SELECT * FROM {self._dataset}.plan WHERE run_id = @run ORDER BY game_date",
            {"run": run_id},
        )


def planner_routines(settings: Settings) -> list[Routine]:
    """The planner's routines over a date_status_within that reads the made-up table."""
    known = {routine.name: routine for routine in routines.routines(settings)}
    table = settings.ops("made_up")
    body = f"SELECT * FROM `{table}` WHERE game_date BETWEEN range_start AND range_end"
    made_up = replace(known["date_status_within"], body=body)
    # What else is planned with L4 has the states of L4.
    as_l4 = render(DEFAULT.text("states"), {**ARGUMENTS, "ops_dataset": settings.ops("")[:-1]})
    others = [replace(known[name], body=as_l4) for name in REPLACED]
    return [made_up, *others, *(known[name] for name in PLANNER)]


def over(statuses: Sequence[Status], **options: Any) -> Request:
    """A request over exactly the dates that have a state."""
    last = FIRST + timedelta(days=len(statuses) - 1)
    return Request(str(FIRST), str(last), **options)


def _decoded(key: str, value: Any) -> Any:
    return json.loads(value) if key.endswith("_json") else value
