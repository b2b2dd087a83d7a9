"""The configuration, applied to a laptop cloud by Terraform where its providers can be had."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from laptop.endpoints import terraform_environment
from laptop.ports import Ports, free_port
from laptop.service import Service, stop
from phase4.cloud.warehouse import connect
from release.configuration import Configuration, NoProviders
from release.kept import ARCHIVE, ROUTINES, VARIABLES, write_kept
from release.routine_templates import STAGES, write_templates
from release.wheel import ROOT
from sample import cloud as clouds
from sample.environment import create_topics
from sample.league import sample_league
from sample.league.upload import upload
from tests.laptop import Laptop

CODE_VERSION = "abc1234"
# Every other resource needs an endpoint that the laptop has not: docs/terraform.md.
TARGETS = (
    "google_bigquery_dataset.this",
    "google_bigquery_table.ops",
    "google_bigquery_table.view",
    *(f"google_bigquery_routine.stage_{stage}" for stage in range(1, STAGES + 1)),
    "google_pubsub_schema.event",
    "google_pubsub_topic.this",
    "google_pubsub_subscription.audit",
    "google_pubsub_subscription.reader",
    "google_workflows_workflow.this",
    "google_cloud_run_v2_job.precompute",
    "google_storage_bucket.site",
    "google_storage_bucket_iam_member.reader",
)
ENVIRONMENT = {
    "project": clouds.PROJECT,
    "environment": "dev",
    "state_bucket": "any-state",
    "notification_emails": ["team@example.com"],
    "tables": {"roster": "nba_analytics.player_birthdates"},
    "site": {"readers": ["group:team@example.com"]},
    "waits": {"metrics_seconds": 0, "grants_seconds": 0},
}
RELEASE = {
    "image": f"us-west2-docker.pkg.dev/p/phase4-images/precompute@sha256:{'0' * 64}",
    "code_version": CODE_VERSION,
    "function_archive": f"../{ARCHIVE}",
    "routines": f"../{ROUTINES}",
}


@dataclass(frozen=True)
class Checkout:
    """A checkout with its own copy of schemas, and Terraform in it; the state is beside it."""

    root: Path
    configuration: Configuration
    endpoints: dict[str, str]

    @classmethod
    def made(cls, root: Path, endpoints: dict[str, str], state: Path) -> Checkout:
        """A checkout without a release; skips the test where there are no providers."""
        configuration = Configuration.copied(root)
        (root / "phase4").unlink()
        shutil.copytree(ROOT / "phase4", root / "phase4")
        backend = f'terraform {{\n  backend "local" {{\n    path = "{state}"\n  }}\n}}\n'
        (configuration.folder / "backend_override.tf").write_text(backend)
        given = configuration.folder / "given.auto.tfvars.json"
        given.write_text(json.dumps(ENVIRONMENT))
        try:
            configuration.initialise()
        except NoProviders as reason:
            pytest.skip(str(reason))
        return cls(root, configuration, endpoints)

    def release(self) -> None:
        """Makes the release of this checkout."""
        write_templates(self.root / ROUTINES)
        (self.root / ARCHIVE).write_text("archive")
        (self.root / VARIABLES).write_text(json.dumps({"release": RELEASE}))

    def keep(self, target: Path) -> None:
        """Packs the release as the pipeline keeps it."""
        write_kept(target, self.root)

    def terraform(self, *words: str, targets: tuple[str, ...] = TARGETS) -> Any:
        """Runs `plan` or `apply` on what the laptop has endpoints for."""
        chosen = [f"-target={target}" for target in targets]
        return self.configuration.terraform(*words, *chosen, **self.endpoints)

    def plan(self, *targets: str) -> dict[str, Any]:
        """The plan as JSON; fails with Terraform's words when there is none."""
        done = self.terraform("plan", "-out=any.plan", targets=targets or TARGETS)
        assert done.returncode == 0, done.stderr
        shown = self.configuration.terraform("show", "-json", "any.plan", **self.endpoints)
        plan: dict[str, Any] = json.loads(shown.stdout)
        return plan

    def changes(self, *targets: str) -> dict[str, list[str]]:
        """What the plan changes, and how."""
        return {
            change["address"]: change["change"]["actions"]
            for change in self.plan(*targets).get("resource_changes", [])
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }


@contextmanager
def empty_cloud(folder: Path) -> Iterator[tuple[Laptop, dict[str, str]]]:
    """A laptop cloud with a league and nothing deployed, and where Terraform finds it."""
    folder.mkdir()
    settings = clouds.local_settings(CODE_VERSION)
    cloud = clouds.start(folder, Ports.free(), settings)
    port = free_port()
    command = [sys.executable, "-m", "laptop.project", "--port", str(port)]
    project = Service("project", command, port).start({}, folder / "logs")
    try:
        project.wait_until_ready()
        with pytest.MonkeyPatch.context() as environment:
            for name, value in cloud.environment.items():
                environment.setenv(name, value)
            upload(sample_league(), connect(settings), settings)
            yield Laptop(cloud), terraform_environment(cloud.ports, port)
    finally:
        stop([project.process.pid])
        cloud.stop()


def subscribe_validator(laptop: Laptop) -> None:
    """The one subscription that needs the function: it is served here, and not deployed."""
    create_topics(laptop.cloud.settings, laptop.cloud.ports)
