"""The check registry: every quality check with its severity and threshold, its SQL beside it.

Those of all tables are in sql/checks/, those of one table in checks/ of its folder.

Those that read dates run in one call of the procedure `date_figures`, those that read the stored
rows in one of `row_findings`, at the same time; one that cannot run fails all. Those of sources run
in `source_findings`, when a run has ended: nothing that it writes changes what they find.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from phase4.tables import shots_faced
from phase4.tables.canonical import team_sql
from phase4.tables.cures import cure_of
from phase4.tables.factors import ACTIVE_FACTORS, SCORES, Factor
from phase4.tables.filled import FILLED
from phase4.tables.partition import content_sql
from phase4.tables.placeholders import indented, render
from phase4.tables.rows.snapshots import CHECK_LABEL_SQL, CheckFigure
from phase4.tables.thresholds import METRICS, THRESHOLDS

CHECKS = Path(__file__).with_name("sql") / "checks"
Severity = Literal["error", "warning", "info"]
WORST_FIRST: tuple[str, ...] = get_args(Severity)
Reads = Literal["dates", "rows", "sources"]
# The statements before the checks, each a file: what several checks read.
READ_BEFORE: dict[Reads, tuple[str, ...]] = {
    "dates": ("judged", "ledger", "dates"),
    "rows": ("judged", "ledger"),
    "sources": ("judged", "games", "unsettled"),
}
# Few enough for BigQuery to plan their scans as one statement, enough to keep the statements few.
CHECKS_PER_STATEMENT = 5


@dataclass(frozen=True)
class Check:
    """One rule: its figure must not be above (or below) the threshold."""

    name: str
    title: str
    reads: Reads
    severity: Severity
    threshold: float
    unit: str
    fix: str
    folder: Path
    fails: Literal["above", "below"] = "above"
    cross_layer: bool = False

    def fails_at(self, figure: float) -> bool:
        """Whether a figure breaks the rule; the threshold itself does not."""
        return figure > self.threshold if self.fails == "above" else figure < self.threshold

    @property
    def sql(self) -> str:
        """The query behind the check, with its placeholders: subject, figure, detail.

        One that names dates for a run to mend adds `to_mend`, words with blanks between: their
        TABLE:STATE, or TABLE:DATE of one that is to be written again, whatever its state.
        """
        return (self.folder / f"{self.name}.sql").read_text()

    def fix_for(self, start: date, end: date, to_mend: str = "") -> str:
        """The next step for a range, by the tables and states of the dates that were found."""
        found = [(table, state) for table, _, state in (w.partition(":") for w in to_mend.split())]
        return cure_of(found, start, end) if found else self.fix.format(start=start, end=end)


@cache
def registry() -> dict[str, Check]:
    """All checks by name, in the order of their files: those of all tables first."""
    known: dict[str, Check] = {}
    for folder in (CHECKS, *(table.folder / "checks" for table in FILLED.values())):
        listed = folder / "checks.json"
        entries = json.loads(listed.read_text()) if listed.exists() else {}
        known |= {n: Check(name=n, folder=folder, **entry) for n, entry in entries.items()}
    return known


def checks_sql(reads: Reads) -> str:
    """Statements that leave the rows of these checks, with check_name in front, in `findings`."""
    parts = [
        f"SELECT '{check.name}' AS check_name, subject, figure, detail, {_to_mend(check)}"
        f" FROM (\n{check.sql})"
        for check in registry().values()
        if check.reads == reads
    ]
    starts = range(0, len(parts), CHECKS_PER_STATEMENT)
    groups = [parts[start : start + CHECKS_PER_STATEMENT] for start in starts]
    tables = [
        f"CREATE OR REPLACE TEMP TABLE findings_{number} AS\n{_union(group)};\n"
        for number, group in enumerate(groups)
    ]
    rows = [
        f"SELECT check_name, subject, figure, detail, to_mend FROM findings_{number}"
        for number in range(len(groups))
    ]
    findings = f"CREATE OR REPLACE TEMP TABLE findings AS\n{_union(rows)};\n"
    before = [(CHECKS / f"{name}.sql").read_text() for name in READ_BEFORE[reads]]
    return "\n".join([*before, *tables, findings])


def failed(results: Iterable[CheckFigure]) -> list[CheckFigure]:
    """The results of checks of this release that failed, the worst first."""
    known = registry()
    found = [each for each in results if each.outcome == "failed" and each.name in known]
    return sorted(found, key=lambda each: WORST_FIRST.index(each.severity))


def _to_mend(check: Check) -> str:
    return "to_mend" if "AS to_mend" in check.sql else "'' AS to_mend"


def _union(queries: Sequence[str]) -> str:
    return "\nUNION ALL\n".join(queries)


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in the SQL of checks and coverage: factors, thresholds, reference."""
    settings = THRESHOLDS["validation"]
    good_season = int(settings["drift_reference_season"])
    return {
        "date_players_minimum": f"{METRICS['date_players_pct'].minimum:g}",
        "date_players_target": f"{METRICS['date_players_pct'].target:g}",
        "active_names": ", ".join(f"'{factor.column}'" for factor in ACTIVE_FACTORS),
        "score_columns": ", ".join(factor.column for factor in SCORES),
        "active_scores": _structs(ACTIVE_FACTORS),
        "all_scores": _structs(SCORES),
        "content_hash": content_sql(),
        "team_code": team_sql("team_abbr"),
        "whole_team_minutes": str(shots_faced.RULE["whole_team_minutes"]),
        "drift_reference_start": f"{good_season}-10-01",
        "drift_reference_end": f"{good_season + 1}-09-30",
        "minimum_pct": str(THRESHOLDS["input_readiness"]["minimum_pct"]),
        "check_label": CHECK_LABEL_SQL,
        "heartbeat_overdue": _heartbeat_overdue(settings["heartbeat_days"]),
        **{name: str(value) for name, value in settings.items()},
    }


def _heartbeat_overdue(days: int) -> str:
    """SQL for whether the weekly look did not come; beside the CTEs heartbeat and first_sign."""
    text = CHECKS.with_name("heartbeat_overdue.sql").read_text()
    return indented(render(text, {"heartbeat_days": str(days)}), 2)


def _structs(factors: tuple[Factor, ...]) -> str:
    return ",\n    ".join(
        f"STRUCT('{factor.column}' AS factor, CAST({factor.column} AS FLOAT64) AS score, "
        f"CAST({factor.low} AS FLOAT64) AS low, CAST({factor.high} AS FLOAT64) AS high)"
        for factor in factors
    )
