"""Following a run: a live table on a terminal, plain lines elsewhere, read from data alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime

import typer
from google.api_core.exceptions import GoogleAPICallError, NotFound
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from phase4.cli import terminal
from phase4.cloud.queries import ask, only
from phase4.cloud.warehouse import Warehouse
from phase4.cloud.workflow_executions import PATIENT_SECONDS, Execution, Executions
from phase4.errors import NoAnswer, NotThere
from phase4.runs.progress import Progress, Wave, progress_of
from phase4.runs.run import RunUnknown
from phase4.tables.rows.runs import Retrying, RunRow
from phase4.tables.tally import Tally

FIRST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
LONGEST_SLEEP = 0.5
BAR_WIDTH = 30
NEVER = datetime.min.replace(tzinfo=UTC)


class ExecutionGone(NotThere):
    """The workflow execution of a run that goes on by its row is gone, or ended: nobody ends it."""

    def __init__(self, run_id: str, ended: str = "") -> None:
        what = f"has ended, {ended}" if ended else "is gone"
        super().__init__(
            f"run {run_id} is RUNNING and its workflow execution {what}: `phase4 cancel {run_id}`"
            " ends it; then the same run again"
        )


def follow(
    warehouse: Warehouse, executions: Executions, run_id: str, console: Console
) -> tuple[Progress, Execution | None]:
    """Shows a run until it ends.

    The execution is None when the workflow service does not know the run; its row tells the state.
    """
    with _display(console) as show:
        return _watch(warehouse, executions, run_id, show)


def leaving_it_running(run_id: str, console: Console) -> AbstractContextManager[None]:
    """Who is interrupted in here, refused or not answered leaves the run going and is told so."""
    return leaving_it(
        f"the run goes on; follow it:\n  phase4 status {run_id} --follow\n"
        f"end it:\n  phase4 cancel {run_id}",
        console,
    )


@contextmanager
def leaving_it(going_on: str, console: Console) -> Iterator[None]:
    """The same of whatever goes on without the command that began it."""
    try:
        yield
    except KeyboardInterrupt:
        # Not by the console: one that is interrupted in a line keeps all that follows to itself.
        typer.echo(going_on, console.file)
        raise typer.Exit(terminal.INTERRUPTED) from None
    except (NoAnswer, GoogleAPICallError):
        console.print(going_on, soft_wrap=True)
        raise


def execution_of(
    executions: Executions, run_id: str, seconds: float = PATIENT_SECONDS
) -> Execution | None:
    """The workflow execution of a run; None when there is none (an undo, or long ago)."""
    try:
        return executions.get(run_id, seconds)
    except NotFound:
        return None


def is_led_by_nobody(warehouse: Warehouse, run_id: str) -> bool:
    """Whether a run without an execution, of which the row says that it goes on, had one."""
    row = only(ask(warehouse, RunRow, run_id=run_id))
    return row is not None and row.state == "RUNNING" and bool(row.execution)


def progress_view(progress: Progress, *, is_led: bool = True) -> Group:
    """A line per wave and one for the whole run, the bar, and the sum of all dates.

    What nobody leads any more has no time to go.
    """
    made = terminal.table("", "done", "failed", "died", "games", "coverage", words=("",))
    for wave in progress.waves:
        made.add_row(
            progress.label(wave), _done(wave.tally), _bad(wave.tally.failed),
            _bad(wave.tally.died), terminal.signed(wave.games_added), _coverage(progress, wave),
        )  # fmt: skip
    tally = progress.tally
    made.add_row(
        f"run {terminal.coloured(progress.state) or 'planning'}", _done(tally),
        _bad(tally.failed), _bad(tally.died), terminal.signed(progress.games_added),
        terminal.percent(progress.coverage_pct, progress.due_games), style="bold",
    )  # fmt: skip
    bar = [_bar(progress)] if progress.live and is_led and tally.planned else []
    return Group(made, *bar, tally.line, *map(retry_line, progress.retrying))


def retry_line(retry: Retrying) -> str:
    """What a task is trying again, why, and how long it will."""
    left = (retry.gives_up_at - datetime.now(UTC)).total_seconds()
    return (
        f"retrying {retry.game_date or retry.what}: {escape(retry.error)}, attempt {retry.tries},"
        f" gives up in {terminal.duration(max(left, 0))}"
    )


def wave_line(progress: Progress, wave: Wave) -> str:
    """One wave as a line of text."""
    parts = (
        f"{progress.label(wave)}: {wave.tally.done} of {wave.tally.planned} dates",
        wave.tally.troubles,
        f"{terminal.counted(wave.games_added, 'game')} added",
        f"coverage {_coverage(progress, wave)}",
        *_pace(progress),
    )
    return ", ".join(parts)


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
            if execution is None and is_led_by_nobody(warehouse, run_id):
                raise ExecutionGone(run_id)
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
        return lambda progress: self._live.update(progress_view(progress), refresh=True)

    def __exit__(self, *error: object) -> None:
        self._live.stop()


class _Lines:
    """Prints the line of a wave each time another date of it has ended, and each new retry."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: dict[tuple[str, int], int] = {}
        self._noted: dict[str, datetime] = {}

    def __call__(self, progress: Progress) -> None:
        for retry in progress.retrying:
            if retry.noted_at > self._noted.get(retry.what, NEVER):
                self._noted[retry.what] = retry.noted_at
                self._console.print(retry_line(retry), soft_wrap=True)
        for wave in progress.waves:
            ended = wave.tally.ended
            if ended > self._shown.get((wave.table_name, wave.wave), 0):
                self._shown[wave.table_name, wave.wave] = ended
                self._console.print(wave_line(progress, wave), soft_wrap=True)


def _coverage(progress: Progress, wave: Wave) -> str:
    return terminal.percent(progress.coverage_after(wave)) if wave.tally.recorded else "-"


def _done(tally: Tally) -> str:
    return f"{tally.done:,} of {tally.planned:,}"


def _bad(count: int) -> str:
    return f"[red]{count:,}[/]" if count else "0"


def _bar(progress: Progress) -> Table:
    """How much has ended, and what is known of the pace: nothing is said of what is not known."""
    line = Table.grid(padding=(0, 2))
    tally = progress.tally
    bar = ProgressBar(total=tally.planned, completed=tally.ended, width=BAR_WIDTH)
    line.add_row(bar, f"{tally.ended:,} of {tally.planned:,} dates", ", ".join(_pace(progress)))
    return line


def _pace(progress: Progress) -> list[str]:
    rate = progress.dates_per_second
    return [*([] if rate is None else [f"{rate:.1f} dates/s"]), *_to_go(progress)]


def _to_go(progress: Progress) -> list[str]:
    left = None if progress.finished_at else progress.seconds_to_go
    if left is None:
        return []
    if left:
        return [f"about {terminal.duration(left)} to go"]
    # All that was expected has passed: dates are still open, or what is behind them.
    open_dates = progress.tally.ended < progress.tally.planned
    return ["longer than expected" if open_dates else "its snapshot is awaited"]
