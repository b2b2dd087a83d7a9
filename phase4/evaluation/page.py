"""The evaluation as one HTML page that needs nothing else, in the style of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from phase4.evaluation import charts
from phase4.evaluation.evaluation import BEFORE, REAL, WITHOUT, Evaluation
from phase4.evaluation.models import FACTOR_NAMES, PARAMETERS
from phase4.evaluation.scores import RESAMPLES, Interval
from phase4.report.page import TEMPLATES as REPORT
from phase4.report.page import environment, trusted

TEMPLATES = Path(__file__).with_name("templates")


def html(evaluation: Evaluation) -> str:
    """The whole page: style, charts and figures inside."""
    templates = environment(TEMPLATES)
    templates.filters["interval"] = interval
    return templates.get_template("evaluation.html.j2").render(**_view(evaluation))


def interval(found: Interval, decimals: int = 2) -> str:
    """`4.71 (4.57 … 4.86)`."""
    value, low, high = (f"{each:.{decimals}f}" for each in (found.value, found.low, found.high))
    return f"{value} ({low} … {high})"


def _view(evaluation: Evaluation) -> dict[str, Any]:
    months = {each.name: each.by_month for each in evaluation.judged}
    shown = {name: months[name] for name in (REAL, "season average")}
    return {
        "evaluation": evaluation,
        "style": trusted((REPORT / "style.css").read_text()),
        "before": BEFORE,
        "real": REAL,
        "without": WITHOUT,
        "parameters": PARAMETERS,
        "resamples": RESAMPLES,
        "calibration": trusted(charts.calibration_chart(evaluation.calibration)),
        "months": trusted(charts.month_chart(shown)),
        "importance": trusted(charts.importance_chart(evaluation.importance, FACTOR_NAMES)),
    }
