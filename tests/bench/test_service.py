"""What is said of a run on the service by the model."""

from __future__ import annotations

from dataclasses import asdict

from bench.service import Modelled, section

RUN = Modelled(
    what="reference case", scale=0.5, dates=234, minutes=4.8, forecast_minutes=5.0,
    first_snapshot_minutes=1.8, executions=2, tasks=5, billed_task_minutes=5.7,
    task_dollars=0.0164, load_jobs=264, bigquery_peak_mb=470, machine_load=1.2,
)  # fmt: skip


def test_the_scale_stands_in_the_table_of_the_figures_that_were_taken_at_it() -> None:
    lines = section([asdict(RUN), asdict(RUN)])
    assert "| scale | 0.5 | 0.5 |" in lines
    assert "| minutes (target 5 / 8) | 4.8 | 4.8 |" in lines


def test_every_figure_has_a_line() -> None:
    rows = [line for line in section([asdict(RUN)]) if line.startswith("| ")]
    # The head of the table names the run.
    assert len(rows) == len(asdict(RUN))
