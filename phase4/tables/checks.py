"""The check registry: every quality check with its severity and threshold, its SQL beside it.

All checks run in one call of the procedure `validation_figures`; one that cannot run fails all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from phase4.tables.canonical import team_sql
from phase4.tables.contexts import FATIGUE, PACE, USAGE
from phase4.tables.factors import ACTIVE_FACTORS, SCORES, TOTAL, Factor
from phase4.tables.thresholds import METRICS, THRESHOLDS

CHECKS = Path(__file__).with_name("sql") / "checks"
Severity = Literal["error", "warning", "info"]
# Few enough for BigQuery to plan their scans as one statement, enough to keep the statements few.
CHECKS_PER_STATEMENT = 5

# What score_mismatch judges, and the column that it is about.
MISMATCHES = {
    "fatigue": "fatigue_score",
    "shot": "shot_zone_mismatch_score",
    "pace": "pace_score",
    "usage": "usage_spike_score",
    "total": "total_composite_adjustment",
    "completeness": "data_completeness_pct",
    "readiness": "is_production_ready",
    "warned": "has_warnings",
    "warnings": "warning_details",
    "analysis_date": "analysis_date",
}


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
    """Statements that leave the rows of every check, with check_name in front, in `findings`."""
    parts = [
        f"SELECT '{check.name}' AS check_name, subject, figure, detail FROM (\n{check.sql})"
        for check in registry().values()
    ]
    starts = range(0, len(parts), CHECKS_PER_STATEMENT)
    groups = [parts[start : start + CHECKS_PER_STATEMENT] for start in starts]
    tables = [
        f"CREATE OR REPLACE TEMP TABLE findings_{number} AS\n{_union(group)};\n"
        for number, group in enumerate(groups)
    ]
    rows = [
        f"SELECT check_name, subject, figure, detail FROM findings_{number}"
        for number in range(len(groups))
    ]
    findings = f"CREATE OR REPLACE TEMP TABLE findings AS\n{_union(rows)};\n"
    return "\n".join([(CHECKS / "prelude.sql").read_text(), *tables, findings])


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
        "team_code": team_sql("team_abbr"),
        "hashed_values": ",\n      ".join(_hashed_values()),
        "context_inputs": ",\n      ".join(_context_inputs()),
        "mismatch_sums": ",\n      ".join(
            f"COUNTIF({name}) AS {name}_rows, MIN(IF({name}, game_date, NULL)) AS {name}_date"
            for name in MISMATCHES
        ),
        "mismatch_subjects": ",\n  ".join(
            f"STRUCT('{column}' AS subject, {name}_rows AS wrong_rows, {name}_date AS first_date)"
            for name, column in MISMATCHES.items()
        ),
        "drift_reference_start": f"{good_season}-10-01",
        "drift_reference_end": f"{good_season + 1}-09-30",
        "minimum_pct": str(THRESHOLDS["input_readiness"]["minimum_pct"]),
        **{name: str(value) for name, value in settings.items()},
    }


def _structs(factors: tuple[Factor, ...]) -> str:
    return ",\n    ".join(
        f"STRUCT('{factor.column}' AS factor, CAST({factor.column} AS FLOAT64) AS score, "
        f"CAST({factor.low} AS FLOAT64) AS low, CAST({factor.high} AS FLOAT64) AS high)"
        for factor in factors
    )


def _hashed_values() -> list[str]:
    """The texts behind a data_hash, in the order in which the job joins them."""
    scores = [
        f"FORMAT('%.{factor.decimals}f', {factor.column})"
        if factor.decimals
        else f"CAST({factor.column} AS STRING)"
        for factor in (*ACTIVE_FACTORS, TOTAL)
    ]
    return [
        "player_lookup",
        "IFNULL(universal_player_id, '')",
        "CAST(game_date AS STRING)",
        "game_id",
        *scores,
        "calculation_version",
        "FORMAT('%.2f', data_completeness_pct)",
        "IFNULL(missing_data_fields, '')",
    ]


def _context_inputs() -> list[str]:
    """The inputs of the scoring functions, NULL where a context says that a default was taken."""
    named = {
        **{column: ("fatigue", name) for name, column in FATIGUE.items() if name != "back_to_back"},
        **{column: ("pace", name) for name, column in PACE.items()},
        **{column: ("usage", name) for name, column in USAGE.items()},
        "zone_defense": ("shot_zone", "opponent_defense_vs_league"),
        "zone_rate": ("shot_zone", "primary_zone_frequency"),
        "final_fatigue": ("fatigue", "final_score"),
        "final_shot": ("shot_zone", "final_score"),
        "final_pace": ("pace", "final_score"),
        "final_usage": ("usage", "final_score"),
    }
    return [
        f"IF(STRPOS({context}_defaulted, '\"{name}\"') > 0, NULL,"
        f" SAFE_CAST(JSON_VALUE({context}, '$.{name}') AS FLOAT64)) AS {column}"
        for column, (context, name) in named.items()
    ]
