"""A plan that destroys what holds history or is in use is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from release.__main__ import app
from release.plan_review import HELD, destructions

TABLE = 'google_bigquery_table.ops["runs"]'


def change(address: str, *actions: str, because: str = "") -> dict[str, Any]:
    """One entry of `resource_changes`, as Terraform writes it."""
    kind, _, name = address.partition("[")[0].partition(".")
    paths = {"replace_paths": [[because]]} if because else {}
    return {
        "address": address,
        "type": kind,
        "name": name,
        "change": {"actions": list(actions), **paths},
    }


def review(plan: Path, *options: str) -> tuple[int, str]:
    """What the command answers."""
    done = CliRunner().invoke(app, ["review", str(plan), *options])
    return done.exit_code, done.output


@pytest.mark.parametrize("kind", sorted(HELD))
def test_what_is_destroyed_or_made_anew_is_named(kind: str) -> None:
    gone, anew = change(f"{kind}.gone", "delete"), change(f"{kind}.anew", "delete", "create")
    found = destructions({"resource_changes": [gone, anew]})
    assert [(one.address, one.replaced) for one in found] == [
        (f"{kind}.gone", False),
        (f"{kind}.anew", True),
    ]


def test_what_is_made_or_changed_in_its_place_passes() -> None:
    kept = [change(TABLE, *actions) for actions in (["create"], ["update"], ["no-op"], ["read"])]
    assert destructions({"resource_changes": kept}) == []


def test_views_waits_and_archives_may_go() -> None:
    """They hold nothing, or are named by their content."""
    passing = ['google_bigquery_table.view["seasons"]', "time_sleep.metrics",
               "google_storage_bucket_object.function[0]"]  # fmt: skip
    changes = [change(address, "delete", "create") for address in passing]
    assert destructions({"resource_changes": changes}) == []


def test_the_line_says_what_changes_and_what_to_do(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    made_anew = change(TABLE, "delete", "create", because="schema")
    plan.write_text(json.dumps({"resource_changes": [made_anew]}))
    assert review(plan) == (
        1,
        f"{TABLE} would be made anew, because schema changes:"
        " migrate as docs/operations.md says, or allow it by name\n",
    )


def test_only_what_is_allowed_by_name_goes(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    other = "google_pubsub_subscription.audit"
    changes = [change(TABLE, "delete"), change(other, "delete")]
    plan.write_text(json.dumps({"resource_changes": changes}))
    assert review(plan, f"--allow={TABLE}")[0] == 1
    assert review(plan, f"--allow={TABLE},{other}")[0] == 0
    assert review(plan, f"--allow={TABLE}, {other}")[0] == 0


def test_an_empty_plan_passes(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text("{}")
    assert review(plan, "--allow=")[0] == 0
