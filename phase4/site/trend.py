"""Coverage against its ceiling over the snapshots of one scope, as inline SVG."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from html import escape

from phase4.formats import moment, percent
from phase4.report.charts import COVERAGE_MARKS, Frame
from phase4.tables.rows.snapshots import JudgedSnapshot

SCOPES = 3


def scopes_of(snapshots: Sequence[JudgedSnapshot]) -> dict[str, list[JudgedSnapshot]]:
    """The snapshots by scope, of at most three scopes that were looked at most often.

    One snapshot is no trend.
    """
    found: dict[str, list[JudgedSnapshot]] = defaultdict(list)
    for row in snapshots:
        if row.coverage_pct is not None:
            found[row.scope].append(row)
    repeated = [scope for scope in found if len(found[scope]) > 1]
    often = sorted(repeated, key=lambda scope: (-len(found[scope]), scope))[:SCOPES]
    return {scope: found[scope] for scope in often}


def trend_chart(series: Sequence[JudgedSnapshot]) -> str:
    """Coverage and ceiling as step lines over time, with the labelled thresholds."""
    # So high that labels five points apart stand apart.
    frame = Frame(520, 272, series[0].snapshot_at, series[-1].snapshot_at)
    first, last = series[0], series[-1]
    label = f"Coverage of {last.scope} from {percent(first.coverage_pct)} to"
    label += f" {percent(last.coverage_pct)} in {len(series)} snapshots"
    end = frame.y(last.coverage_pct or 0)
    inside = (
        frame.grid((0, *COVERAGE_MARKS))
        + _steps(frame, "ceiling", [(row, row.ceiling_pct) for row in series])
        + _steps(frame, "line", [(row, row.coverage_pct) for row in series])
        + "".join(_dot(frame, row) for row in series)
        + f'<text class="strong" x="{frame.end + 10:.1f}" y="{end + 5:.1f}">'
        f"{percent(last.coverage_pct)}</text>"
    )
    return frame.svg(label, inside)


def _steps(frame: Frame, kind: str, points: Sequence[tuple[JudgedSnapshot, float | None]]) -> str:
    known = [(frame.x(row.snapshot_at), frame.y(value)) for row, value in points if value]
    if not known:
        return ""
    (x, y), rest = known[0], known[1:]
    steps = "".join(f"H{x:.1f}V{y:.1f}" for x, y in rest)
    return f'<path class="{kind}" d="M{x:.1f},{y:.1f}{steps}H{frame.end}"/>'


def _dot(frame: Frame, row: JudgedSnapshot) -> str:
    counted = percent(row.coverage_pct, row.due_games, row.covered_games)
    title = f"{moment(row.snapshot_at)} {row.kind}: {counted}, {row.verdict}"
    x, y = frame.x(row.snapshot_at), frame.y(row.coverage_pct or 0)
    return (
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5">'
        f"<title>{escape(title)}</title></circle>"
    )
