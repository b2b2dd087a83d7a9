"""What a plan will cost: seconds and bytes, by a small model with its figures in cost_model.json.

seconds = (run + sum of waves (wave + heaviest shard by dates and players)) times the pace of past
runs, actual over modelled. bytes = looks at the date states, history of each shard, rows written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from google.cloud import bigquery

from phase4 import routines
from phase4.calendar import season_of
from phase4.settings import Settings
from phase4.tables import TABLES
from phase4.warehouse import Warehouse


@dataclass(frozen=True)
class CostModel:
    """The figures of cost_model.json: seconds, bytes, and how many past runs calibrate them."""

    run_seconds: float
    wave_seconds: float
    date_seconds: float
    player_seconds: float
    calibration_runs: int
    scans_per_validation: int
    bytes_per_row: int

    def seconds(self, shards: Sequence[Mapping[str, Any]]) -> float:
        """Modelled seconds of a plan: waves one after the other, shards side by side."""
        heaviest: dict[int, float] = {}
        for shard in shards:
            cost = shard["dates"] * self.date_seconds + shard["players"] * self.player_seconds
            heaviest[shard["wave"]] = max(heaviest.get(shard["wave"], 0.0), cost)
        return self.run_seconds + sum(self.wave_seconds + cost for cost in heaviest.values())


MODEL = CostModel(**json.loads(Path(__file__).with_name("cost_model.json").read_text()))


@dataclass(frozen=True)
class Forecast:
    """Seconds and bytes that a plan will take; `pace` is actual over modelled of past runs."""

    seconds: float
    pace: float
    calibrated_by: int
    bytes_scanned: int
    bytes_read: int
    bytes_written: int

    @property
    def basis(self) -> str:
        """Where the seconds come from, in words."""
        if not self.calibrated_by:
            return "cost model, no run to calibrate it yet"
        runs = "run" if self.calibrated_by == 1 else f"{self.calibrated_by} runs"
        return f"cost model times {self.pace:.2f}, as in the last {runs}"


def forecast_of(
    warehouse: Warehouse,
    plan: Mapping[str, Any],
    start: date,
    end: date,
    before: datetime | None = None,
) -> Forecast:
    """The forecast of a plan as the workflow returns it, as it was `before` that moment."""
    past = past_runs(warehouse, before or datetime.now(UTC))
    pace = calibration(past)
    shards = plan["shards"]
    return Forecast(
        seconds=MODEL.seconds(shards) * pace,
        pace=pace,
        calibrated_by=len(past),
        bytes_scanned=_scanned(warehouse, len(plan["waves"]), start, end),
        bytes_read=_history(warehouse, shards),
        bytes_written=plan["planned_players"] * MODEL.bytes_per_row,
    )


def past_runs(warehouse: Warehouse, before: datetime) -> list[dict[str, Any]]:
    """The last runs that had ended by then and had something to do: actual, modelled seconds."""
    names = ("run_seconds", "wave_seconds", "date_seconds", "player_seconds")
    figures = {name: float(getattr(MODEL, name)) for name in names}
    sql = routines.query("past_runs", warehouse.settings)
    rows = warehouse.query(sql, {**figures, "before": before})
    return rows[: MODEL.calibration_runs]


def calibration(past: Sequence[Mapping[str, Any]]) -> float:
    """Actual over modelled seconds of past runs; 1 without any."""
    modelled = sum(row["modelled_seconds"] for row in past)
    return float(sum(row["seconds"] for row in past) / modelled) if modelled else 1.0


def _scanned(warehouse: Warehouse, waves: int, start: date, end: date) -> int:
    """Bytes of the plan's look at the tables and of those of every validation."""
    looks = 1 + MODEL.scans_per_validation * (waves + 1)
    sql = routines.query("scan_layers", warehouse.settings)
    return looks * _estimate(warehouse, sql, start, end)


def _history(warehouse: Warehouse, shards: Sequence[Mapping[str, Any]]) -> int:
    """Bytes of L3 behind all shards: each reads its season from the opener to its last date."""
    spans = [_span(shard) for shard in shards]
    lasts: dict[date, date] = {}
    for opener, last in spans:
        lasts[opener] = max(last, lasts.get(opener, last))
    sql = _history_sql(warehouse.settings)
    per_day = {
        opener: _estimate(warehouse, sql, opener, last) / _days(opener, last)
        for opener, last in lasts.items()
    }
    return round(sum(per_day[opener] * _days(opener, last) for opener, last in spans))


def _span(shard: Mapping[str, Any]) -> tuple[date, date]:
    last = date.fromisoformat(shard["last_date"])
    return season_of(last).opener, last


def _days(first: date, last: date) -> int:
    return max((last - first).days + 1, 1)


def _history_sql(settings: Settings) -> str:
    tables = {
        "player_game_summary": settings.player_table,
        "team_defense_game_summary": settings.defense_table,
        "team_offense_game_summary": settings.offense_table,
        "bdl_player_boxscores": settings.raw_table,
    }
    parts = [
        f"SELECT TO_JSON_STRING(STRUCT({', '.join(TABLES[key].column_names)})) AS facts"
        f" FROM `{table}` WHERE game_date BETWEEN @start_date AND @end_date"
        for key, table in tables.items()
    ]
    return " UNION ALL ".join(parts)


def _estimate(warehouse: Warehouse, sql: str, start: date, end: date) -> int:
    """Bytes that BigQuery says a statement would process."""
    config = bigquery.QueryJobConfig(
        dry_run=True,
        use_query_cache=False,
        query_parameters=[
            bigquery.ScalarQueryParameter("start_date", "DATE", start),
            bigquery.ScalarQueryParameter("end_date", "DATE", end),
        ],
    )
    return int(warehouse.client.query(sql, config).total_bytes_processed or 0)
