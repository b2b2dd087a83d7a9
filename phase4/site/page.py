"""The site as files: an index, and the report of a run beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from phase4.errors import WrongInput
from phase4.report.page import TEMPLATES as REPORT
from phase4.report.page import environment, trusted
from phase4.site.advice import advice_of
from phase4.site.facts import SeasonNow, Site, TableNow
from phase4.site.months import months_of
from phase4.site.strips import Axis, pieces, strip
from phase4.site.trend import scopes_of, trend_chart
from phase4.tables.checks import registry
from phase4.tables.rows.runs import RecentRun, RunMark
from phase4.tables.rows.snapshots import CheckFigure, JudgedSnapshot
from phase4.tables.states import STATES

TEMPLATES = Path(__file__).with_name("templates")
RUNS = "runs"
# So many results of a check stand side by side.
CHECK_RESULTS = 20
MARKS = {
    "PUBLISHED": "done",
    "UNCHANGED": "unchanged",
    "FAILED": "failed",
    "DIED": "died",
    "SKIPPED": "skipped",
    "NOT_STARTED": "not_started",
}


def html(site: Site, reports: Mapping[str, str]) -> str:
    """The index; `reports` is where the runs that have a page have it."""
    template = environment(TEMPLATES).get_template("site.html.j2")
    return template.render(**_view(site, reports))


def write(site: Site, folder: Path, report: tuple[str, str] | None = None) -> Path:
    """Writes the index into `folder`, and a report (run id, page) where one is given.

    Reports of earlier runs stay and are linked. WrongInput names a folder that cannot be written.
    """
    try:
        (folder / RUNS).mkdir(parents=True, exist_ok=True)
        if report:
            run_id, page = report
            (folder / RUNS / f"{run_id}.html").write_text(page)
        known = {path.stem: f"{RUNS}/{path.name}" for path in (folder / RUNS).glob("*.html")}
        index = folder / "index.html"
        index.write_text(html(site, known))
    except OSError as error:
        raise WrongInput(f"{folder}: {error.strerror}: name a folder that can be written") from None
    return index


def _view(site: Site, reports: Mapping[str, str]) -> dict[str, Any]:
    newest = site.main.seasons[-1] if site.main.seasons else None
    return {
        "site": site,
        "advice": advice_of(site),
        "style": trusted((REPORT / "style.css").read_text()),
        "own_style": trusted((TEMPLATES / "site.css").read_text()),
        "tables": [_table(table) for table in (site.main, *_others(site))],
        "newest": newest,
        "months": months_of(newest.dates) if newest else (),
        "counts": _counts(newest) if newest else {},
        "states": STATES,
        "trends": [
            {"scope": scope, "last": series[-1], "chart": trusted(trend_chart(series))}
            for scope, series in scopes_of(site.snapshots).items()
        ],
        "runs": _runs(site, reports),
        "checks": _checks(site.snapshots),
    }


def _others(site: Site) -> list[TableNow]:
    return [table for table in site.tables if table is not site.main]


def _table(table: TableNow) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "headline": table.headline,
        "seasons": [_season(season) for season in reversed(table.seasons)],
    }


def _season(season: SeasonNow) -> dict[str, Any]:
    axis = Axis(season.dates[0].game_date, season.dates[-1].game_date)
    marks = pieces(
        (row.game_date, row.state, row.state.lower().replace("_", " ")) for row in season.dates
    )
    counts = {kind: len(season.of_class(kind)) for kind in ("complete", "fillable", "blocked")}
    spoken = ", ".join(f"{count} dates {kind}" for kind, count in counts.items())
    return {
        "title": season.title,
        "headline": season.headline,
        "counts": counts,
        "strip": trusted(strip(marks, axis, f"Season {season.title}: {spoken}")),
        "months": list(axis.months()),
    }


def _counts(season: SeasonNow) -> dict[str, int]:
    found = [row.state for row in season.dates]
    return {name: found.count(name) for name in STATES if name in found}


def _runs(site: Site, reports: Mapping[str, str]) -> dict[str, Any]:
    by_run: dict[str, list[RunMark]] = defaultdict(list)
    for mark in site.marks:
        by_run[mark.run_id].append(mark)
    days = [mark.game_date for mark in site.marks]
    axis = Axis(min(days), max(days)) if days else None
    return {
        "months": list(axis.months()) if axis else [],
        "rows": [
            {
                "run": run,
                "report": reports.get(run.run_id, ""),
                "strip": trusted(_run_strip(run, by_run[run.run_id], axis)) if axis else "",
            }
            for run in site.overview.runs
        ],
    }


def _run_strip(run: RecentRun, marks: Sequence[RunMark], axis: Axis) -> str:
    shown = pieces(
        (mark.game_date, MARKS[mark.status], MARKS[mark.status].replace("_", " ")) for mark in marks
    )
    label = f"Run {run.run_id}: {run.tally.line}"
    return strip(shown, axis, label)


def _checks(snapshots: Sequence[JudgedSnapshot]) -> dict[str, list[dict[str, Any]]]:
    """The last results of every check, oldest first, by what came out last."""
    seen: dict[tuple[str, str], list[tuple[JudgedSnapshot, CheckFigure]]] = defaultdict(list)
    for snapshot in snapshots[-CHECK_RESULTS:]:
        for check in snapshot.checks:
            if check.outcome != "no_reference":
                seen[check.name, check.subject].append((snapshot, check))
    rules = registry()
    found: dict[str, list[dict[str, Any]]] = {"failed": [], "passed": []}
    for name, subject in sorted(seen):
        results = seen[name, subject]
        last = results[-1][1]
        rule = rules.get(name)
        found[last.outcome].append(
            {
                "last": last,
                # A check that this version does not have any more has a figure without a unit.
                "unit": rule.unit if rule else "",
                "title": rule.title if rule else "",
                "results": [(each.snapshot_at, check.outcome) for each, check in results],
                "failures": sum(check.outcome == "failed" for _, check in results),
            }
        )
    return found
