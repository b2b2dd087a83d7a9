"""What is deployed, run as it is deployed: the function from its zip, the job as its image."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from laptop.ports import HOST, free_port
from laptop.service import Started, stop
from phase4.tables.events import ValidationRequested
from phase4.tables.filled import DEFAULT
from release.wheel import ROOT
from tests.laptop import Laptop
from tests.release import image
from tests.release.environments import fresh_environment, install, serve
from tests.release.image import Contained
from tests.terraform.configuration import local_values, of_type
from tests.terraform.log_filters import FUNCTION, log_entry, matches, metric_filter

pytestmark = pytest.mark.slow

BUILT = "revision-of-the-image"
DAY = date(2024, 11, 20)
JOB = {"type": "cloud_run_job", "labels": {"job_name": "phase4-precompute"}}


def reachable(laptop: Laptop) -> dict[str, str]:
    """What Terraform gives job and function, and where the laptop's services are."""
    every = laptop.cloud.environment
    emulators = ("BIGQUERY_", "PUBSUB_", "WORKFLOWS_", "GOOGLE_CLOUD_PROJECT")
    return {
        name: value
        for name, value in every.items()
        if name.startswith(("PHASE4_", *emulators)) and name != "PHASE4_CODE_VERSION"
    }


# The function from its archive


@pytest.fixture(scope="module")
def function(
    package: Path, laptop: Laptop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Started, str]]:
    """The function served from its unpacked archive by what its requirements bring."""
    place = tmp_path_factory.mktemp("function")
    source = place / "source"
    with zipfile.ZipFile(package / "function.zip") as archive:
        archive.extractall(source)
    programs = fresh_environment(place / "venv", "-r", "requirements.txt", cwd=source)
    port = free_port()
    command = [str(programs / "functions-framework"), "--target", "validate"]
    command += ["--host", HOST, "--port", str(port)]
    started = serve("function", command, port, reachable(laptop), source)
    try:
        yield started, f"http://{HOST}:{port}/projects/p/topics/phase4-backfill-events"
    finally:
        stop([started.process.pid])


def push(address: str, body: bytes, message_id: str) -> httpx.Response:
    """One push of Pub/Sub, as the service sends it."""
    message = {"data": base64.b64encode(body).decode(), "messageId": message_id, "attributes": {}}
    envelope = {"message": message, "subscription": "projects/p/subscriptions/s"}
    return httpx.post(address, json=envelope, timeout=120)


def entries(text: str, resource: dict[str, Any]) -> list[dict[str, Any]]:
    """The structured lines of an output."""
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return [log_entry(line, resource) for line in lines]


def requested(event_id: str) -> ValidationRequested:
    """Somebody asks for a snapshot of one date."""
    return ValidationRequested(
        event_id=event_id,
        run_id="deployed-shape",
        occurred_at=datetime.now(UTC),
        start_date=DAY,
        end_date=DAY,
    )


def test_the_archive_answers_an_event_with_a_snapshot(
    function: tuple[Started, str], laptop: Laptop
) -> None:
    started, address = function
    assert push(address, requested("from-the-archive").data(), "m-1").is_success
    (snapshot,) = laptop.snapshots("deployed-shape")
    assert snapshot["event_id"] == "from-the-archive"
    logged = [
        e
        for e in entries(started.log.read_text(), FUNCTION)
        if matches(metric_filter("coverage_pct"), e)
    ]
    assert logged[0]["jsonPayload"]["trigger"] == "manual"
    assert "coverage_pct" in logged[0]["jsonPayload"]


def test_what_the_archive_refuses_for_good_is_counted(function: tuple[Started, str]) -> None:
    started, address = function
    assert push(address, b"not an event", "m-2").is_success
    logged = entries(started.log.read_text(), FUNCTION)
    assert [entry for entry in logged if matches(metric_filter("rejected_events"), entry)]


def test_the_archive_says_the_revision_that_terraform_gives_it() -> None:
    (deployed,) = of_type("google_cloudfunctions2_function")
    (service,) = deployed.body["service_config"]
    assert service["environment_variables"] == "${local.environment}"


# The job as its image


@pytest.fixture(scope="module")
def contained(package: Path) -> Iterator[Contained]:
    """The image's virtual environment, where every user can read it."""
    if lacking := image.missing():
        pytest.skip(lacking)
    with tempfile.TemporaryDirectory(prefix="phase4-image-") as name:
        Path(name).chmod(0o755)
        (wheel,) = package.glob("phase4-*.whl")
        locked = ROOT / "requirements" / "job.txt"
        programs = fresh_environment(
            Path(name) / "venv", "--require-hashes", "-r", str(locked), cwd=ROOT
        )
        install(programs, "--no-deps", str(wheel), cwd=ROOT)
        # Compiled here: an image is read-only.
        subprocess.run([programs / "python", "-c", "import jobs.precompute.main"], check=True)
        image.move_python(programs.parent)
        yield Contained(programs.parent, BUILT)


@contextmanager
def opened(laptop: Laptop, run_id: str) -> Iterator[dict[str, str]]:
    """A run over one date, opened and planned by the routines of the workflow: its task."""
    request = json.dumps({
        "tables": [DEFAULT.name], "first_wave": 0, "start_date": str(DAY), "end_date": str(DAY),
        "dates": [], "tasks": 1, "canary_dates": 0,
        "validate_every": 50, "states": ["MISSING"], "force": True, "dry_run": False,
        "stale_history_days": 45, "bootstrap_days": 14,
        "target_table": laptop.cloud.settings.target_table,
        "execution": "", "trigger": "manual", "owner": "", "purpose": "",
        "code_version": BUILT,
    })  # fmt: skip
    call = "CALL nba_ops.open_run(@run_id, @request, '', '', 900)"
    (lock,) = laptop.sql(call, run_id=run_id, request=request)
    assert str(lock["acquired"]).lower() == "true", lock
    laptop.sql("CALL nba_ops.plan_backfill(@run_id, @request)", run_id=run_id, request=request)
    try:
        yield task(laptop, run_id)
    finally:
        laptop.sql("CALL nba_ops.close_run(@run_id, 'SUCCEEDED', '', '{}')", run_id=run_id)


def task(laptop: Laptop, run_id: str) -> dict[str, str]:
    """The variables of the only task of a plan."""
    (planned,) = [row for row in laptop.plan(run_id) if row["action"] == "PLANNED"]
    return {
        **reachable(laptop),
        "PHASE4_RUN_ID": run_id,
        "PHASE4_WAVE": str(planned["wave"]),
        "CLOUD_RUN_TASK_INDEX": str(planned["task"]),
        "CLOUD_RUN_TASK_ATTEMPT": "0",
        "CLOUD_RUN_EXECUTION": f"{run_id}-execution",
    }


def test_the_image_starts_what_the_laptop_starts(laptop: Laptop) -> None:
    settings = laptop.cloud.settings
    place = f"{settings.place}/jobs/{settings.job}"
    job = httpx.get(f"http://{HOST}:{laptop.cloud.ports.run}/v2/{place}", timeout=30).json()
    template = job["template"]["template"]
    command = template["containers"][0]["command"]
    assert image.entrypoint()[1:] == command[1:]
    assert template["maxRetries"] == text_number("max_retries")
    assert template["timeout"] == f"{text_number('timeout_seconds')}s"
    assert job["template"]["taskCount"] == 1
    assert "parallelism" not in job["template"]


def text_number(option: str) -> int:
    """The default of an option of the variable `job`."""
    text = (ROOT / "terraform/variables_system.tf").read_text()
    found = re.search(rf"{option}\s+= optional\(number, (\d+)\)", text)
    assert found
    return int(found[1])


def test_the_image_runs_as_nobody_and_can_write_to_tmp_alone(contained: Contained) -> None:
    script = (
        "import os, pathlib, tempfile\n"
        "print(os.getuid(), os.getgid())\n"
        "tempfile.TemporaryFile().write(b'x')\n"
        "for place in ('/', '/mnt', '/var/tmp', '/dev/shm/..'):\n"
        "    try: pathlib.Path(place, 'written').write_text('x')\n"
        "    except OSError as error: print(type(error).__name__)\n"
    )
    done = contained.run({}, ["python", "-c", script])
    assert done.returncode == 0, done.stderr
    first, *refused = done.stdout.splitlines()
    assert first == f"{image.user()} {image.user()}"
    assert image.user() != "0"
    assert len(refused) == 4


def test_a_shard_is_filled_by_the_image(contained: Contained, laptop: Laptop) -> None:
    with opened(laptop, "from-the-image") as variables:
        done = contained.run(variables)
    assert done.returncode == 0, done.stdout + done.stderr
    (outcome,) = laptop.outcomes("from-the-image")
    assert outcome["status"] == "PUBLISHED"
    rows = laptop.sql(
        "SELECT DISTINCT run_id, code_version FROM nba_precompute.player_composite_factors"
        " WHERE game_date = @day",
        day=DAY,
    )
    assert rows == [{"run_id": "from-the-image", "code_version": BUILT}]


def test_a_filled_shard_counts_no_failed_date(contained: Contained, laptop: Laptop) -> None:
    with opened(laptop, "once-more") as variables:
        done = contained.run(variables)
    (ended,) = [
        e for e in entries(done.stdout, JOB) if e["jsonPayload"].get("event") == "table_finished"
    ]
    assert not matches(metric_filter("failed_dates"), ended)
    assert not matches(metric_filter("failed_tasks"), ended)


def test_a_date_that_fails_is_counted(contained: Contained, laptop: Laptop) -> None:
    laptop.sql(
        "DELETE FROM nba_precompute.player_composite_factors WHERE game_date = @day", day=DAY
    )
    laptop.arm("bigquery", on="load", contains="player_composite_factors", action="error",
               status=400, reason="invalid", count=0)  # fmt: skip
    try:
        with opened(laptop, "that-fails") as variables:
            done = contained.run(variables)
    finally:
        laptop.disarm()
    assert done.returncode == 1, done.stdout + done.stderr
    logged = entries(done.stdout, JOB)
    counted = [
        entry["jsonPayload"] for entry in logged if matches(metric_filter("failed_dates"), entry)
    ]
    assert [(line["table"], line["failed"]) for line in counted] == [
        ("player_composite_factors", 1)
    ]
    assert [entry for entry in logged if matches(metric_filter("failed_tasks"), entry)]


def test_the_image_needs_no_variable_that_terraform_does_not_set(laptop: Laptop) -> None:
    given = {name for name in reachable(laptop) if name.startswith("PHASE4_")}
    settings = {f"PHASE4_{name.upper()}" for name in local_values()["settings"]}
    # The service is as slow as it is.
    assert given - {"PHASE4_TIME_SCALE"} == settings - {"PHASE4_CODE_VERSION"}
