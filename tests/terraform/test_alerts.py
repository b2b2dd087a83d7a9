"""Alerts reach somebody, and their filters match what the code writes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.precompute.main import main as run_task
from phase4.cloud.settings import Settings
from phase4.tables.thresholds import METRICS
from phase4.validation.channels import LogChannel, Notice, WebhookChannel, deliver
from tests.terraform.configuration import (
    ROOT,
    local_values,
    nested,
    of_type,
    resources,
    text_of,
)
from tests.terraform.log_filters import FUNCTION, log_entry, matches, metric_filter, parse

POLICIES = of_type("google_monitoring_alert_policy")
METRIC = re.compile(r'metric\.type="logging\.googleapis\.com/user/([^"]+)"')
JOB = {"type": "cloud_run_job", "labels": {"job_name": Settings(project="demo-project").job}}
NOTICE = Notice(
    alert_key="season 2024-25 l4_coverage_pct",
    scope="season 2024-25",
    metric="l4_coverage_pct",
    transition="OPENED",
    severity="critical",
    opened_at=datetime(2026, 1, 5, tzinfo=UTC),
    value=17.6,
    threshold=80.0,
    message="coverage 17.6 % is below 80 %",
    fix="phase4 run",
    run_id="run-1",
)


def told() -> dict[str, Any]:
    """The condition of the policy that passes on the validator's alerts."""
    (policy,) = [one for one in POLICIES if one.name == "told"]
    (condition,) = nested(policy.body, "conditions")
    (matched,) = nested(condition, "condition_matched_log")
    return matched


def told_filter() -> str:
    """Its filter as Cloud Logging gets it."""
    return text_of(told()["filter"])


def told_labels() -> dict[str, str]:
    """The fields of the line that its labels are taken from."""
    return {
        name: extractor.removeprefix("EXTRACT(").removesuffix(")")
        for name, extractor in told()["label_extractors"].items()
    }


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.address)
def test_every_policy_has_a_channel(policy: Any) -> None:
    assert "google_monitoring_notification_channel.email" in policy.body["notification_channels"]


def test_there_is_always_a_channel() -> None:
    (channel,) = of_type("google_monitoring_notification_channel")
    assert channel.body["for_each"] == "${var.notification_emails}"


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.address)
def test_every_policy_says_what_to_do(policy: Any) -> None:
    (documentation,) = nested(policy.body, "documentation")
    assert len(documentation["content"]) > 10


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.address)
def test_missing_data_is_judged_only_over_a_duration(policy: Any) -> None:
    for condition in nested(policy.body, "conditions"):
        for threshold in nested(condition, "condition_threshold"):
            assert ("evaluation_missing_data" in threshold) <= (threshold["duration"] != "0s")


def test_a_policy_on_log_lines_has_its_rate_limit() -> None:
    (policy,) = [one for one in POLICIES if one.name == "told"]
    (strategy,) = nested(policy.body, "alert_strategy")
    assert nested(strategy, "notification_rate_limit")


def test_policies_and_charts_look_at_metrics_that_exist() -> None:
    texts = [
        text_of(entry["filter"])
        for name in ("threshold_alerts", "charts")
        for entry in local_values()[name].values()
    ]
    used = {name for text in texts for name in METRIC.findall(text)}
    made = {f"phase4/{name}" for name in local_values()["log_metrics"]}
    assert used == made


def test_coverage_alarms_below_the_minimum_that_the_validator_uses() -> None:
    alert = local_values()["threshold_alerts"]["coverage-below-minimum"]
    assert alert["comparison"] == "COMPARISON_LT"
    path = str(alert["threshold"]).strip("${}").split(".")[2:]
    value: Any = json.loads(_thresholds())
    for step in path:
        value = value[step]
    assert value == METRICS["l4_coverage_pct"].minimum


def test_only_the_one_log_policy_waits_to_be_closed() -> None:
    kinds = {
        policy.name: {name for condition in nested(policy.body, "conditions") for name in condition}
        for policy in POLICIES
    }
    assert [name for name, kind in kinds.items() if "condition_matched_log" in kind] == ["told"]


def test_absence_is_not_asked_for_longer_than_it_reaches_back() -> None:
    (policy,) = [one for one in POLICIES if one.name == "silent"]
    (condition,) = nested(policy.body, "conditions")
    (absent,) = nested(condition, "condition_absent")
    assert int(absent["duration"].rstrip("s")) <= 23.5 * 3600


def test_the_alert_line_matches_its_policy(capsys: pytest.CaptureFixture[str]) -> None:
    LogChannel().send(NOTICE)
    entry = log_entry(capsys.readouterr().out, FUNCTION)
    assert matches(told_filter(), entry)
    for path in told_labels().values():
        value: object = entry
        for step in path.split("."):
            assert isinstance(value, dict)
            value = value[step]


def test_an_alert_that_no_channel_took_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    deliver(NOTICE, [WebhookChannel("http://127.0.0.1:9/closed")])
    entry = log_entry(capsys.readouterr().out, FUNCTION)
    assert matches(metric_filter("undelivered_alerts"), entry)
    assert "channel" in entry["labels"]


def test_a_task_that_cannot_start_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_task() == 2
    entry = log_entry(capsys.readouterr().out, JOB)
    assert matches(metric_filter("failed_tasks"), entry)


def test_a_line_of_another_service_matches_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    LogChannel().send(NOTICE)
    other = {"type": "cloud_run_revision", "labels": {"service_name": "somebody-else"}}
    entry = log_entry(capsys.readouterr().out, other)
    filters = [metric_filter(name) for name in local_values()["log_metrics"]]
    assert not [text for text in [told_filter(), *filters] if matches(text, entry)]


def test_every_filter_is_of_the_language_that_these_tests_read() -> None:
    for name in local_values()["log_metrics"]:
        assert parse(metric_filter(name))


def test_extracted_figures_come_as_distributions() -> None:
    (metric,) = of_type("google_logging_metric")
    (descriptor,) = nested(metric.body, "metric_descriptor")
    assert "DISTRIBUTION" in descriptor["value_type"]
    values = [entry["value"] for entry in local_values()["log_metrics"].values() if entry["value"]]
    assert all(re.fullmatch(r"EXTRACT\(jsonPayload\.\w+\)", value) for value in values)


def _thresholds() -> str:
    source = local_values()["thresholds"]
    assert "phase4/tables/thresholds.json" in source
    from tests.terraform.configuration import ROOT

    return (ROOT / "phase4/tables/thresholds.json").read_text()


def test_no_other_resource_reads_the_log() -> None:
    readers = {one.type for one in resources() if "jsonPayload" in str(one.body)}
    assert readers == {"google_monitoring_alert_policy"}


def test_every_label_of_a_metric_has_its_field_and_every_field_its_label() -> None:
    used = {
        label for metric in local_values()["log_metrics"].values() for label in metric["labels"]
    }
    assert used == set(local_values()["label_fields"])


def test_charts_and_policies_are_grouped_by_labels_that_the_metric_has() -> None:
    metrics = local_values()["log_metrics"]
    grouped = [
        (METRIC.findall(text_of(entry["filter"]))[0].removeprefix("phase4/"), entry["by"])
        for name in ("threshold_alerts", "charts")
        for entry in local_values()[name].values()
        if entry.get("by")
    ]
    assert {metric for metric, _ in grouped} == {"table_coverage_pct", "failed_dates"}
    for metric, fields in grouped:
        assert {field.removeprefix("metric.label.") for field in fields} <= set(
            metrics[metric]["labels"]
        )


def test_the_page_for_operators_names_every_policy_of_a_threshold() -> None:
    page = (ROOT / "docs/operations.md").read_text()
    titles = [one["title"] for one in local_values()["threshold_alerts"].values()]
    for title in (*titles, "Coverage of NAME below its minimum"):
        assert f"\n| {title} |" in page, title
