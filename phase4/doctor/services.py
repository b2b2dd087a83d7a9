"""Job, function, workflows, topics and subscriptions: deployed, and of one release."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from phase4.cloud import emulator
from phase4.cloud.settings import Settings
from phase4.cloud.workflow_executions import BACKFILL, WEEKLY_HEALTH
from phase4.doctor.finding import DEPLOY, Finding, looked_at, ok, wrong

if TYPE_CHECKING:
    from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient
    from google.cloud.run_v2 import Service

VALIDATOR = "phase4-validator"
WORKFLOWS = (BACKFILL, WEEKLY_HEALTH)
VERSION_LABEL = "code-version"


def run_services(settings: Settings) -> Iterator[Finding]:
    """Job and function, each with the code version that was asked for."""
    yield from _versioned(settings, f"job {settings.job}", partial(_job, settings))
    yield from _versioned(settings, f"function {VALIDATOR}", partial(_function, settings))


def workflows(settings: Settings) -> Iterator[Finding]:
    """The workflows, each with the code version that was asked for."""
    for name in WORKFLOWS:
        yield from _versioned(settings, f"workflow {name}", partial(_workflow, settings, name))


def _versioned(settings: Settings, subject: str, version: Callable[[], str]) -> Iterator[Finding]:
    return looked_at(subject, DEPLOY, _version, subject, version, settings.code_version)


def _version(subject: str, version: Callable[[], str], expected: str) -> Iterator[Finding]:
    found = version()
    if found == expected:
        yield ok(subject, f"code version {found}")
    else:
        yield wrong(subject, f"code version {found or 'unknown'}, expected {expected}", DEPLOY)


def _job(settings: Settings) -> str:
    from google.cloud import run_v2
    from google.cloud.run_v2.services.jobs.transports import JobsRestTransport

    client = emulator.rest_client(run_v2.JobsClient, JobsRestTransport, emulator.RUN)
    job = client.get_job(name=f"{settings.place}/jobs/{settings.job}")
    return str(dict(job.labels).get(VERSION_LABEL, ""))


def _function(settings: Settings) -> str:
    variables = {one.name: one.value for one in _service(settings).template.containers[0].env}
    return str(variables.get("PHASE4_CODE_VERSION", ""))


def _service(settings: Settings) -> Service:
    from google.cloud import run_v2
    from google.cloud.run_v2.services.services.transports import ServicesRestTransport

    # A function of the second generation is a service of Cloud Run with the same name.
    client = emulator.rest_client(run_v2.ServicesClient, ServicesRestTransport, emulator.RUN)
    service: Service = client.get_service(name=f"{settings.place}/services/{VALIDATOR}")
    return service


def _workflow(settings: Settings, name: str) -> str:
    from google.cloud import workflows_v1
    from google.cloud.workflows_v1.services.workflows.transports import WorkflowsRestTransport

    client = emulator.rest_client(
        workflows_v1.WorkflowsClient, WorkflowsRestTransport, emulator.WORKFLOWS
    )
    workflow = client.get_workflow(name=f"{settings.place}/workflows/{name}")
    return str(dict(workflow.user_env_vars).get("CODE_VERSION", ""))


def messaging(settings: Settings) -> Iterator[Finding]:
    """Topics, and the subscriptions that push events to the validator and keep all of them."""
    from google.cloud import pubsub_v1

    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    for topic in (settings.events_topic, settings.alerts_topic):
        yield from looked_at(f"topic {topic}", DEPLOY, _topic, publisher, settings, topic)
    for suffix, judge in (("validator", _pushes), ("audit", _keeps)):
        name = f"{settings.events_topic}-{suffix}"
        yield from looked_at(f"subscription {name}", DEPLOY, judge, subscriber, settings, name)


def delivery(settings: Settings) -> Iterator[Finding]:
    """Whether events are pushed to the function that is deployed, under a name that it takes."""
    yield from looked_at(f"delivery to {VALIDATOR}", DEPLOY, _delivery, settings)


def _delivery(settings: Settings) -> Iterator[Finding]:
    from google.cloud import pubsub_v1

    service = _service(settings)
    addresses = {service.uri, *service.urls}
    subscriber = pubsub_v1.SubscriberClient()
    pushed = _subscription(subscriber, settings, f"{settings.events_topic}-validator").push_config
    # The path names the topic, which makes it the source of the event.
    path = subscriber.topic_path(settings.project, settings.events_topic)
    subject, to, token = f"delivery to {VALIDATOR}", pushed.push_endpoint, pushed.oidc_token
    if to not in {f"{address}/{path}" for address in addresses}:
        wanted = f"{service.uri}/{path}"
        yield wrong(subject, f"goes to {to or 'nobody'}, not to {wanted}: no snapshot", DEPLOY)
    elif token.service_account_email and token.audience not in addresses:
        told = f"its token is for {token.audience or 'nobody'}, not for {service.uri}: no snapshot"
        yield wrong(subject, told, DEPLOY)
    else:
        yield ok(subject, f"at {service.uri}")


def _astray(subscriber: SubscriberClient, settings: Settings, subscription: Any) -> str:
    """What keeps messages from a subscription that is there; empty for nothing."""
    topic = subscriber.topic_path(settings.project, settings.events_topic)
    if subscription.topic != topic:
        return f"reads {subscription.topic}, not {topic}: no event comes"
    return "" if not subscription.detached else "is detached: no event comes"


def _topic(publisher: PublisherClient, settings: Settings, topic: str) -> Iterator[Finding]:
    publisher.get_topic(topic=publisher.topic_path(settings.project, topic))
    yield ok(f"topic {topic}", "there")


def _subscription(subscriber: SubscriberClient, settings: Settings, name: str) -> Any:
    return subscriber.get_subscription(
        subscription=subscriber.subscription_path(settings.project, name)
    )


def _pushes(subscriber: SubscriberClient, settings: Settings, name: str) -> Iterator[Finding]:
    subscription = _subscription(subscriber, settings, name)
    subject = f"subscription {name}"
    if lost := _astray(subscriber, settings, subscription):
        yield wrong(subject, lost, DEPLOY)
    elif not subscription.push_config.push_endpoint:
        yield wrong(subject, "pushes to nobody: no event is validated", DEPLOY)
    elif not subscription.dead_letter_policy.dead_letter_topic:
        yield wrong(subject, "has no dead-letter topic: an event that fails is lost", DEPLOY)
    else:
        yield ok(subject, f"pushes to {subscription.push_config.push_endpoint}")


def _keeps(subscriber: SubscriberClient, settings: Settings, name: str) -> Iterator[Finding]:
    subscription = _subscription(subscriber, settings, name)
    subject, writing = f"subscription {name}", subscription.bigquery_config
    if lost := _astray(subscriber, settings, subscription):
        yield wrong(subject, lost, DEPLOY)
    elif not writing.table:
        yield wrong(subject, "writes to no table: events leave no trail", DEPLOY)
    elif writing.table != (events := settings.ops("events")):
        yield wrong(subject, f"writes to {writing.table}, not to {events}", DEPLOY)
    elif writing.state not in (writing.State.STATE_UNSPECIFIED, writing.State.ACTIVE):
        yield wrong(subject, f"cannot write to {events}: {writing.state.name}", DEPLOY)
    else:
        yield ok(subject, f"writes to {writing.table}")
