"""What a run was asked, as its receipt says it: the arguments that are not the default."""

from __future__ import annotations

import json
from typing import Any

import pytest

from phase4.cli.receipt import asked_words
from phase4.runs.run import Run
from phase4.tables.arguments import BACKFILL
from phase4.tables.rows.runs import RunRow
from tests.rows import row_of

DEFAULTS = {name: argument.default for name, argument in BACKFILL.items()}


def run(**arguments: Any) -> Run:
    """A run whose workflow kept all arguments, these among them."""
    request = {**DEFAULTS, "start_date": "2025-01-01", "owner": "anna", "states": [], **arguments}
    return Run(row_of(RunRow, request=json.dumps(request)), [], [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "what a run does by default"),
        ({"bootstrap_days": 0}, "bootstrap_days 0"),
        ({"tables": "all", "force": True}, "tables all, force True"),
        ({"reasons": ["missing", "stale"]}, "reasons missing stale"),
    ],
)
def test_the_receipt_says_what_is_not_the_default(arguments: dict[str, Any], words: str) -> None:
    assert asked_words(run(**arguments).asked) == words


def test_a_run_that_kept_nothing_was_asked_nothing() -> None:
    assert Run(row_of(RunRow, request=None), [], []).asked == {}
