"""The tasks of a run over time, those that died too, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from phase4.cloud.job_executions import TaskEnd
from phase4.report.charts import Frame
from phase4.tables.rows.plans import RunTask


def task_chart(tasks: Sequence[RunTask], deaths: Sequence[TaskEnd] = ()) -> str:
    """Tasks as bars over time: a line per task index, a colour step per wave; outlined: died."""
    spans = [(row.started_at, row.finished_at) for row in tasks]
    spans += [(end.began_at, end.ended_at) for end in deaths if end.began_at and end.ended_at]
    if not spans:
        return ""
    lines = max(*(row.task for row in tasks), *(end.task for end in deaths), 0) + 1
    # Many tasks share the height of ten, so that the page stays one.
    step = 22 if lines <= 12 else max(220 / lines, 3)
    first = min(began for began, _ in spans)
    last = max(ended for _, ended in spans)
    frame = Frame(1040, 44 + lines * step, first, last, right=10)
    waves = {row.wave: row.started_at for row in reversed(tasks)}
    labels = "".join(
        f'<text x="{frame.x(at):.1f}" y="10">{"canary" if wave == 0 else f"wave {wave}"}</text>'
        for wave, at in waves.items()
    )
    names = "".join(
        f'<text class="end" x="{frame.left - 8}" y="{frame.top + 15 + task * step:.1f}">'
        f"{task}</text>"
        for task in range(lines if lines <= 12 else 0)
    )
    seconds = (last - first).total_seconds()
    return frame.svg(
        f"{len(tasks)} tasks in {len(waves)} waves over {seconds:.1f} seconds, {len(deaths)} died",
        labels
        + names
        + "".join(_bar(row, frame, step) for row in tasks)
        + "".join(_death(end, frame, step) for end in deaths),
    )


def _bar(row: RunTask, frame: Frame, step: float) -> str:
    kind = "failed" if row.failed else f"w{row.wave % 3}"
    seconds = (row.finished_at - row.started_at).total_seconds()
    title = (
        f"wave {row.wave} task {row.task}, attempt {row.attempt + 1}:"
        f" {row.dates} dates, {row.players or 0:,} players, {row.failed} failed,"
        f" {seconds:.1f} s"
    )
    return _rectangle(kind, frame, step, row.task, (row.started_at, row.finished_at), title)


def _death(end: TaskEnd, frame: Frame, step: float) -> str:
    """All attempts of a task that left dates without an outcome."""
    if end.began_at is None or end.ended_at is None:
        return ""
    title = f"wave {end.wave} task {end.task}: {end.how}"
    return _rectangle("died", frame, step, end.task, (end.began_at, end.ended_at), title)


def _rectangle(
    kind: str, frame: Frame, step: float, task: int, span: tuple[datetime, datetime], title: str
) -> str:
    x = frame.x(span[0])
    # A task of a second would not be seen in a run of an hour.
    width = max(frame.x(span[1]) - x, 2)
    y = frame.top + 2 + task * step
    return (
        f'<rect class="task {kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
        f' height="{max(step - 5, 2):.1f}" rx="2"><title>{escape(title)}</title></rect>'
    )
