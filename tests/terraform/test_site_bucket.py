"""The bucket of the site: closed to the public, in the region, and not for ever."""

from __future__ import annotations

from tests.terraform.configuration import nested, of_type, text_of

(BUCKET,) = [one.body for one in of_type("google_storage_bucket") if one.name == "site"]


def test_the_public_has_no_way_in() -> None:
    assert BUCKET["public_access_prevention"] == "enforced"
    assert BUCKET["uniform_bucket_level_access"] is True
    assert BUCKET["location"] == "${var.location}"


def test_what_was_shown_before_is_kept_a_while_and_reports_longer() -> None:
    (versioning,) = nested(BUCKET, "versioning")
    assert versioning["enabled"] is True
    rules = [nested(rule, "condition")[0] for rule in nested(BUCKET, "lifecycle_rule")]
    assert {"days_since_noncurrent_time": 30, "with_state": "ARCHIVED"} in rules
    assert {"age": 400, "matches_prefix": ["runs/"]} in rules


def test_every_policy_leads_to_the_address_that_the_validator_tells() -> None:
    for policy in of_type("google_monitoring_alert_policy"):
        (documentation,) = nested(policy.body, "documentation")
        assert "local.to_site" in documentation["content"] or "to_site" in text_of(
            documentation["content"]
        ), policy.address
