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
from phase4.tables.filled import STAGES
from sample.endpoints import workflow_environment
from tests.laptop import Laptop

BACKFILL = Path(__file__).parents[2] / "workflows" / "phase4-backfill.yaml"
# Looks for one snapshot until patience ends, and steps of a look.
LOOKS, LOOK = 42, 20
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


def test_a_run_of_all_tables_stays_far_under_the_steps_that_are_allowed(laptop: Laptop) -> None:
    """Its stages have a canary and one more wave each; tasks refuse it as nobody started it."""
    entered: list[str] = []
    definition = load(BACKFILL.read_text())
    host = surroundings(laptop, progress=lambda stack: entered.append(stack[-1][1]))
    argument = {"start_date": "2025-11-05", "end_date": "2025-11-20", "canary_dates": 0,
                "force": True, "max_failure_rate": 1}  # fmt: skip
    with pytest.raises(WorkflowError):
        Interpreter(definition, host).run(argument)
    waves, snapshots = 2 * len(STAGES), 2 * len(STAGES) + 1
    assert entered.count("read_ledger") == 1
    assert waves * len(entered) + snapshots * LOOK * LOOKS < MAX_STEPS / 2
