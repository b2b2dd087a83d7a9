"""How programs find the laptop cloud: the environment variables of every client."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from local.ports import HOST, Ports
from phase4.calendar import seasons
from phase4.settings import Settings

# On two cores a task's start and read cost as much as 25 dates (bench/results.md).
WORKFLOW_TUNING = {
    "LEASE_SECONDS": "900",
    "SNAPSHOT_SECONDS": "120",
    "POLL_SECONDS": "0.1",
    "DATES_PER_TASK": "25",
    "PARALLELISM": "5",
}


def job_environment(settings: Settings, ports: Ports) -> dict[str, str]:
    """What the job and the function need to reach the local services."""
    return {
        **settings.environment(),
        "GOOGLE_CLOUD_PROJECT": settings.project,
        "BIGQUERY_EMULATOR_HOST": f"http://{HOST}:{ports.bigquery}",
        "BIGQUERY_STORAGE_EMULATOR_HOST": f"{HOST}:{ports.bigquery_storage}",
        "PUBSUB_EMULATOR_HOST": f"{HOST}:{ports.pubsub}",
        "WORKFLOWS_EMULATOR_HOST": f"{HOST}:{ports.workflows_grpc}",
    }


def workflow_environment(settings: Settings) -> dict[str, str]:
    """The user_env_vars of the workflow definitions."""
    return {
        "BIGQUERY_LOCATION": settings.location,
        "OPS_DATASET": settings.ops_dataset,
        "TARGET_TABLE": settings.target_table,
        "EVENTS_TOPIC": settings.events_topic,
        "JOB": settings.job,
        "CODE_VERSION": settings.code_version,
        "MAXIMUM_BYTES_BILLED": str(settings.maximum_bytes_billed),
        "SEASONS": json.dumps([season.season_year for season in seasons()]),
        **WORKFLOW_TUNING,
    }


def client_environment(settings: Settings, ports: Ports, folder: Path) -> dict[str, str]:
    """Everything above for a shell, and what gcloud and bq need."""
    workflows = f"http://{HOST}:{ports.workflows}/"
    return {
        **job_environment(settings, ports),
        "CLOUD_RUN_EMULATOR_HOST": f"{HOST}:{ports.run}",
        "WORKFLOWS_REST_EMULATOR_HOST": f"{HOST}:{ports.workflows}",
        "CLOUDSDK_CORE_PROJECT": settings.project,
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(folder / "token"),
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWS": workflows,
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWEXECUTIONS": workflows,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "BIGQUERYRC": str(folder / "bigqueryrc"),
    }


def terraform_environment(ports: Ports, project: int) -> dict[str, str]:
    """How Terraform's providers find it; `project` is the port of `python -m local.project`."""
    places = {
        "BIG_QUERY": f"{ports.bigquery}/bigquery/v2/",
        "CLOUD_RUN_V2": f"{ports.run}/v2/",
        "IAM_BETA": f"{project}/v1/",
        "PUBSUB": f"{ports.pubsub_rest}/v1/",
        "RESOURCE_MANAGER": f"{project}/v1/",
        "SERVICE_USAGE": f"{project}/v1beta1/",
        "WORKFLOWS": f"{ports.workflows}/v1/",
    }
    endpoints = {
        f"GOOGLE_{name}_CUSTOM_ENDPOINT": f"http://{HOST}:{place}" for name, place in places.items()
    }
    return {"GOOGLE_OAUTH_ACCESS_TOKEN": "local", **endpoints}


def write_client_files(settings: Settings, ports: Ports, folder: Path) -> None:
    """The files that those variables name: a token of any word, and the settings of bq."""
    (folder / "token").write_text("local")
    lines = [
        f"--api=http://{HOST}:{ports.bigquery}",
        f"--project_id={settings.project}",
        f"--location={settings.location}",
        "--use_gce_service_account=false",
    ]
    if discovery := _discovery_file():
        lines.append(f"--discovery_file={discovery}")
    (folder / "bigqueryrc").write_text("\n".join(lines) + "\n")


def _discovery_file() -> Path | None:
    gcloud = shutil.which("bq")
    if gcloud is None:
        return None
    for root in Path(gcloud).resolve().parents:
        found = root / "platform" / "bq" / "discovery_next" / "bigquery.json"
        if found.exists():
            return found
    return None
