"""What waits for the validator waits longer than what it waits for."""

from __future__ import annotations

import re

import pytest

from tests.terraform.configuration import ROOT, local_values

TEXT = (ROOT / "terraform/variables_system.tf").read_text()


def default(name: str) -> int:
    """The default of a number of an object variable."""
    found = re.search(rf"\b{name}\s*=\s*optional\(number, (\d+)\)", TEXT.split(_variable(name))[1])
    assert found
    return int(found[1])


def _variable(name: str) -> str:
    owner = {"deadline_seconds": "limits", "timeout_seconds": "validator"}
    return f'variable "{owner.get(name, "workflow_tuning")}"'


def test_each_deadline_is_shorter_than_the_wait_for_it() -> None:
    ack = local_values()["ack_seconds"]
    order = [
        default("deadline_seconds"),
        default("timeout_seconds"),
        ack,
        default("snapshot_seconds"),
    ]
    assert order == sorted(set(order))
    assert ack <= 600, "Pub/Sub waits for an acknowledgement no longer"


@pytest.mark.parametrize(
    "condition",
    [
        "var.validator.timeout_seconds > var.limits.deadline_seconds",
        "var.validator.timeout_seconds < local.ack_seconds",
        "var.workflow_tuning.snapshot_seconds > local.ack_seconds",
    ],
)
def test_other_values_are_held_in_the_same_order(condition: str) -> None:
    assert condition in TEXT
