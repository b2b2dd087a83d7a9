"""Charts of an evaluation as inline SVG, in the classes of the report's style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from phase4.report.charts import svg

LEFT, RIGHT, TOP, BOTTOM = 44.0, 16.0, 12.0, 34.0
WIDTH, HEIGHT = 520.0, 300.0


def calibration_chart(tenths: Sequence[tuple[float, float, int]]) -> str:
    """What came against what was predicted, a dot per tenth; on the line they are the same."""
    top = max(max(predicted, came) for predicted, came, _ in tenths) * 1.05
    dots = "".join(
        f'<circle class="dot" cx="{_x(predicted / top):.1f}" cy="{_y(came / top):.1f}" r="5">'
        f"<title>predicted {predicted:.1f}, came {came:.1f} points in {games:,} games</title>"
        "</circle>"
        for predicted, came, games in tenths
    )
    same = f'<path class="reference" d="M{_x(0):.1f},{_y(0):.1f}L{_x(1):.1f},{_y(1):.1f}"/>'
    steps = range(0, int(top) + 1, 5)
    below = "".join(_below(step / top, f"{step}") for step in steps)
    marks = _levels({step / top: f"{step}" for step in steps})
    return svg(WIDTH, HEIGHT, "Points that came by points predicted", marks + below + same + dots)


def month_chart(models: Mapping[str, Mapping[str, float]]) -> str:
    """Mean absolute error by month: the first model as the line, the others beside it."""
    months = list(next(iter(models.values())))
    found = [error for by_month in models.values() for error in by_month.values()]
    low, high = min(found) * 0.97, max(found) * 1.03
    places = {month: (n + 0.5) / len(months) for n, month in enumerate(months)}
    inside = ""
    for kind, (name, by_month) in zip(
        ("line", "reference", "ceiling"), models.items(), strict=False
    ):
        points = [(_x(places[m]), _y((by_month[m] - low) / (high - low))) for m in months]
        path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
        titles = "".join(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3">'
            f"<title>{escape(name)} {month}: {by_month[month]:.2f}</title></circle>"
            for (x, y), month in zip(points, months, strict=True)
        )
        inside += f'<path class="{kind}" d="{path}"/>{titles}'
    below = "".join(_below(place, month[2:]) for month, place in places.items())
    levels = {share: f"{low + share * (high - low):.2f}" for share in (0.0, 0.5, 1.0)}
    return svg(WIDTH, HEIGHT, "Mean absolute error by month", _levels(levels) + below + inside)


def importance_chart(features: Mapping[str, float], factors: Sequence[str]) -> str:
    """A bar per feature, those of L4 in the shade of what is complete."""
    top, step = max(*features.values(), 1e-9), 22
    rows = "".join(
        f'<text class="end" x="216" y="{step * n + 15}">{escape(name.replace("_", " "))}</text>'
        f'<rect class="{"good" if name in factors else "bar"}" x="224" y="{step * n + 4}"'
        f' width="{max(500 * value / top, 1):.1f}" height="14" rx="2"><title>'
        f"{escape(name)}: {value:+.4f} points</title></rect>"
        f'<text x="{max(500 * value / top, 1) + 230:.1f}" y="{step * n + 15}">{value:+.3f}</text>'
        for n, (name, value) in enumerate(features.items())
    )
    return svg(800, step * len(features) + 6, "What shuffling a feature costs in points", rows)


def _below(share: float, text: str) -> str:
    y = HEIGHT - BOTTOM + 16
    return f'<text class="middle" x="{_x(share):.1f}" y="{y:.1f}">{text}</text>'


def _levels(named: Mapping[float, str]) -> str:
    return "".join(
        f'<path class="grid" d="M{LEFT},{_y(share):.1f}H{WIDTH - RIGHT}"/>'
        f'<text class="end" x="{LEFT - 6}" y="{_y(share) + 4:.1f}">{text}</text>'
        for share, text in named.items()
    )


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share
