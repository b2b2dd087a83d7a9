"""The check registry: every quality check with its severity and threshold, its SQL beside it.

All checks run in one call of the procedure `quality_checks`; one that cannot run fails them all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from phase4.factors import ACTIVE_FACTORS, SCORES, Factor
from phase4.thresholds import METRICS, THRESHOLDS

CHECKS = Path(__file__).with_name("sql") / "checks"
Severity = Literal["error", "warning", "info"]
# Few enough for BigQuery to plan their scans as one statement, enough to keep the statements few.
CHECKS_PER_STATEMENT = 5


@dataclass(frozen=True)
class Check:
    """One rule: its figure must not be above (or below) the threshold."""

    name: str
    title: str
    severity: Severity
    threshold: float
    unit: str
    fix: str
    fails: Literal["above", "below"] = "above"
    cross_layer: bool = False

    def fails_at(self, figure: float) -> bool:
        """Whether a figure breaks the rule; the threshold itself does not."""
        return figure > self.threshold if self.fails == "above" else figure < self.threshold

    @property
    def sql(self) -> str:
        """The query behind the check, with its placeholders: subject, figure, detail."""
        return (CHECKS / f"{self.name}.sql").read_text()


@cache
def registry() -> dict[str, Check]:
    """All checks by name, in the order of sql/checks/checks.json."""
    entries = json.loads((CHECKS / "checks.json").read_text())
    return {name: Check(name=name, **entry) for name, entry in entries.items()}


def checks_sql() -> str:
    """The body of the procedure: the rows of every check, with check_name in front."""
    parts = [
        f"SELECT '{check.name}' AS check_name, subject, figure, detail FROM (\n{check.sql})"
        for check in registry().values()
    ]
    starts = range(0, len(parts), CHECKS_PER_STATEMENT)
    groups = [parts[start : start + CHECKS_PER_STATEMENT] for start in starts]
    findings = [
        f"CREATE OR REPLACE TEMP TABLE findings_{number} AS\n{_union(group)};\n"
        for number, group in enumerate(groups)
    ]
    rows = [
        f"SELECT check_name, subject, figure, detail FROM findings_{number}"
        for number in range(len(groups))
    ]
    return "\n".join([(CHECKS / "prelude.sql").read_text(), *findings, f"{_union(rows)};"])


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
        "drift_reference_start": f"{good_season}-10-01",
        "drift_reference_end": f"{good_season + 1}-09-30",
        **{name: str(value) for name, value in settings.items()},
    }


def _structs(factors: tuple[Factor, ...]) -> str:
    return ",\n    ".join(
        f"STRUCT('{factor.column}' AS factor, CAST({factor.column} AS FLOAT64) AS score, "
        f"CAST({factor.low} AS FLOAT64) AS low, CAST({factor.high} AS FLOAT64) AS high)"
        for factor in factors
    )
