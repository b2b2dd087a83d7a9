"""Figures that a page repeats are those of their one place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from laptop.bigquery import engine, images, read_sessions, statements
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import CONCURRENT_LOADS
from phase4.tables.arguments import BACKFILL
from phase4.tables.calendar import bootstrap_days
from phase4.tables.cost_model import staffing
from phase4.tables.readiness import READINESS
from phase4.tables.thresholds import METRICS, THRESHOLDS
from tests.docs.pages import ROOT

MIB, GIB = 2**20, 2**30
TASKS = staffing().most_tasks
WORKFLOW = yaml.load((ROOT / "workflows" / "phase4-backfill.yaml").read_text(), yaml.CSafeLoader)
LARGEST = {
    name: value
    for entry in WORKFLOW["check_limits"]["steps"][0]["largest"]["assign"]
    for name, value in entry.items()
}
COVERAGE = METRICS["l4_coverage_pct"]
DEFAULTED = THRESHOLDS["ml_readiness"]["training_defaulted_below_pct"]
HISTORY_DAYS = BACKFILL["stale_history_days"].default
SENTENCES = (
    ("README.md", f"only when {READINESS['minimum_pct']} % of the team-games"),
    ("README.md", f"more than {100 * BACKFILL['max_failure_rate'].default:g} % of its dates"),
    (
        "docs/architecture.md",
        f"more than {LARGEST['named']} named dates or {LARGEST['dates']:,} dates",
    ),
    (
        "docs/training.md",
        f"{DEFAULTED} % of the rows have a default",
    ),
    ("docs/architecture.md", f"bootstrap ({bootstrap_days()} days from the opener)"),
    ("docs/architecture.md", f"under {THRESHOLDS['l3_quality_pct']} % of active rows"),
    ("docs/architecture.md", f"under {READINESS['minimum_pct']} % of the team-games"),
    ("docs/architecture.md", f"of {HISTORY_DAYS} days behind it"),
    ("docs/architecture.md", f"more than {READINESS['last_known_days']} days older"),
    ("docs/operations.md", f"at most {TASKS * CONCURRENT_LOADS} load jobs at once ({TASKS} tasks"),
    ("docs/operations.md", f"({Settings('a-project').maximum_bytes_billed // GIB} GiB)"),
    ("docs/operations.md", f"finished runs and health looks < {COVERAGE.minimum:g} %"),
    ("docs/performance.md", f"images of the past {images.KEPT_BYTES // MIB} MiB"),
    ("docs/performance.md", f"Read sessions {read_sessions.KEPT_BYTES // MIB} MiB"),
    ("docs/performance.md", f"{statements.REMEMBERED} remembered statements"),
    ("docs/performance.md", f"after {engine.CHECKPOINT_BYTES // MIB} MiB of them"),
)


@pytest.mark.parametrize(("page", "sentence"), SENTENCES)
def test_a_page_repeats_the_figure_of_its_place(page: str, sentence: str) -> None:
    assert sentence in " ".join(Path(ROOT / page).read_text().split())
