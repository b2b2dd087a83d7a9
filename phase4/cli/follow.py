"""Following a run: a live table on a terminal, plain lines elsewhere, read from data alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import typer
from google.api_core.exceptions import NotFound
from rich.console import Console
from rich.live import Live
from rich.table import Table

from phase4.cli import terminal
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import Execution, Executions
from phase4.runs.progress import Progress, Wave, progress_of
from phase4.runs.run import RunUnknown

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
LONGEST_SLEEP = 0.5


def follow(
    warehouse: Warehouse, executions: Executions, run_id: str, console: Console
) -> tuple[Progress, Execution | None]:
    """Shows a run until it ends.

    The execution is None when the workflow service does not know the run; its row tells the state.
    """
    with _display(console) as show:
        return _watch(warehouse, executions, run_id, show)


@contextmanager
def leaving_it_running(run_id: str, console: Console) -> Iterator[None]:
    """Ctrl-C in here leaves the run going and says how to go on with it."""
    try:
        yield
    except KeyboardInterrupt:
        console.print(
            f"the run goes on; follow it: phase4 status {run_id} --follow;"
            f" end it: phase4 cancel {run_id}"
        )
        raise typer.Exit(terminal.INTERRUPTED) from None


def execution_of(executions: Executions, run_id: str) -> Execution | None:
    """The workflow execution of a run; None when there is none (an undo, or long ago)."""
    try:
        return executions.get(run_id)
    except NotFound:
        return None


def progress_table(progress: Progress) -> Table:
    """A line per wave and one for the whole run."""
    made = terminal.table(
        "", "dates", "failed", "games added", "coverage now", "dates/s", "left", words=("",)
    )
    for wave in progress.waves:
        made.add_row(
            progress.label(wave), f"{wave.done:,} of {wave.planned:,}", _failed(wave.failed),
            terminal.number(wave.games_added), _coverage(progress, wave), "", _left(wave),
        )  # fmt: skip
    made.add_row(
        f"run {terminal.coloured(progress.state) or 'planning'}",
        f"{progress.done:,} of {progress.planned:,}",
        _failed(progress.failed), terminal.number(progress.games_added),
        terminal.percent(progress.coverage_pct), _rate(progress), _to_go(progress),
        style="bold",
    )  # fmt: skip
    return made


def wave_line(progress: Progress, wave: Wave) -> str:
    """One wave as a line of text."""
    return (
        f"{progress.label(wave)}: {wave.done} of {wave.planned} dates, {wave.failed} failed,"
        f" {wave.games_added} games added, coverage {_coverage(progress, wave)},"
        f" {_rate(progress)} dates/s, {_to_go(progress)}"
    )


def _watch(
    warehouse: Warehouse, executions: Executions, run_id: str, show: Callable[[Progress], None]
) -> tuple[Progress, Execution | None]:
    """Looks at the execution often, which costs nothing, and at the tables now and then."""
    pause, due = FIRST_PAUSE, 0.0
    while True:
        execution = execution_of(executions, run_id)
        ended = execution is not None and not execution.active
        if ended or time.monotonic() >= due:
            progress = progress_of(warehouse, run_id)
            show(progress)
            # An undo has no execution: there the row of the run tells.
            if ended or not (execution or progress.live):
                _require(progress, execution)
                return progress, execution
            due = time.monotonic() + pause
            pause = min(pause * 1.1, LONGEST_PAUSE)
        time.sleep(min(pause, LONGEST_SLEEP))


def _require(progress: Progress, execution: Execution | None) -> None:
    if execution is None and not progress.state:
        raise RunUnknown(progress.run_id)


def _display(console: Console) -> AbstractContextManager[Callable[[Progress], None]]:
    return _LiveTable(console) if console.is_terminal else nullcontext(_Lines(console))


class _LiveTable:
    """Redraws the table in place; the last state stays on the screen."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)

    def __enter__(self) -> Callable[[Progress], None]:
        self._live.start()
        return lambda progress: self._live.update(progress_table(progress), refresh=True)

    def __exit__(self, *error: object) -> None:
        self._live.stop()


class _Lines:
    """Prints the line of a wave each time another date of it is recorded."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[tuple[str, int], int] = {}

    def __call__(self, progress: Progress) -> None:
        for wave in progress.waves:
            if wave.recorded > self._shown.get((wave.table_name, wave.wave), 0):
                self._shown[wave.table_name, wave.wave] = wave.recorded
                self._console.print(wave_line(progress, wave), soft_wrap=True)


def _coverage(progress: Progress, wave: Wave) -> str:
    return terminal.percent(progress.coverage_after(wave)) if wave.recorded else "-"


def _failed(count: int) -> str:
    return f"[red]{count}[/]" if count else "0"


def _left(wave: Wave) -> str:
    return "done" if wave.recorded == wave.planned else f"{wave.planned - wave.recorded} dates"


def _rate(progress: Progress) -> str:
    rate = progress.dates_per_second
    return "-" if rate is None else f"{rate:.1f}"


def _to_go(progress: Progress) -> str:
    if progress.done + progress.failed == progress.planned and progress.planned:
        return "done"
    left = progress.seconds_to_go
    return "-" if left is None else f"about {terminal.duration(left)} to go"
