"""A fresh project: what Google accepts only after something else, waits for it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from phase4.tables.catalog import TABLES
from tests.terraform.configuration import (
    TERRAFORM,
    blocks,
    local_values,
    nested,
    of_type,
    variables,
)
from tests.terraform.evaluation import Evaluation, prepare
from tests.terraform.test_evaluated_locals import GIVEN, release

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="terraform is not here"
)


def one(kind: str, name: str) -> dict[str, object]:
    """The body of one resource."""
    (body,) = [resource.body for resource in of_type(kind) if resource.name == name]
    return body


def data(kind: str) -> dict[str, dict[str, object]]:
    """The data sources of a kind by name."""
    return {name: body for block in blocks("data") for name, body in block.get(kind, {}).items()}


def test_a_policy_on_a_metric_of_ours_waits_until_the_metric_is_known() -> None:
    policies = {policy.name: policy.body for policy in of_type("google_monitoring_alert_policy")}
    on_metrics = [name for name, body in policies.items() if "threshold" in name]
    assert on_metrics == ["threshold"]
    assert policies["threshold"]["depends_on"] == ["${time_sleep.metrics}"]


def test_the_wait_for_metrics_begins_anew_with_each_new_metric() -> None:
    wait = one("time_sleep", "metrics")
    assert wait["create_duration"] == "${var.waits.metrics_seconds}s"
    triggers = "${{for name, metric in google_logging_metric.this : name => metric.id}}"
    assert re.sub(r"\s+", "", str(wait["triggers"])) == re.sub(r"\s+", "", triggers)


def test_the_audit_waits_until_the_grant_of_pubsub_holds() -> None:
    audit = one("google_pubsub_subscription", "audit")
    assert audit["depends_on"] == ["${time_sleep.pubsub_agent}"]
    wait = one("time_sleep", "pubsub_agent")
    assert "google_bigquery_table_iam_member.grant" in str(wait["triggers"])
    assert "pubsub-agent" in str(wait["triggers"])


def test_waits_are_as_long_as_the_services_say() -> None:
    text = str(variables()["waits"]["type"])
    metrics, grants = (int(number) for number in re.findall(r"number, (\d+)", text))
    assert metrics == 600, "up to ten minutes"
    assert 90 <= grants <= 120


def test_the_agent_of_pubsub_is_made_before_anything_is_granted_to_it() -> None:
    (identity,) = of_type("google_project_service_identity")
    assert identity.body["service"] == "pubsub.googleapis.com"
    assert identity.body["provider"] == "google-beta"
    assert "google_project_service_identity.pubsub.member" in str(local_values()["member"])
    assert "gcp-sa-pubsub" not in "".join(path.read_text() for path in TERRAFORM.glob("*.tf"))


def test_what_names_the_leagues_tables_waits_until_they_were_seen() -> None:
    seen = "${data.google_bigquery_tables.expected}"
    for kind, name in (
        ("google_bigquery_table_iam_member", "grant"),
        ("google_bigquery_table", "view"),
    ):
        waits = one(kind, name)["depends_on"]
        assert isinstance(waits, list)
        assert {seen, "${google_bigquery_table.source}"} <= set(waits)
    assert one("google_bigquery_routine", "stage_1")["depends_on"] == [
        "${google_bigquery_table.view}"
    ]


def test_a_missing_table_is_told_in_a_sentence_with_the_next_step() -> None:
    (lifecycle,) = nested(data("google_bigquery_tables")["expected"], "lifecycle")
    for check in ("precondition", "postcondition"):
        ((condition),) = nested(lifecycle, check)
        message = str(condition["error_message"])
        assert "${each.key}" in message
        assert "create_sources = true" in message


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folder = tmp_path_factory.mktemp("sources")
    return prepare(folder / "repository", {**GIVEN, "release": release(folder)})


@needs_terraform
def test_every_table_that_is_read_and_not_made_is_expected(released: Evaluation) -> None:
    assert released.value("local.expected") == {
        "nba_analytics": [
            "team_defense_game_summary",
            "team_offense_game_summary",
            "player_game_summary",
        ],
        "nba_precompute": ["player_composite_factors"],
        "nba_raw": ["bdl_player_boxscores"],
    }


@needs_terraform
def test_nothing_is_expected_of_a_project_whose_tables_are_made_here(tmp_path: Path) -> None:
    made = {"create_sources": True, "create_target": {"dataset": True, "table": True}}
    place = prepare(tmp_path / "repository", {**GIVEN, **made, "release": release(tmp_path)})
    assert place.value("local.expected") == {}


@needs_terraform
def test_the_leagues_tables_are_those_of_the_one_list(released: Evaluation) -> None:
    league = {key for key, table in TABLES.items() if table.layer in ("raw", "analytics")}
    assert set(released.value("local.league_tables").values()) == league


def test_a_hand_apply_without_a_release_is_no_plan() -> None:
    assert "default" not in variables()["release"]
    assert variables()["initial"]["default"] is False
    first = (TERRAFORM / "env/initial.tfvars").read_text()
    assert re.findall(r"^(\w+) = (\w+)$", first, re.M) == [("initial", "true"), ("release", "null")]
