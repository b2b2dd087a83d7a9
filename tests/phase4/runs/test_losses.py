"""Every reason for which games can be lost has words in the report."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from phase4.report import losses
from phase4.report.losses import lifts_of
from phase4.tables.rows.snapshots import Loss, RunSnapshot
from phase4.tables.states import STATES
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


@pytest.mark.parametrize("state", [state.name for state in STATES.values() if state.is_blocked])
def test_a_blocked_date_has_its_own_look_in_the_calendar(state: str) -> None:
    assert f".day.{state}" in STYLE
    assert f".lost.{state.lower()}" in STYLE
