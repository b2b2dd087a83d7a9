"""How programs find the servers: the environment variables of every client."""

from __future__ import annotations

import shutil
from pathlib import Path

from laptop.ports import HOST, Ports


def server_environment(project: str, ports: Ports) -> dict[str, str]:
    """What Google's client libraries need to reach the servers."""
    return {
        "GOOGLE_CLOUD_PROJECT": project,
        "BIGQUERY_EMULATOR_HOST": f"http://{HOST}:{ports.bigquery}",
        "BIGQUERY_STORAGE_EMULATOR_HOST": f"{HOST}:{ports.bigquery_storage}",
        "PUBSUB_EMULATOR_HOST": f"{HOST}:{ports.pubsub}",
        "WORKFLOWS_EMULATOR_HOST": f"{HOST}:{ports.workflows_grpc}",
        "STORAGE_EMULATOR_HOST": f"http://{HOST}:{ports.storage}",
    }


def client_environment(project: str, ports: Ports, folder: Path) -> dict[str, str]:
    """Everything above for a shell, and what gcloud and bq need."""
    workflows = f"http://{HOST}:{ports.workflows}/"
    return {
        **server_environment(project, ports),
        "CLOUD_RUN_EMULATOR_HOST": f"{HOST}:{ports.run}",
        "WORKFLOWS_REST_EMULATOR_HOST": f"{HOST}:{ports.workflows}",
        "CLOUDSDK_CORE_PROJECT": project,
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(folder / "token"),
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB": f"http://{HOST}:{ports.pubsub_rest}/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"http://{HOST}:{ports.storage}/",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWS": workflows,
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWEXECUTIONS": workflows,
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "BIGQUERYRC": str(folder / "bigqueryrc"),
    }


def terraform_environment(ports: Ports, project: int) -> dict[str, str]:
    """How Terraform's providers find it; `project` is the port of `python -m laptop.project`."""
    places = {
        "BIG_QUERY": f"{ports.bigquery}/bigquery/v2/",
        "CLOUD_RUN_V2": f"{ports.run}/v2/",
        "IAM_BETA": f"{project}/v1/",
        "PUBSUB": f"{ports.pubsub_rest}/v1/",
        "RESOURCE_MANAGER": f"{project}/v1/",
        "SERVICE_USAGE": f"{project}/v1beta1/",
        "STORAGE": f"{ports.storage}/storage/v1/",
        "WORKFLOWS": f"{ports.workflows}/v1/",
    }
    endpoints = {
        f"GOOGLE_{name}_CUSTOM_ENDPOINT": f"http://{HOST}:{place}" for name, place in places.items()
    }
    return {"GOOGLE_OAUTH_ACCESS_TOKEN": "local", **endpoints}


def write_client_files(project: str, location: str, ports: Ports, folder: Path) -> None:
    """The files that those variables name: a token of any word, and the settings of bq."""
    (folder / "token").write_text("local")
    lines = [
        f"--api=http://{HOST}:{ports.bigquery}",
        f"--project_id={project}",
        f"--location={location}",
        "--use_gce_service_account=false",
    ]
    # bq brings the description of the API along; without this it asks the server for it.
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
