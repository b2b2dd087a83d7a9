"""`phase4 doctor`: all is well on a fresh cloud, and every wrong line has a cause."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from google.cloud import bigquery, pubsub_v1

from laptop.cloud import fault_addresses
from laptop.ports import HOST
from phase4.doctor import silence
from phase4.doctor.cloud_only import ON_PROJECT, OVERRIDE
from phase4.tables.catalog import TABLES
from tests.laptop import Laptop

pytestmark = pytest.mark.slow
TARGET = "nba_precompute.player_composite_factors"


def lines(
    laptop: Laptop, codes: Sequence[int] = (0, 1), /, **environment: str
) -> dict[str, dict[str, str]]:
    """The findings by their subject, of a doctor that ends with one of these codes."""
    done = laptop.phase4("doctor", "--json", **environment)
    assert done.code in codes, done.err
    return {finding["subject"]: finding for finding in json.loads(done.out)}


def wrong(laptop: Laptop, *subjects: str, **environment: str) -> str:
    """What is wrong with each subject; there is a next step, and the command does not exit 0."""
    found = lines(laptop, (1,), **environment)
    findings = [found[subject] for subject in subjects]
    assert all(finding["status"] == "wrong" and finding["cure"] for finding in findings), findings
    return "\n".join(finding["detail"] for finding in findings)


@pytest.fixture(scope="module")
def has_site() -> bool:
    """The doctor looks at its bucket."""
    return True


def test_everything_is_well_on_a_cloud_that_was_just_deployed(laptop: Laptop) -> None:
    done = laptop.phase4("doctor")
    assert done.code == 0, done.out
    assert "3 not here" in done.out
    statuses = {finding["status"] for finding in lines(laptop).values()}
    assert statuses == {"ok", "absent"}


def test_a_dataset_in_another_region(laptop: Laptop) -> None:
    found = wrong(laptop, "dataset nba_precompute", PHASE4_LOCATION="europe-west1")
    assert found == "is in us-west2, jobs go to europe-west1"


def test_a_dataset_that_is_not_there(laptop: Laptop) -> None:
    elsewhere = {"PHASE4_RAW_TABLE": "nba_elsewhere.t"}
    assert "nba_elsewhere" in wrong(laptop, "dataset nba_elsewhere", **elsewhere)
    done = laptop.phase4("doctor", **elsewhere)
    assert (done.code, "nba_elsewhere" in done.out) == (1, True)


def test_a_time_travel_window_that_is_shorter_than_an_undo_reaches(laptop: Laptop) -> None:
    dataset = laptop.client.get_dataset("nba_precompute")
    dataset.max_time_travel_hours = 48
    dataset = laptop.client.update_dataset(dataset, ["max_time_travel_hours"])
    try:
        assert "remembers 48 of 168 hours" in wrong(laptop, "dataset nba_precompute")
    finally:
        dataset.max_time_travel_hours = 168
        laptop.client.update_dataset(dataset, ["max_time_travel_hours"])


@pytest.fixture
def scratch(laptop: Laptop) -> Iterator[str]:
    """A dataset for tables that are not as they should be."""
    laptop.client.create_dataset("nba_scratch")
    yield "nba_scratch"
    laptop.client.delete_dataset("nba_scratch", delete_contents=True)


def test_a_table_that_is_not_there(laptop: Laptop, scratch: str) -> None:
    name = f"{scratch}.none"
    assert "Not found" in wrong(laptop, f"table {name}", PHASE4_TARGET_TABLE=name)


def test_a_table_that_is_a_view(laptop: Laptop, scratch: str) -> None:
    name = f"{scratch}.factors"
    laptop.sql(f"CREATE VIEW {name} AS SELECT * FROM {TARGET}")
    assert wrong(laptop, f"table {name}", PHASE4_TARGET_TABLE=name) == "is a VIEW, not a table"


def test_a_table_without_partitions_and_with_other_columns(laptop: Laptop, scratch: str) -> None:
    name = f"{scratch}.factors"
    laptop.sql(f"CREATE TABLE {name} (player_lookup STRING, fatigue_score STRING)")
    found = wrong(laptop, f"table {name}", PHASE4_TARGET_TABLE=name)
    assert "is partitioned by None, not by game_date" in found
    assert "has no column game_id" in found
    assert "column fatigue_score is STRING, not INTEGER" in found


def test_a_table_of_a_league_that_lacks_what_it_may_lack(laptop: Laptop, scratch: str) -> None:
    spec, name = TABLES["bdl_player_boxscores"], f"{scratch}.older"
    table = spec.table(f"{laptop.cloud.settings.project}.{name}")
    table.schema = [field for field in spec.schema if field.name in spec.needed_columns]
    laptop.client.create_table(table)
    finding = lines(laptop, PHASE4_RAW_TABLE=name)[f"table {name}"]
    assert finding["status"] == "ok", finding


def test_a_target_table_that_expires_its_partitions(laptop: Laptop, scratch: str) -> None:
    name = f"{laptop.cloud.settings.project}.{scratch}.factors"
    table = bigquery.Table(name, schema=laptop.client.get_table(TARGET).schema)
    ninety_days = 90 * 24 * 3600 * 1000
    table.time_partitioning = bigquery.TimePartitioning(
        field="game_date", expiration_ms=ninety_days
    )
    laptop.client.create_table(table)
    short = f"{scratch}.factors"
    found = wrong(laptop, f"table {short}", PHASE4_TARGET_TABLE=short)
    assert f"expires its partitions after {ninety_days} ms" in found


def test_a_table_of_our_books_that_expires(laptop: Laptop) -> None:
    alter = "ALTER TABLE nba_ops.outcomes SET OPTIONS (partition_expiration_days = {})"
    laptop.sql(alter.format(365))
    try:
        found = wrong(laptop, "table nba_ops.outcomes")
    finally:
        laptop.sql(alter.format("NULL"))
    assert found == f"expires its partitions after {365 * 86_400_000} ms: history is lost again"


def test_a_table_that_is_broken_keeps_nothing_else_from_being_looked_at(laptop: Laptop) -> None:
    laptop.sql("ALTER TABLE nba_ops.runs DROP COLUMN summary")
    try:
        found = lines(laptop, (1,))
    finally:
        laptop.sql("ALTER TABLE nba_ops.runs ADD COLUMN summary STRING")
    # What reads it is wrong, and only that.
    assert found["site"]["status"] == "wrong"
    assert "summary" in found["site"]["detail"]
    assert found["topic phase4-alerts"]["status"] == "ok"


SERVICES = {
    "BigQuery": ("BIGQUERY_EMULATOR_HOST", "dataset nba_ops"),
    "Cloud Run": ("CLOUD_RUN_EMULATOR_HOST", "job phase4-precompute"),
    "Workflows": ("WORKFLOWS_REST_EMULATOR_HOST", "workflow phase4-backfill"),
    "Pub/Sub": ("PUBSUB_EMULATOR_HOST", "topic phase4-alerts"),
    "Cloud Storage": ("STORAGE_EMULATOR_HOST", "site"),
}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_nobody_answers_is_named_once_and_soon(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setattr(silence, "LONGEST_LOOK_SECONDS", 5.0)
    variable, unseen = SERVICES[service]
    with closing(socket.create_server((HOST, 0))) as free:
        port = free.getsockname()[1]
    scheme = "http://" if service in ("BigQuery", "Cloud Storage") else ""
    found = lines(laptop, (1,), **{variable: f"{scheme}{HOST}:{port}"})
    silent = [subject for subject in found if subject.startswith("service ")]
    assert silent == [f"service {service}"]
    assert found[silent[0]]["status"] == "wrong"
    assert "phase4 doctor again" in found[silent[0]]["cure"]
    local = re.search(r"`phase4 local restart (\w+)`", found[silent[0]]["cure"])
    assert local
    assert local[1] in fault_addresses(laptop.cloud.ports)
    assert unseen not in found
    others = {seen for _, seen in SERVICES.values()} - {unseen, "site"}
    assert {found[subject]["status"] for subject in others} == {"ok"}


def test_a_routine_of_another_release(laptop: Laptop) -> None:
    name = f"{laptop.cloud.settings.project}.nba_ops.health_ranges"
    kept = laptop.client.get_routine(name)
    laptop.sql(
        "CREATE OR REPLACE TABLE FUNCTION nba_ops.health_ranges(as_of STRING) AS SELECT 1 AS n"
    )
    try:
        assert wrong(laptop, "routine health_ranges") == "is of another release"
        laptop.client.delete_routine(name)
        # What calls it with a date finds no such routine, whatever its body.
        changed = deepcopy(kept)
        changed.arguments = [*kept.arguments, argument("more", "DATE")]
        laptop.client.create_routine(changed)
        assert wrong(laptop, "routine health_ranges") == "is of another release"
        laptop.client.delete_routine(name)
        assert "Not found" in wrong(laptop, "routine health_ranges")
    finally:
        laptop.client.create_routine(kept, exists_ok=True)
    assert lines(laptop)["routine health_ranges"]["status"] == "ok"


def argument(name: str, kind: str) -> bigquery.RoutineArgument:
    data_type = bigquery.StandardSqlDataType(bigquery.StandardSqlTypeNames(kind))
    return bigquery.RoutineArgument(name=name, data_type=data_type)


def test_a_table_that_may_be_seen_and_not_read(laptop: Laptop) -> None:
    # Its metadata come as before: what the commands do is refused.
    denied = {"on": "query", "action": "error", "status": 403, "reason": "accessDenied", "count": 0}
    subjects = ("table nba_analytics.player_game_summary", "table nba_ops.plan")
    for subject in subjects:
        laptop.arm("bigquery", **denied, contains=[f"{subject.removeprefix('table ')}`"])
    try:
        found = lines(laptop, (1,))
    finally:
        laptop.disarm()
    hidden = {name for name, finding in found.items() if finding["status"] == "hidden"}
    assert set(subjects) <= hidden
    assert all("Access Denied" in found[name]["detail"] for name in subjects)
    assert found["table nba_ops.outcomes"]["status"] == "ok"


def test_something_deployed_of_another_code_version(laptop: Laptop) -> None:
    deployed = ("job phase4-precompute", "function phase4-validator",
                "workflow phase4-backfill", "workflow weekly-health")  # fmt: skip
    found = wrong(laptop, *deployed, PHASE4_CODE_VERSION="abc1234")
    assert found.splitlines() == ["code version local, expected abc1234"] * len(deployed)


def test_a_job_that_is_not_deployed(laptop: Laptop) -> None:
    assert "other-job" in wrong(laptop, "job other-job", PHASE4_JOB="other-job")


def test_a_topic_and_its_subscriptions_that_are_not_there(laptop: Laptop) -> None:
    subjects = ("topic no-such-topic", "subscription no-such-topic-validator",
                "subscription no-such-topic-audit")  # fmt: skip
    found = wrong(laptop, *subjects, PHASE4_EVENTS_TOPIC="no-such-topic")
    assert all("no-such-topic" in detail for detail in found.splitlines())


def test_subscriptions_that_reach_nobody(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in laptop.cloud.environment.items():
        monkeypatch.setenv(name, value)
    project, topic = laptop.cloud.settings.project, "unheard-events"
    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    path = publisher.topic_path(project, topic)
    publisher.create_topic(name=path)
    for suffix in ("validator", "audit"):
        name = subscriber.subscription_path(project, f"{topic}-{suffix}")
        subscriber.create_subscription(name=name, topic=path)
    elsewhere = {"PHASE4_EVENTS_TOPIC": topic}
    subjects = [f"subscription {topic}-{suffix}" for suffix in ("validator", "audit")]
    to_validator, to_audit = wrong(laptop, *subjects, **elsewhere).splitlines()
    assert "pushes to nobody" in to_validator
    assert "writes to no table" in to_audit


def test_subscriptions_of_a_topic_that_was_made_anew_get_nothing(laptop: Laptop) -> None:
    topic, project = "made-anew", laptop.cloud.settings.project
    rest = f"http://{HOST}:{laptop.cloud.ports.pubsub_rest}/v1/projects/{project}"
    path = f"projects/{project}/topics/{topic}"
    httpx.put(f"{rest}/topics/{topic}", json={}).raise_for_status()
    for suffix in ("validator", "audit"):
        made = httpx.put(f"{rest}/subscriptions/{topic}-{suffix}", json={"topic": path})
        made.raise_for_status()
    httpx.delete(f"{rest}/topics/{topic}").raise_for_status()
    httpx.put(f"{rest}/topics/{topic}", json={}).raise_for_status()
    subjects = [f"subscription {topic}-{suffix}" for suffix in ("validator", "audit")]
    found = wrong(laptop, *subjects, PHASE4_EVENTS_TOPIC=topic)
    assert found.count(f"reads _deleted-topic_, not {path}: no event comes") == 2


def test_events_that_are_kept_in_another_table(laptop: Laptop) -> None:
    settings = laptop.cloud.settings
    elsewhere = {"PHASE4_OPS_DATASET": "nba_elsewhere"}
    found = wrong(laptop, f"subscription {settings.events_topic}-audit", **elsewhere)
    assert (
        found
        == f"writes to {settings.ops('events')}, not to {settings.project}.nba_elsewhere.events"
    )


def test_events_that_are_pushed_to_another_address(laptop: Laptop) -> None:
    settings, topic = laptop.cloud.settings, "events-astray"
    pubsub = f"http://{HOST}:{laptop.cloud.ports.pubsub_rest}/v1/projects/{settings.project}"
    path = f"projects/{settings.project}/topics/{topic}"
    right = f"http://{HOST}:{laptop.cloud.ports.function}/{path}"
    foreign = {"serviceAccountEmail": "push@example.com", "audience": "https://elsewhere.example"}
    httpx.put(f"{pubsub}/topics/{topic}", json={}).raise_for_status()

    def pushed(**config: Any) -> dict[str, Any]:
        name = f"{pubsub}/subscriptions/{topic}-validator"
        httpx.delete(name)
        httpx.put(name, json={"topic": path, "pushConfig": config}).raise_for_status()
        return lines(laptop, PHASE4_EVENTS_TOPIC=topic)["delivery to phase4-validator"]

    elsewhere = f"http://{HOST}:9/{path}"
    assert f"goes to {elsewhere}, not to {right}" in pushed(pushEndpoint=elsewhere)["detail"]
    assert "no snapshot" in pushed(pushEndpoint=right.removesuffix(path))["detail"]
    refused = pushed(pushEndpoint=right, oidcToken=foreign)
    assert "its token is for https://elsewhere.example, not for" in refused["detail"]
    assert pushed(pushEndpoint=right)["status"] == "ok"


def test_a_push_subscription_without_dead_letters(laptop: Laptop) -> None:
    project, topic = laptop.cloud.settings.project, "undead-events"
    rest = f"http://{HOST}:{laptop.cloud.ports.pubsub_rest}/v1/projects/{project}"
    httpx.put(f"{rest}/topics/{topic}", json={}).raise_for_status()
    subscription = {
        "topic": f"projects/{project}/topics/{topic}",
        "pushConfig": {"pushEndpoint": "http://127.0.0.1:1/"},
    }
    httpx.put(f"{rest}/subscriptions/{topic}-validator", json=subscription).raise_for_status()
    found = wrong(laptop, f"subscription {topic}-validator", PHASE4_EVENTS_TOPIC=topic)
    assert "no dead-letter topic" in found


class Project:
    """A web server that answers as the three services that a laptop has not."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {
            "testIamPermissions": (200, {"permissions": list(ON_PROJECT)}),
            "jobs": (200, {"jobs": [schedule("ENABLED")]}),
            "versions": (200, {"versions": [{"state": "DISABLED"}, {"state": "ENABLED"}]}),
        }
        project = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, body = project.answers[self.path.replace(":", "/").rpartition("/")[2]]
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            do_GET = do_POST = answer

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which gcloud would find it too."""
        address = f"http://{HOST}:{self.server.server_port}/"
        services = ("CLOUDRESOURCEMANAGER", "CLOUDSCHEDULER", "SECRETMANAGER")
        return {OVERRIDE + service: address for service in services}


def schedule(state: str, **fields: Any) -> dict[str, Any]:
    uri = "https://workflowexecutions/v1/projects/p/locations/l/workflows/weekly-health/executions"
    name = "projects/p/locations/l/jobs/weekly-health"
    known = {"name": name, "schedule": "0 9 * * 1", "httpTarget": {"uri": uri}}
    return {"state": state, **known, **fields}


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat().replace("+00:00", "Z")


@pytest.fixture
def project() -> Iterator[Project]:
    served = Project()
    yield served
    served.server.shutdown()
    served.server.server_close()


def test_permissions_schedule_and_secret_of_a_project(laptop: Laptop, project: Project) -> None:
    done = laptop.phase4("doctor", **project.environment)
    assert done.code == 0, done.out
    assert "not here" not in done.out
    assert "0 9 * * 1 UTC" in done.out


def test_a_permission_that_is_not_granted(laptop: Laptop, project: Project) -> None:
    granted = [name for name in ON_PROJECT if name != "bigquery.jobs.listAll"]
    project.answers["testIamPermissions"] = (200, {"permissions": granted})
    found = wrong(laptop, "permission bigquery.jobs.listAll", **project.environment)
    assert "needed for phase4 receipt" in found


def test_a_schedule_is_told_in_the_time_that_it_is_kept_in(
    laptop: Laptop, project: Project
) -> None:
    kept = schedule("ENABLED", timeZone="America/New_York", scheduleTime=in_days(6), status={})
    project.answers["jobs"] = (200, {"jobs": [kept]})
    found = lines(laptop, **project.environment)["schedule of weekly-health"]
    assert (found["status"], found["detail"]) == ("ok", "0 9 * * 1 America/New_York")


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        ([], "there is none"),
        ([schedule("PAUSED")], "PAUSED"),
        ([schedule("ENABLED", status={"code": 7})], "its last attempt ended with code 7"),
        ([schedule("ENABLED", scheduleTime=in_days(20))], "later than in 8 days"),
    ],
)
def test_a_health_run_that_is_not_scheduled(
    laptop: Laptop, project: Project, jobs: list[dict[str, Any]], said: str
) -> None:
    project.answers["jobs"] = (200, {"jobs": jobs})
    assert said in wrong(laptop, "schedule of weekly-health", **project.environment)
    cure = lines(laptop, **project.environment)["schedule of weekly-health"]["cure"]
    # What is asked of gcloud without a location is refused.
    assert "gcloud" not in cure or cure.endswith(jobs[0]["name"])


def test_a_secret_without_an_enabled_version(laptop: Laptop, project: Project) -> None:
    project.answers["versions"] = (200, {})
    found = wrong(laptop, "secret phase4-alert-webhook", **project.environment)
    assert "no enabled version" in found
    cure = lines(laptop, **project.environment)["secret phase4-alert-webhook"]["cure"]
    assert f"--project={laptop.cloud.settings.project} " in cure


def test_what_the_caller_may_not_see_is_neither_ok_nor_wrong(
    laptop: Laptop, project: Project
) -> None:
    # The services say much before they name the permission.
    said = (
        f"{'The principal (user or service account) lacks a permission. ' * 3}cloudscheduler.jobs"
    )
    refused = {"error": {"code": 403, "message": f"{said}.list is denied"}}
    project.answers["jobs"] = (403, refused)
    finding = lines(laptop, **project.environment)["schedules"]
    assert finding["status"] == "hidden"
    assert "cloudscheduler.jobs.list is denied" in finding["detail"]
    done = laptop.phase4("doctor", **project.environment)
    assert (done.code, "not allowed to see" in done.out) == (1, True)


def test_a_bucket_that_the_public_may_be_let_into(laptop: Laptop) -> None:
    settings = laptop.cloud.settings
    bucket = f"http://{HOST}:{laptop.cloud.ports.storage}/storage/v1/b/{settings.site_bucket}"
    for prevention in ("inherited", "enforced"):
        access = {"uniformBucketLevelAccess": {"enabled": True}}
        body = {"iamConfiguration": {**access, "publicAccessPrevention": prevention}}
        httpx.patch(bucket, json=body).raise_for_status()
        if prevention == "inherited":
            found = wrong(laptop, f"bucket {settings.site_bucket}")
            assert found == "may be opened to the public"


def test_a_bucket_that_is_not_there(laptop: Laptop) -> None:
    found = wrong(laptop, "bucket not-there-at-all", PHASE4_SITE_BUCKET="not-there-at-all")
    assert "bucket does not exist" in found


def test_an_environment_without_a_site_is_healthy(laptop: Laptop) -> None:
    assert lines(laptop, PHASE4_SITE_BUCKET="")["site"]["status"] == "absent"


def test_box_scores_without_what_l3_is_made_of_leave_l4_alone(laptop: Laptop, scratch: str) -> None:
    spec = TABLES["bdl_player_boxscores"]
    lacking = ("free_throws_attempted", "turnovers")
    table = spec.table(laptop.cloud.settings.table_id(f"{scratch}.scores"))
    table.schema = [field for field in table.schema if field.name not in lacking]
    laptop.client.create_table(table)
    found = lines(laptop, PHASE4_RAW_TABLE=f"{scratch}.scores")
    finding = found["appending to nba_analytics.player_game_summary"]
    assert finding["status"] == "absent"
    assert f"{scratch}.scores has no column turnovers, free_throws_attempted" in finding["detail"]
    assert "runs without --tables" in finding["detail"]
    assert found[f"table {scratch}.scores"]["status"] == "ok"


def test_a_table_of_others_without_a_column_of_our_rows(laptop: Laptop, scratch: str) -> None:
    spec = TABLES["player_game_summary"]
    table = spec.table(laptop.cloud.settings.table_id(f"{scratch}.players"))
    table.schema = [field for field in table.schema if field.name != "assists"]
    laptop.client.create_table(table)
    found = lines(laptop, PHASE4_PLAYER_TABLE=f"{scratch}.players")
    finding = found[f"appending to {scratch}.players"]
    assert (finding["status"], "has no column assists" in finding["detail"]) == ("absent", True)
