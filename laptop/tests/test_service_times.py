"""As slow as the service, at a scale: every figure has a source, and what waits can be ended."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from laptop.service_times import FIGURES, ServiceTimes
from laptop.tests.run.conftest import serving

SCALE = 0.02


def test_every_figure_is_a_range_with_its_source() -> None:
    for figure in FIGURES.values():
        low, high = figure["seconds"]
        assert 0 < low <= high
        assert figure["source"]


def test_a_laptop_waits_for_nothing() -> None:
    assert {ServiceTimes().of(what) for what in FIGURES} == {0}


def test_what_is_waited_lies_between_the_two_figures_times_the_scale() -> None:
    times = ServiceTimes(0.1)
    waited = [times.of("load") for _ in range(200)]
    assert 0.2 <= min(waited) < 0.25
    assert 0.35 < max(waited) <= 0.4


@pytest.mark.parametrize("scale", [-0.1, 1.5])
def test_a_scale_that_is_none_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match=f"scale = {scale}: expected a number from 0 to 1"):
        ServiceTimes(scale)


def test_an_execution_is_provisioned_and_its_task_started_before_anything_runs(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, "--like-production", str(SCALE)) as run:
        began = time.monotonic()
        assert run.ended(run.start(run.job("pass"))).succeeded_count == 1
        least = FIGURES["execution"]["seconds"][0] + FIGURES["task"]["seconds"][0]
        assert time.monotonic() - began >= SCALE * least


def test_an_execution_that_is_being_provisioned_can_be_cancelled(tmp_path: Path) -> None:
    with serving(tmp_path, "--like-production", "1") as run:
        began = time.monotonic()
        operation = run.start(run.job("pass"))
        run.executions.cancel_execution(name=operation.metadata.name)
        assert run.ended(operation).cancelled_count == 1
        assert time.monotonic() - began < FIGURES["execution"]["seconds"][0]
