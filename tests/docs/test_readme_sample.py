"""What README shows of the demo is in the form in which it is printed.

Its figures are asked of the reference run itself: tests/scenarios/test_reference_run.py.
"""

from __future__ import annotations

import re

import pytest

from phase4.cli.ending import table_line
from phase4.runs.progress import TableProgress
from phase4.tables.filled import FILLED
from phase4.tables.headline import Headline
from phase4.tables.tally import Tally
from tests.docs.pages import sample_outputs

FIGURES = re.compile(
    r"  (\w+): ([\d,]+) of [\d,]+ dates done, 0 failed, ([\d,]+) games added,"
    r" ([\d.]+) % → [\d.]+ % of ([\d,]+) due games"
)
LINES = [line for line in sample_outputs()[1] if "dates done" in line]


def test_there_are_two_acts_and_the_second_has_tables() -> None:
    assert len(sample_outputs()) == 2
    assert len(LINES) == 2


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.split(":")[0].strip())
def test_a_table_is_told_as_the_command_tells_it(line: str) -> None:
    found = FIGURES.fullmatch(line)
    assert found, line
    name = found[1]
    done, added, due = (int(found[place].replace(",", "")) for place in (2, 3, 5))
    assert name in FILLED
    # The percentage is cut to a tenth: the games are the fewest that give it.
    before = -int(-float(found[4]) * due // 100)
    tally = Tally(planned=done, published=done)
    progress = TableProgress(name, tally, added, before, Headline(due, before + added, due))
    assert table_line(progress) == line.strip()
