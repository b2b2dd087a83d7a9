"""The classes of states: listed once, and every state that a date can get is known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from phase4.tables.routines import SQL
from phase4.tables.states import STATES

DERIVATION = (SQL / "routines" / "date_status_within.sql").read_text()
LADDER = DERIVATION[DERIVATION.index("  ladder AS (") : DERIVATION.index("  explained AS (")]
NAMES = "|".join(STATES)


def test_every_state_that_a_rule_gives_is_known_and_every_known_one_is_given() -> None:
    given = set(re.findall(r"'([A-Z]+_?[A-Z_]*)'", LADDER)) - {"UNKNOWN"}
    assert given == set(STATES)


@pytest.mark.parametrize("path", sorted(SQL.rglob("*.sql")), ids=lambda path: path.stem)
def test_no_sql_lists_the_states_of_a_class(path: Path) -> None:
    listed = rf"IN \(\s*'(?:{NAMES})',\s*'(?:{NAMES})'|state (?:NOT )?LIKE"
    # A plan remembers the games of a date that was in good order, which is no class.
    text = re.sub(r"state IN \('COMPLETE', 'STALE'\)", "", path.read_text())
    assert not re.search(listed, text)


def test_what_l3_can_feed_is_what_a_run_can_fill_and_what_is_complete() -> None:
    reachable = {name for name, state in STATES.items() if state.is_reachable}
    fillable = {name for name, state in STATES.items() if state.is_fillable}
    assert reachable - fillable == {"COMPLETE"}


def test_every_state_that_no_run_can_win_names_its_loss() -> None:
    losing = {name: state.loss for name, state in STATES.items() if state.loss}
    assert losing == {
        "BLOCKED_UPSTREAM": "blocked_upstream", "BLOCKED_SHRUNK": "blocked_shrunk",
        "BLOCKED_QUALITY": "blocked_quality", "EXEMPT_BOOTSTRAP": "bootstrap",
        "EXEMPT_PRESEASON": "preseason", "EXEMPT_ALL_STAR": "all_star",
    }  # fmt: skip
