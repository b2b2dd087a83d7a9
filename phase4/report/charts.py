"""Charts as inline SVG: plain shapes with titles, coloured by the page's variables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from phase4.formats import percent
from phase4.report.facts import Point
from phase4.tables.thresholds import METRICS, THRESHOLDS, Metric

BINS = 20
_COVERAGE = METRICS["l4_coverage_pct"]
# What coverage is held against, by metric and criterion.
COVERAGE_MARKS = sorted(
    {_COVERAGE.minimum, _COVERAGE.target, _COVERAGE.optimal,
     THRESHOLDS["run"]["should_game_coverage_pct"]}
)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """The plot area of a chart over time: pixels of the view box, and the first and last moment."""

    width: float
    height: float
    first: datetime
    last: datetime
    left: float = 34
    right: float = 74
    top: float = 14
    bottom: float = 30

    @property
    def end(self) -> float:
        """The right edge of the plot area."""
        return self.width - self.right

    def x(self, at: datetime) -> float:
        """The position of a moment."""
        whole = (self.last - self.first).total_seconds() or 1.0
        return self.left + (self.end - self.left) * (at - self.first).total_seconds() / whole

    def y(self, share: float) -> float:
        """The height of a percentage."""
        plot = self.height - self.bottom - self.top
        return self.height - self.bottom - plot * min(share, 100) / 100

    def grid(self, marks: Sequence[float]) -> str:
        """Labelled lines across at these percentages."""
        return "".join(
            f'<path class="grid" d="M{self.left},{self.y(value):.1f}H{self.end}"/>'
            f'<text class="end" x="{self.left - 6}" y="{self.y(value) + 4:.1f}">{value:g}</text>'
            for value in marks
        )

    def times(self) -> str:
        """The first and the last moment, written below the plot area."""
        long = (self.last - self.first).total_seconds() > 86_400
        form, y = "%m-%d %H:%M" if long else "%H:%M:%S", self.height - 8
        return (
            f'<text x="{self.left}" y="{y:.1f}">{self.first:{form}}</text>'
            f'<text class="end" x="{self.end}" y="{y:.1f}">{self.last:{form}} UTC</text>'
        )

    def svg(self, label: str, inside: str) -> str:
        """The whole chart."""
        return svg(self.width, self.height, label, inside + self.times())


def coverage_chart(series: Sequence[Point], ceiling_pct: float | None) -> str:
    """Coverage over the run as a step line, with the thresholds and the ceiling."""
    if not series:
        return ""
    # So high that labels five points apart stand apart.
    frame = Frame(520, 290, series[0].at, series[-1].at)
    places = [(frame.x(point.at), frame.y(point.coverage_pct)) for point in series]
    (x, y), (end_x, end_y) = places[0], places[-1]
    path = f"M{x:.1f},{y:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in places[1:])
    dots = "".join(_dot(point, place) for point, place in zip(series, places, strict=True))
    first, last = series[0].coverage_pct, series[-1].coverage_pct
    return frame.svg(
        f"Coverage from {percent(first)} to {percent(last)} in {len(series) - 1} snapshots",
        frame.grid((0, 50, *COVERAGE_MARKS))
        + _ceiling(frame, ceiling_pct)
        + f'<path class="area" d="{path}V{frame.y(0):.1f}H{x:.1f}Z"/>'
        + f'<path class="line" d="{path}"/>{dots}'
        + f'<text class="strong" x="{end_x + 10:.1f}" y="{end_y + 5:.1f}">{percent(last)}</text>',
    )


def histogram(now: Sequence[float], good: Sequence[float], label: str) -> str:
    """Shares per bin as bars; the reference as a line. Both lists hold 20 shares."""
    top = max([*now, *good, 0.01])
    width, height, step = 260, 92, 12
    bars = "".join(
        f'<rect class="bar" x="{10 + step * number}" y="{height - 78 * share / top:.1f}"'
        f' width="{step - 2}" height="{78 * share / top:.1f}">'
        f"<title>{percent(100 * share)}</title></rect>"
        for number, share in enumerate(now)
    )
    line = "".join(
        f"{'L' if number else 'M'}{10 + step * number},{height - 78 * share / top:.1f}h{step}"
        for number, share in enumerate(good)
    )
    reference = f'<path class="reference" d="{line}"/>' if any(good) else ""
    axis = f'<path class="axis" d="M10,{height}H{10 + step * BINS}"/>'
    return svg(width, height + 6, label, bars + reference + axis)


def threshold_chart(name: str, value: float | None) -> str:
    """A value on the scale of its metric, with a tick for minimum, target and optimal."""
    metric = METRICS[name]
    marks = sorted({metric.minimum, metric.target, metric.optimal})
    # Five points are narrower than two digits: every other label stands a line lower.
    ticks = "".join(
        _tick(_scaled(at, metric), 36 + 12 * (place % 2), at) for place, at in enumerate(marks)
    )
    bar = ""
    if value is not None:
        width = _scaled(value, metric) - 4
        bar = f'<rect class="bar" x="4" y="9" width="{width:.1f}" height="10" rx="3"/>'
    reached = "no value" if value is None else percent(value)
    return svg(300, 52, f"{name}: {reached}", _good_span(metric) + bar + ticks)


def _tick(x: float, y: float, at: float) -> str:
    return (
        f'<path class="tick" d="M{x:.1f},4V24"/>'
        f'<text class="middle" x="{x:.1f}" y="{y}">{at:g}</text>'
    )


def _good_span(metric: Metric) -> str:
    """The track, and on it the span that is at least the minimum."""
    limit = _scaled(metric.minimum, metric)
    x, width = (limit, 296 - limit) if metric.better == "higher" else (4, limit - 4)
    return (
        '<rect class="track" x="4" y="6" width="292" height="16" rx="4"/>'
        f'<rect class="good" x="{x:.1f}" y="6" width="{width:.1f}" height="16"/>'
    )


def _scaled(value: float, metric: Metric) -> float:
    """The position of a value: 0 to 100 % when more is better, else 0 to just above the limit."""
    high = 100.0 if metric.better == "higher" else metric.minimum * 1.1
    return 4 + 292 * min(max(value, 0.0), high) / high


def _dot(point: Point, place: tuple[float, float]) -> str:
    title = f"{point.label}: {percent(point.coverage_pct)} at {point.at:%H:%M:%S}"
    return (
        f'<circle class="dot" cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="4">'
        f"<title>{escape(title)}</title></circle>"
    )


def _ceiling(frame: Frame, pct: float | None) -> str:
    if pct is None:
        return ""
    return f'<path class="ceiling" d="M{frame.left},{frame.y(pct):.1f}H{frame.end}"/>'


def svg(width: float, height: float, label: str, inside: str) -> str:
    """A chart of this size, with the words for who does not see it."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'
        f"{inside}</svg>"
    )
