"""A partition shrinks only by what the plan found contradicted, or on request."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from phase4.filling.survival import refusal
from phase4.tables.filled import FILLED
from phase4.tables.partition import EMPTY, Content
from phase4.tables.rows.plans import PlannedDate

DAY = date(2024, 12, 3)


def content(*keys: tuple[str, str]) -> Content:
    """Rows with these keys."""
    return Content(Counter((game, player, "hash", "values") for game, player in keys))


LIVE = content(("g1", "ann"), ("g1", "bob"), ("g2", "cid"))


def planned(*removable_rows: str, accepts_loss: bool = False) -> PlannedDate:
    return PlannedDate(DAY, 2, 3, removable_rows, accepts_loss)


def test_rows_that_nothing_contradicts_stay_and_are_named() -> None:
    said = refusal(planned(), LIVE, content(("g1", "ann"), ("g1", "bob")))
    assert said.startswith("BLOCKED_SHRUNK: L3 gives 1 games and 2 players")
    assert "1 rows that would go: cid (g2)" in said


def test_a_row_that_the_plan_found_contradicted_may_go() -> None:
    assert refusal(planned("cid\x1fg2"), LIVE, content(("g1", "ann"), ("g1", "bob"))) == ""


def test_a_key_with_blanks_and_bars_is_one_key() -> None:
    live = content(("g 1", "a | ghost"), ("g1", "ann"))
    assert refusal(planned("a | ghost\x1fg 1"), live, content(("g1", "ann"))) == ""


def test_a_row_that_moves_to_another_id_of_its_game_is_no_loss() -> None:
    new = content(("g1", "ann"), ("g1", "bob"), ("0022400612", "cid"))
    assert refusal(planned("cid\x1fg2\x1f17"), LIVE, new) == ""


@pytest.mark.parametrize("name", ["player_shot_zone_analysis", "team_defense_zone_analysis"])
def test_a_row_without_a_game_in_its_key_stays_when_its_game_has_another_id(name: str) -> None:
    renamed = content(("0022400612", "ann"), ("0022400612", "bob"), ("g2", "cid"))
    assert refusal(planned(), LIVE, renamed, FILLED[name]) == ""
    gone = content(("0022400612", "ann"), ("g2", "cid"))
    assert "1 rows that would go: bob;" in refusal(planned(), LIVE, gone, FILLED[name])


def test_a_date_is_never_emptied_unasked() -> None:
    said = refusal(planned(), LIVE, EMPTY)
    assert "the plan found nothing that contradicts 3 rows" in said
    assert said.index("run again") < said.index("--accept-loss")


def test_on_request_everything_may_go() -> None:
    assert refusal(planned(accepts_loss=True), LIVE, EMPTY) == ""


def test_nothing_is_lost_where_rows_are_added() -> None:
    assert refusal(planned(), EMPTY, LIVE) == ""
