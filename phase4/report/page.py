"""The report as one HTML page without any address in it, and as Markdown."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from phase4 import formats
from phase4.report import calendar, charts
from phase4.report.dates import ReportDate
from phase4.report.facts import Report
from phase4.report.task_chart import task_chart
from phase4.runs.usage import Consumption, Counted
from phase4.tables.checks import registry
from phase4.tables.cures import steps_of
from phase4.tables.factors import ACTIVE_FACTORS
from phase4.tables.headline import share
from phase4.tables.states import STATES
from phase4.tables.thresholds import THRESHOLDS

TEMPLATES = Path(__file__).with_name("templates")


def html(report: Report) -> str:
    """The whole page: style, script, charts and data inside."""
    return environment().get_template("report.html.j2").render(**_view(report))


def markdown(report: Report) -> str:
    """The same facts as Markdown, without the calendar's single dates."""
    return environment().get_template("report.md.j2").render(**_view(report))


@cache
def environment(templates: Path = TEMPLATES) -> Environment:
    """Templates of a folder, with our figures as filters."""
    made = Environment(
        loader=FileSystemLoader(templates),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=formats.number, signed=formats.signed, percent=formats.percent,
        figure=formats.figure, duration=formats.duration, at_scale=formats.at_scale,
        size=formats.size, moment=formats.moment, folded=_folded, steps=steps_of,
    )  # fmt: skip
    return made


def _folded(text: str) -> Markup:
    """The first sentences of a long text, the others behind a click."""
    first, others = formats.parted(text)
    if not others:
        return escape(text)
    more = Markup("<details><summary>and {} more</summary>{}</details>")
    return escape(first) + more.format(len(others), "; ".join(others))


def _view(report: Report) -> dict[str, Any]:
    return {
        "report": report,
        "run": report.run,
        "receipt": report.receipt,
        "tally": report.receipt.actual.tally,
        "counted": report.receipt.counted or _unknown(Counted),
        "listed": report.receipt.usage or _unknown(Consumption),
        "snapshot": report.snapshot,
        "style": trusted((TEMPLATES / "style.css").read_text()),
        "script": trusted((TEMPLATES / "script.js").read_text()),
        "seasons": calendar.seasons_of(report.dates),
        "data": {"columns": calendar.COLUMNS, "dates": calendar.compact(report.dates)},
        "states": STATES,
        "advice": report.advice,
        "before": report.before,
        "covered": report.covered,
        "coverage_marks": charts.COVERAGE_MARKS,
        "registry": registry(),
        # A check that this version does not have any more has a figure without a unit.
        "units": defaultdict(str, {name: rule.unit for name, rule in registry().items()}),
        "blocked": _stretches(report.blocked),
        "coverage_bar": _bar(report),
        "coverage_chart": trusted(charts.coverage_chart(report.series, _ceiling(report))),
        "task_chart": trusted(task_chart(report.tasks, report.deaths)),
        "tier_charts": _tiers(report),
        "drifts": _drifts(report),
        "checks": _checks(report),
        "reference_season": THRESHOLDS["validation"]["drift_reference_season"],
    }


def _unknown(figures: type[Counted | Consumption]) -> dict[str, None]:
    return {field.name: None for field in fields(figures)}


def trusted(text: str) -> Markup:
    """Text of this package; whatever it quotes from a table has been escaped."""
    return Markup(text)  # noqa: S704


def _ceiling(report: Report) -> float | None:
    return report.snapshot.ceiling_pct if report.snapshot else None


def _bar(report: Report) -> list[dict[str, Any]]:
    """Shares of the games that are due: covered before, added, and lost by reason."""
    if report.snapshot is None or not report.snapshot.due_games:
        return []
    due, covered = report.snapshot.due_games, report.snapshot.covered_games
    known = report.before
    before = min(known.part, covered) if known.whole else covered
    parts = [("before", "covered before", before), ("added", "added since", covered - before)]
    parts += [("lost " + lift.reason, lift.reason.replace("_", " "), lift.games)
              for lift in report.lifts]  # fmt: skip
    return [
        {"kind": kind, "label": label, "games": games, "share": share(games, due)}
        for kind, label, games in parts
        if games
    ]


def _checks(report: Report) -> dict[str, list[dict[str, Any]]]:
    """Check results, those that failed and the others; without a reference one row per check."""
    order = {"failed": 0, "passed": 1, "no_reference": 2}
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for result in sorted(report.checks, key=lambda each: order[each.outcome]):
        subject = result.subject.replace("_", " ")
        key = (result.name, "" if result.outcome == "no_reference" else subject)
        known = merged.setdefault(key, {**vars(result), "subjects": []})
        known["subjects"].append(subject)
    rows = list(merged.values())
    return {
        "failed": [row for row in rows if row["outcome"] == "failed"],
        "others": [row for row in rows if row["outcome"] != "failed"],
    }


def _tiers(report: Report) -> list[dict[str, Any]]:
    found = report.snapshot.tiers if report.snapshot else ()
    return [
        {**vars(tier), "chart": trusted(charts.threshold_chart(tier.metric, tier.value))}
        for tier in found
    ]


def _drifts(report: Report) -> list[dict[str, Any]]:
    """Per active factor: its histogram, the reference, and the figure of the drift check."""
    reference = THRESHOLDS["validation"]["drift_reference_season"]
    seasons = [row.season_year for row in report.histograms]
    newest = max((year for year in seasons), default=None)
    figures = {each.subject: each for each in report.checks if each.name == "factor_drift"}
    return [
        {
            "name": factor.name.replace("_", " "),
            "low": factor.low,
            "high": factor.high,
            "check": figures.get(factor.column),
            "season": newest,
            "chart": trusted(charts.histogram(
                _shares(report, factor.column, newest),
                [] if reference == newest else _shares(report, factor.column, reference),
                f"Distribution of {factor.name}",
            )),
        }
        for factor in ACTIVE_FACTORS
    ]  # fmt: skip


def _shares(report: Report, column: str, season: int | None) -> list[float]:
    counts = [0] * charts.BINS
    for row in report.histograms:
        if row.factor == column and row.season_year == season:
            counts[max(row.bin, 0)] += row.scores
    return [count / (sum(counts) or 1) for count in counts]


def _stretches(rows: list[ReportDate]) -> list[dict[str, Any]]:
    """Neighbouring blocked dates with the same state as one entry."""
    numbered = enumerate(rows)
    groups = groupby(numbered, key=lambda e: (e[1].state, e[1].game_date.toordinal() - e[0]))
    stretches = []
    for (state, _), members in groups:
        found = [row for _, row in members]
        stretches.append(
            {
                "state": state,
                "first": found[0].game_date,
                "last": found[-1].game_date,
                "dates": len(found),
                "games": sum(row.l1_games for row in found),
                "reason": found[0].reason if len(found) == 1 else STATES[state].meaning,
            }
        )
    return stretches
