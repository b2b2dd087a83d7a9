"""Who leaves a run that goes on is told so, at whatever moment."""

from __future__ import annotations

import io

import pytest
import typer
from rich.console import Console

from phase4.cli.follow import leaving_it_running


def _interrupted_in_a_line(console: Console) -> None:
    with leaving_it_running("a-run", console):
        # As an interrupt in the console's own code leaves it: waiting for the rest of the line.
        console.__enter__()
        raise KeyboardInterrupt


def test_who_is_interrupted_in_the_middle_of_a_line_is_told_that_the_run_goes_on() -> None:
    said = io.StringIO()
    with pytest.raises(typer.Exit) as ended:
        _interrupted_in_a_line(Console(file=said))
    assert ended.value.exit_code == 130
    assert "phase4 status a-run --follow" in said.getvalue()
