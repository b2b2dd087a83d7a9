"""What job, function, workflows and clients of this project are told on the laptop cloud."""

from __future__ import annotations

import json
from pathlib import Path

from laptop import endpoints
from laptop.ports import Ports
from phase4.cloud.settings import Settings
from phase4.tables.box_scores import SELECTED
from phase4.tables.calendar import seasons
from phase4.tables.catalog import TABLES
from phase4.tables.cost_model import staffing
from phase4.tables.filled import FILLED, STAGES, planner

# The module that the image starts.
JOB = "jobs.precompute.main"
WORKFLOW_TUNING = {
    "LEASE_SECONDS": "900",
    "SNAPSHOT_SECONDS": "120",
    "POLL_SECONDS": "0.6",
    "DATES_PER_TASK": "50",
    "PARALLELISM": "2",
}


def workflow_tuning(like_production: float = 0.0) -> dict[str, str]:
    """What a laptop needs, or what the service does when the laptop is as slow, at this scale."""
    if not like_production:
        return WORKFLOW_TUNING
    worth = staffing()
    return {
        **WORKFLOW_TUNING,
        "SNAPSHOT_SECONDS": "660",
        "POLL_SECONDS": str(like_production),
        "DATES_PER_TASK": str(worth.dates_per_task),
        "PARALLELISM": str(worth.most_tasks),
    }


def job_environment(settings: Settings, ports: Ports) -> dict[str, str]:
    """What the job and the function need to reach the local services."""
    return {**settings.environment(), **endpoints.server_environment(settings.project, ports)}


def workflow_environment(settings: Settings, like_production: float = 0.0) -> dict[str, str]:
    """The user_env_vars of the workflow definitions."""
    return {
        "BIGQUERY_LOCATION": settings.location,
        "OPS_DATASET": settings.ops_dataset,
        "TARGET_TABLE": settings.target_table,
        "FILLED_TABLES": json.dumps(
            [
                {
                    "planner": f"plan_backfill{planner(stage)}",
                    "tables": {table.name: settings.filled_table(table) for table in stage},
                }
                for stage in STAGES
            ]
        ),
        "RAW_TABLE": settings.raw_table,
        "NEEDED_COLUMNS": json.dumps(needed_columns(settings)),
        "EVENTS_TOPIC": settings.events_topic,
        "JOB": settings.job,
        "CODE_VERSION": settings.code_version,
        "MAXIMUM_BYTES_BILLED": str(settings.maximum_bytes_billed),
        "SEASONS": json.dumps([season.season_year for season in seasons()]),
        **workflow_tuning(like_production),
    }


def needed_columns(settings: Settings) -> dict[str, tuple[str, ...]]:
    """What tables of others, and L1 behind them, need to have before anything is appended."""
    added = {
        settings.filled_table(table): TABLES[table.name].column_names
        for table in FILLED.values()
        if table.is_added_to
    }
    return {settings.raw_table: SELECTED, **added}


def client_environment(settings: Settings, ports: Ports, folder: Path) -> dict[str, str]:
    """Everything above for a shell, and what gcloud and bq need."""
    return {
        **settings.environment(),
        **endpoints.client_environment(settings.project, ports, folder),
    }
