"""What Terraform makes on the laptop stays as it is, is not destroyed by hand, and runs."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.plan_review import destructions
from tests.laptop import Laptop
from tests.terraform.applied import Checkout, empty_cloud, subscribe_validator

pytestmark = pytest.mark.slow
DAY = "2024-11-20"
RUNS = 'google_bigquery_table.ops["runs"]'
SCHEMA = "google_pubsub_schema.event"


@dataclass(frozen=True)
class Applied:
    """A laptop cloud that Terraform has deployed to, and the checkout it was deployed from."""

    laptop: Laptop
    checkout: Checkout
    folder: Path

    def another(self, name: str) -> Checkout:
        """Another checkout of the same state, without a release."""
        state = self.folder / "terraform.tfstate"
        return Checkout.made(self.folder / name, self.checkout.endpoints, state)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    folder = tmp_path_factory.mktemp("applied")
    checkout = Checkout.made(folder / "first", {}, folder / "terraform.tfstate")
    with empty_cloud(folder / "cloud") as (laptop, endpoints):
        checkout.endpoints.update(endpoints)
        checkout.release()
        done = checkout.terraform("apply", "-auto-approve")
        assert done.returncode == 0, done.stderr
        yield Applied(laptop, checkout, folder)


def test_a_second_plan_is_empty(applied: Applied) -> None:
    assert applied.checkout.changes() == {}


def test_the_workflow_that_terraform_deployed_runs(applied: Applied) -> None:
    subscribe_validator(applied.laptop)
    execution = applied.laptop.run(start_date=DAY, end_date=DAY, force=True)
    assert execution.state == "SUCCEEDED", execution.error
    (outcome,) = applied.laptop.outcomes(execution.run_id)
    assert (str(outcome["game_date"]), outcome["status"]) == (DAY, "PUBLISHED")
    applied.laptop.until(
        lambda: bool(applied.laptop.sql("SELECT message_id FROM nba_ops.events LIMIT 1"))
    )


def test_an_apply_by_hand_without_the_release_is_no_plan(applied: Applied) -> None:
    done = applied.another("forgetful").terraform("plan")
    assert done.returncode == 1
    assert 'variable "release" is not set' in done.stderr


def test_the_kept_release_is_replayed_by_hand_and_changes_nothing(applied: Applied) -> None:
    kept = applied.folder / "release.tar.gz"
    applied.checkout.keep(kept)
    replayed = applied.another("replayed")
    with tarfile.open(kept) as archive:
        archive.extractall(replayed.root, filter="data")
    assert replayed.changes() == {}


def test_a_column_that_is_added_changes_its_table_in_place(applied: Applied) -> None:
    grown = applied.another("grown")
    grown.release()
    schema = grown.root / "phase4/tables/schemas/runs.json"
    columns = json.loads(schema.read_text())
    schema.write_text(json.dumps([*columns, {"name": "added", "type": "STRING"}]))
    assert grown.changes(RUNS) == {RUNS: ["update"]}
    assert destructions(grown.plan(RUNS)) == []


@pytest.mark.parametrize("change", [{"type": "INTEGER"}, {"name": "renamed"}])
def test_a_column_that_is_changed_ends_the_plan(applied: Applied, change: dict[str, str]) -> None:
    changed = applied.another(f"changed-{next(iter(change))}")
    changed.release()
    schema = changed.root / "phase4/tables/schemas/runs.json"
    first, *others = json.loads(schema.read_text())
    schema.write_text(json.dumps([{**first, **change}, *others]))
    done = changed.terraform("plan", targets=(RUNS,))
    assert done.returncode == 1
    assert "Instance cannot be destroyed" in done.stderr
    assert RUNS in done.stderr


def test_a_field_that_is_added_to_the_events_is_a_revision(applied: Applied) -> None:
    revised = applied.another("revised")
    revised.release()
    proto = revised.configuration.folder / "event.proto"
    text = proto.read_text()
    assert text.rstrip().endswith("}")
    proto.write_text(
        text.replace("message Event {", "message Event {\n  optional string added = 99;")
    )
    assert revised.changes(SCHEMA) == {SCHEMA: ["update"]}


def test_a_table_of_the_league_that_is_missing_is_told_before_anything_is_made(
    applied: Applied,
) -> None:
    missing = applied.another("missing")
    missing.release()
    tables = json.dumps({"player": "nba_analytics.nowhere"})
    done = missing.terraform("plan", f"-var=tables={tables}")
    assert done.returncode == 1
    words = " ".join(done.stderr.replace("│", " ").split())
    assert "dataset nba_analytics of phase4-local has no nowhere" in words
    assert "create_sources = true" in words
