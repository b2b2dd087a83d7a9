"""How many steps an execution of the backfill takes."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from laptop.ports import HOST
from laptop.workflows.calls import Surroundings, load
from laptop.workflows.language.errors import WorkflowError
from laptop.workflows.language.interpreter import MAX_STEPS, Interpreter
from sample.endpoints import workflow_environment
from tests.laptop import Laptop

BACKFILL = Path(__file__).parents[2] / "workflows" / "phase4-backfill.yaml"
# Waves that are allowed, looks for one snapshot until patience ends, and steps of a look.
WAVES, LOOKS, LOOK = 100, 42, 20
pytestmark = pytest.mark.slow


def surroundings(laptop: Laptop, **host: Any) -> Surroundings:
    """What an execution on the laptop has around it."""
    settings, ports = laptop.cloud.settings, laptop.cloud.ports
    return Surroundings(
        environment={
            **workflow_environment(settings),
            "GOOGLE_CLOUD_PROJECT_ID": settings.project,
            "GOOGLE_CLOUD_LOCATION": settings.location,
            "GOOGLE_CLOUD_WORKFLOW_ID": "phase4-backfill",
            "GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID": str(uuid.uuid4()),
        },
        endpoints={
            "bigquery": f"http://{HOST}:{ports.bigquery}",
            "run": f"http://{HOST}:{ports.run}",
            "pubsub": f"http://{HOST}:{ports.pubsub_rest}",
            "workflowexecutions": f"http://{HOST}:{ports.workflows}",
        },
        **host,
    )


def steps_of(laptop: Laptop, last: str) -> tuple[int, int, int]:
    """Steps, waves and further looks of an execution; its tasks refuse it as nobody started it."""
    entered: list[str] = []
    definition = load(BACKFILL.read_text())
    host = surroundings(laptop, progress=lambda stack: entered.append(stack[-1][1]))
    argument = {"start_date": "2025-11-05", "end_date": last, "validate_every": 1,
                "canary_dates": 0, "force": True, "max_failure_rate": 1}  # fmt: skip
    with pytest.raises(WorkflowError) as failed:
        Interpreter(definition, host).run(argument)
    summary = failed.value.value["summary"]
    return len(entered), summary["waves_run"], entered.count("slow_down")


def test_as_many_waves_as_are_allowed_stay_under_the_steps_that_are_allowed(
    laptop: Laptop,
) -> None:
    few, some = (steps_of(laptop, last) for last in ("2025-11-05", "2025-11-07"))
    waves, looks = some[1] - few[1], some[2] - few[2]
    assert waves >= 2
    wave = (some[0] - few[0] - LOOK * looks) / waves
    assert few[0] + WAVES * (wave + LOOK * LOOKS) < MAX_STEPS
