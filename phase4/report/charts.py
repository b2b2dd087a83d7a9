"""Charts as inline SVG: plain shapes with titles, coloured by the page's variables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from phase4.report.facts import Point
from phase4.thresholds import METRICS, Metric
from phase4.warehouse import Row

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 92, 14, 30
BINS = 20


def coverage_chart(series: Sequence[Point], ceiling_pct: float | None) -> str:
    """Coverage over the run as a step line, with the thresholds and the ceiling."""
    if not series:
        return ""
    first, last = series[0].at, series[-1].at
    points = [(_x(point.at, first, last), _y(point.coverage_pct)) for point in series]
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}" + "".join(
        f"H{x:.1f}V{y:.1f}" for x, y in points[1:]
    )
    area = f"{path}V{_y(0):.1f}H{points[0][0]:.1f}Z"
    dots = "".join(
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4"><title>{escape(point.label)}:'
        f" {point.coverage_pct:.1f} % at {point.at:%H:%M:%S}</title></circle>"
        for point, (x, y) in zip(series, points, strict=True)
    )
    inside = (
        _grid(ceiling_pct)
        + f'<path class="area" d="{area}"/><path class="line" d="{path}"/>{dots}'
        + _times(first, last)
        + _end_label(points[-1], series[-1])
    )
    return _svg(
        WIDTH, HEIGHT, f"Coverage from {series[0].coverage_pct:.1f} to"
        f" {series[-1].coverage_pct:.1f} per cent in {len(series) - 1} snapshots", inside,
    )  # fmt: skip


def task_chart(tasks: Sequence[Row]) -> str:
    """Tasks as bars over time: one line per task index, one colour step per wave."""
    if not tasks:
        return ""
    first = min(row["started_at"] for row in tasks)
    last = max(row["finished_at"] for row in tasks)
    lines = max(row["task"] for row in tasks) + 1
    step = 22 if lines <= 12 else max(220 / lines, 3)
    bars = "".join(_bar(row, first, last, step) for row in tasks)
    waves = {row["wave"]: row["started_at"] for row in reversed(tasks)}
    labels = "".join(
        f'<text x="{_x(at, first, last):.1f}" y="10">{"canary" if wave == 0 else wave}</text>'
        for wave, at in waves.items()
    )
    names = "".join(
        f'<text class="end" x="{LEFT - 8}" y="{TOP + 15 + task * step:.1f}">{task}</text>'
        for task in range(lines if lines <= 12 else 0)
    )
    height = TOP + lines * step + BOTTOM
    return _svg(
        WIDTH, height, f"{len(tasks)} tasks in {len(waves)} waves over"
        f" {(last - first).total_seconds():.1f} seconds",
        labels + names + bars + _times(first, last, height - 8),
    )  # fmt: skip


def histogram(now: Sequence[float], good: Sequence[float], label: str) -> str:
    """Shares per bin as bars; the reference as a line. Both lists hold 20 shares."""
    top = max([*now, *good, 0.01])
    width, height, step = 260, 92, 12
    bars = "".join(
        f'<rect class="bar" x="{10 + step * number}" y="{height - 78 * share / top:.1f}"'
        f' width="{step - 2}" height="{78 * share / top:.1f}"><title>{100 * share:.1f} %</title></rect>'
        for number, share in enumerate(now)
    )
    line = "".join(
        f"{'L' if number else 'M'}{10 + step * number},{height - 78 * share / top:.1f}h{step}"
        for number, share in enumerate(good)
    )
    reference = f'<path class="reference" d="{line}"/>' if any(good) else ""
    axis = f'<path class="axis" d="M10,{height}H{10 + step * BINS}"/>'
    return _svg(width, height + 6, label, bars + reference + axis)


def threshold_chart(name: str, value: float | None) -> str:
    """A value on the scale of its metric, with a tick for minimum, target and optimal."""
    metric = METRICS[name]
    high = 100.0 if metric.better == "higher" else metric.minimum * 1.2
    ticks = "".join(
        f'<path class="tick" d="M{_scaled(at, high):.1f},4V24"/>'
        f'<text x="{_scaled(at, high):.1f}" y="38">{at:g}</text>'
        for at in (metric.minimum, metric.target, metric.optimal)
    )
    good = _good_span(metric, high)
    bar = "" if value is None else (
        f'<rect class="bar" x="4" y="9" width="{_scaled(value, high) - 4:.1f}" height="10" rx="3"/>'
    )  # fmt: skip
    reached = "no value" if value is None else f"{value:.2f} per cent"
    return _svg(300, 42, f"{name}: {reached}", good + bar + ticks)


def _good_span(metric: Metric, high: float) -> str:
    start, end = (metric.minimum, high) if metric.better == "higher" else (0, metric.minimum)
    x = _scaled(start, high)
    return (
        '<rect class="track" x="4" y="6" width="292" height="16" rx="4"/>'
        f'<rect class="good" x="{x:.1f}" y="6" width="{_scaled(end, high) - x:.1f}" height="16"/>'
    )


def _scaled(value: float, high: float) -> float:
    return 4 + 292 * min(max(value, 0), high) / high


def _bar(row: Row, first: datetime, last: datetime, step: float) -> str:
    x = _x(row["started_at"], first, last)
    width = max(_x(row["finished_at"], first, last) - x, 2)
    kind = "failed" if row["failed"] else f"w{row['wave'] % 3}"
    title = (
        f"wave {row['wave']} task {row['task']}, attempt {row['attempt'] + 1}: {row['dates']} dates,"
        f" {row['players'] or 0:,} players, {row['failed']} failed,"
        f" {(row['finished_at'] - row['started_at']).total_seconds():.1f} s"
    )
    return (
        f'<rect class="task {kind}" x="{x:.1f}" y="{TOP + 2 + row["task"] * step:.1f}"'
        f' width="{width:.1f}" height="{max(step - 5, 2):.1f}" rx="2"><title>{title}</title></rect>'
    )


def _grid(ceiling_pct: float | None) -> str:
    metric = METRICS["l4_coverage_pct"]
    marks = [(0.0, "0 %"), (50.0, "50 %"), (metric.minimum, f"minimum {metric.minimum:g}")]
    marks += [(metric.optimal, f"optimal {metric.optimal:g}")]
    lines = "".join(
        f'<path class="grid" d="M{LEFT},{_y(value):.1f}H{WIDTH - RIGHT}"/>'
        f'<text class="end" x="{LEFT - 6}" y="{_y(value) + 4:.1f}">{value:g}</text>'
        for value, _ in marks
    )
    if ceiling_pct is None:
        return lines
    y = _y(ceiling_pct)
    return lines + f'<path class="ceiling" d="M{LEFT},{y:.1f}H{WIDTH - RIGHT}"/>'


def _end_label(point: tuple[float, float], last: Point) -> str:
    x, y = point
    return f'<text class="strong" x="{x + 10:.1f}" y="{y + 5:.1f}">{last.coverage_pct:.1f} %</text>'


def _times(first: datetime, last: datetime, y: float = HEIGHT - 8) -> str:
    long = (last - first).total_seconds() > 86_400
    form = "%m-%d %H:%M" if long else "%H:%M:%S"
    return (
        f'<text x="{LEFT}" y="{y:.1f}">{first:{form}}</text>'
        f'<text class="end" x="{WIDTH - RIGHT}" y="{y:.1f}">{last:{form}} UTC</text>'
    )


def _x(at: datetime, first: datetime, last: datetime) -> float:
    whole = (last - first).total_seconds() or 1.0
    return LEFT + (WIDTH - LEFT - RIGHT) * (at - first).total_seconds() / whole


def _y(percent: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * min(percent, 100) / 100


def _svg(width: float, height: float, label: str, inside: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'
        f"{inside}</svg>"
    )
