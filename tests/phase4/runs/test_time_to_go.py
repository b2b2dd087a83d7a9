"""The time to go, held against what recorded runs still took."""

from __future__ import annotations

import pytest

from tests.phase4.runs.recorded import Look, Recorded, recorded

RUN = recorded("reference_run")
TOLERANCE = 0.20


def looks_from_a_quarter_on(run: Recorded) -> list[Look]:
    """Those at which a quarter of the dates was done and some were left."""
    return [look for look in run.looks if look.planned / 4 <= look.recorded < look.planned]


def test_the_run_was_looked_at_often_enough() -> None:
    assert len(looks_from_a_quarter_on(RUN)) >= 10


@pytest.mark.parametrize(
    "look", looks_from_a_quarter_on(RUN), ids=lambda look: f"{look.recorded} of {look.planned}"
)
def test_from_a_quarter_of_the_dates_on_it_is_right_within_a_fifth(look: Look) -> None:
    assert look.seconds_to_go == pytest.approx(RUN.left(look), rel=TOLERANCE)
