"""Every reason for which games can be lost has words in the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from phase4.report import losses
from phase4.report.losses import lifts_of
from phase4.tables.cures import TOLD
from phase4.tables.rows.snapshots import Loss, RunSnapshot
from phase4.tables.states import FILL, STATES
from phase4.validation.coverage import NOT_FILLED, UNATTAINABLE, UNCONFIRMED
from tests.rows import row_of

STYLE = (Path(losses.__file__).parent / "templates" / "style.css").read_text()
DAY = date(2025, 2, 20)


@pytest.mark.parametrize("reason", [*UNATTAINABLE, UNCONFIRMED, NOT_FILLED])
def test_a_loss_of_any_reason_is_explained(reason: str) -> None:
    lost = Loss(reason, games=3, dates=1, l3_games=0)
    snapshot = row_of(RunSnapshot, losses=(lost,), attainable_games=7, due_games=10)
    [lift] = lifts_of(snapshot, DAY, DAY)
    assert lift.meaning
    assert "{" not in lift.command


@pytest.mark.parametrize("reason", [*UNATTAINABLE, UNCONFIRMED, NOT_FILLED])
def test_what_a_run_can_fill_is_not_said_to_be_by_design(reason: str) -> None:
    """An alert names the command of the same loss: the page of the run must not deny it."""
    lost = Loss(reason, games=3, dates=1, l3_games=0)
    snapshot = row_of(RunSnapshot, losses=(lost,), attainable_games=7, due_games=10)
    [lift] = lifts_of(snapshot, DAY, DAY)
    exhibitions = {state.loss for state in STATES.values() if state.is_exhibition}
    assert bool(lift.command) == (reason not in exhibitions)
    if reason == STATES["EXEMPT_BOOTSTRAP"].loss:
        assert lift.command == FILL.format(start=DAY, end=DAY) + TOLD["EXEMPT_BOOTSTRAP"]


@pytest.mark.parametrize("state", [state.name for state in STATES.values() if state.is_blocked])
def test_a_blocked_date_has_its_own_look_in_the_calendar(state: str) -> None:
    assert f".day.{state}" in STYLE
    assert f".lost.{state.lower()}" in STYLE
