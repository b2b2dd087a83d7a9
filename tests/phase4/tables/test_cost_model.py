"""How many tasks a wave has follows from what a task costs and what a table takes."""

from __future__ import annotations

import re
from pathlib import Path

from phase4.tables.cost_model import MODEL, staffing

VARIABLES = (Path(__file__).parents[3] / "terraform" / "variables_system.tf").read_text()


def default(variable: str) -> int:
    """The default of a number in the variables of Terraform."""
    (found,) = re.findall(rf"{variable}\s+= optional\(number, (\d+)\)", VARIABLES)
    return int(found)


def test_the_loads_of_a_tasks_dates_fill_the_minute_that_it_is_billed_at_least() -> None:
    rounds = staffing().dates_per_task / MODEL["loads_at_once"]
    assert abs(rounds * MODEL["load_seconds"] - MODEL["billed_seconds_at_least"]) <= 1


def test_the_loads_of_all_tasks_change_a_table_no_more_often_than_it_takes() -> None:
    at_once = staffing().most_tasks * MODEL["loads_at_once"]
    assert at_once / MODEL["load_seconds"] <= MODEL["table_changes_per_second"]


def test_an_environment_has_these_figures_unless_told() -> None:
    assert default("dates_per_task") == staffing().dates_per_task
    assert default("parallelism") == staffing().most_tasks


def test_the_reason_names_the_figures() -> None:
    assert staffing().reason == (
        "75 dates (4 loads at once, 3.2 s each) fill the 60 s that a task is billed at least;"
        " the loads of 4 tasks change a table 50 times in 10 s, which is what it takes"
    )
