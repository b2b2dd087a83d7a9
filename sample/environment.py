"""What Terraform makes in the cloud, made here: tables, routines, topics, job, workflows."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx
from google.api_core.exceptions import AlreadyExists
from google.cloud import bigquery, pubsub_v1
from google.protobuf.duration_pb2 import Duration

from laptop.ports import HOST, Ports
from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.doctor.services import VALIDATOR, VERSION_LABEL
from phase4.tables.catalog import TABLES
from phase4.tables.filled import FILLED
from sample.endpoints import JOB, job_environment, workflow_environment

HERE = Path(__file__).parent
# In the wheel the definitions lie in the package, in a checkout beside it.
WORKFLOWS = next(p for p in (HERE / "workflows", HERE.parent / "workflows") if p.is_dir())
DELIVERY_ATTEMPTS = 5


def create_tables(client: bigquery.Client, settings: Settings) -> None:
    """The tables that are this system's own, and its routines; the league's must be there."""
    names = own_tables(settings)
    for name in {name.rpartition(".")[0] for name in names.values()}:
        dataset = bigquery.Dataset(name)
        dataset.location = settings.location
        client.create_dataset(dataset, exists_ok=True)
    for key, name in names.items():
        client.create_table(TABLES[key].table(name), exists_ok=True)
    routines.create_routines(client, settings)


def own_tables(settings: Settings) -> dict[str, str]:
    """`project.dataset.table` of each table that is this system's own."""
    ops = {key: settings.ops(key) for key, spec in TABLES.items() if spec.layer == "ops"}
    # Those with a setting come with the league.
    ours = {name: table for name, table in FILLED.items() if not table.setting}
    filled = {name: settings.table_id(settings.filled_table(t)) for name, t in ours.items()}
    return {**ops, **filled}


def create_topics(settings: Settings, ports: Ports) -> None:
    """Topics and subscriptions: push to the validator, audit table, dead letters, alerts."""
    publisher = pubsub_v1.PublisherClient()
    subscriber = pubsub_v1.SubscriberClient()
    dead_letters = f"{settings.events_topic}-dead-letters"
    for topic in (settings.events_topic, settings.alerts_topic, dead_letters):
        _create(publisher.create_topic, name=publisher.topic_path(settings.project, topic))

    def subscribe(name: str, topic: str, **options: object) -> None:
        _create(
            subscriber.create_subscription,
            request={
                "name": subscriber.subscription_path(settings.project, name),
                "topic": publisher.topic_path(settings.project, topic),
                **options,
            },
        )

    path = f"projects/{settings.project}/topics/{settings.events_topic}"
    subscribe(
        f"{settings.events_topic}-validator",
        settings.events_topic,
        ack_deadline_seconds=540,
        push_config={"push_endpoint": f"http://{HOST}:{ports.function}/{path}"},
        # The service's ten seconds and more would be a long wait on a laptop.
        retry_policy={
            "minimum_backoff": Duration(nanos=200_000_000),
            "maximum_backoff": Duration(seconds=5),
        },
        dead_letter_policy={
            "dead_letter_topic": publisher.topic_path(settings.project, dead_letters),
            "max_delivery_attempts": DELIVERY_ATTEMPTS,
        },
    )  # fmt: skip
    subscribe(
        f"{settings.events_topic}-audit",
        settings.events_topic,
        bigquery_config={"table": settings.ops("events"), "write_metadata": True},
    )
    subscribe(dead_letters, dead_letters)
    subscribe(settings.alerts_topic, settings.alerts_topic)


def create_job(settings: Settings, ports: Ports) -> None:
    """The Cloud Run job, with the laptop's Python in place of the image."""
    environment = [
        {"name": name, "value": value}
        for name, value in job_environment(settings, ports).items()
        if value
    ]
    container = {
        "image": "local",
        "command": [sys.executable, "-m", JOB],
        "env": environment,
    }
    task = {"containers": [container], "maxRetries": 1, "timeout": "3600s"}
    body = {
        "labels": {VERSION_LABEL: settings.code_version},
        "template": {"taskCount": 1, "template": task},
    }
    _post(f"http://{HOST}:{ports.run}/v2/{settings.place}/jobs?jobId={settings.job}", body)


def register_function(settings: Settings, ports: Ports) -> None:
    """The service that a deployed function is; its process belongs to the laptop cloud."""
    environment = [{"name": name, "value": v} for name, v in settings.environment().items() if v]
    body = {
        "template": {"containers": [{"image": "local", "env": environment}]},
        "uri": f"http://{HOST}:{ports.function}",
    }
    place = f"http://{HOST}:{ports.run}/v2/{settings.place}"
    _post(f"{place}/services?serviceId={VALIDATOR}", body)


def create_site_bucket(settings: Settings, ports: Ports) -> None:
    """The bucket of the site, closed to the public as Terraform makes it; none without a name."""
    if not settings.site_bucket:
        return
    body = {
        "name": settings.site_bucket,
        "location": settings.location,
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": True},
            "publicAccessPrevention": "enforced",
        },
    }
    _post(f"http://{HOST}:{ports.storage}/storage/v1/b?project={settings.project}", body)


def deploy_workflows(settings: Settings, ports: Ports, like_production: float = 0.0) -> None:
    """Every definition of workflows/, as it stands."""
    for definition in sorted(WORKFLOWS.glob("*.yaml")):
        _post(
            f"http://{HOST}:{ports.workflows}/v1/{settings.place}/workflows"
            f"?workflowId={definition.stem}",
            {
                "sourceContents": definition.read_text(),
                "userEnvVars": workflow_environment(settings, like_production),
            },
        )


def _post(url: str, body: object) -> None:
    answer = httpx.post(url, json=body, timeout=30)
    if answer.is_error:
        raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:400]}")


def _create(create: object, **arguments: object) -> None:
    try:
        create(**arguments)  # type: ignore[operator]
    except AlreadyExists:
        return
