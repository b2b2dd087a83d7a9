"""Box scores as L3 takes them over (layers.md section 3): minutes of a line, gates of a game."""

from __future__ import annotations

import json
from pathlib import Path

from phase4.tables.calendar import exhibitions_sql
from phase4.tables.canonical import KNOWN_TEAMS
from phase4.tables.thresholds import THRESHOLDS

# MM:SS, minutes with or without decimals, ISO 8601. Anything else is no time; neither is '00'.
CLOCK_TIME = "[0-9]{1,3}:[0-5][0-9]"
PLAIN_TIME = "[0-9]{1,3}([.][0-9]+)?"
ISO_TIME = "PT[0-9]{1,3}M[0-5]?[0-9]([.][0-9]+)?S"
MINUTES_IN_SECONDS = rf"""CASE
        WHEN REGEXP_CONTAINS(minutes, r'^{CLOCK_TIME}$') THEN
          CAST(
            60 * CAST(SPLIT(minutes, ':')[SAFE_OFFSET(0)] AS INT64)
            + CAST(SPLIT(minutes, ':')[SAFE_OFFSET(1)] AS INT64)
            AS NUMERIC)
        WHEN REGEXP_CONTAINS(minutes, r'^{PLAIN_TIME}$') AND minutes != '00' THEN
          60 * CAST(minutes AS NUMERIC)
        WHEN REGEXP_CONTAINS(minutes, r'^{ISO_TIME}$') THEN
          60 * CAST(REGEXP_EXTRACT(minutes, r'^PT([0-9]+)M') AS NUMERIC)
          + CAST(REGEXP_EXTRACT(minutes, r'M([0-9.]+)S$') AS NUMERIC)
      END"""

# What MINUTES_IN_SECONDS reads, for the regular expressions of BigQuery and of DuckDB.
A_TIME = f"^({CLOCK_TIME}|{PLAIN_TIME}|{ISO_TIME})$"


def has_minutes_sql(minutes: str, contains: str = "REGEXP_CONTAINS") -> str:
    """SQL for whether a line has minutes: a time, and more than none.

    Written for BigQuery, and for DuckDB with its `regexp_matches`.
    """
    return f"IFNULL({contains}({minutes}, '{A_TIME}') AND {contains}({minutes}, '[1-9]'), FALSE)"


HAS_MINUTES = has_minutes_sql("minutes")
# Minutes may be there before points, and points before minutes.
HAS_PLAYED = f"{HAS_MINUTES} OR IFNULL(points > 0, FALSE)"

# What of a line must agree when it is delivered twice at one moment. NULL counts as 0.
STATISTICS = (
    "points",
    "assists",
    "rebounds",
    "offensive_rebounds",
    "turnovers",
    "field_goals_made",
    "field_goals_attempted",
    "three_pointers_made",
    "three_pointers_attempted",
    "free_throws_made",
    "free_throws_attempted",
)

# The table of L1, and what of it L3 is made of.
LINES = "bdl_player_boxscores"
SELECTED: tuple[str, ...] = tuple(
    json.loads(Path(__file__).with_name("box_score_columns.json").read_text())
)


def unknown_team_sql(team: str) -> str:
    """SQL for whether a team of a game on game_date has a code that no team has.

    Exhibitions are played by teams of their own. Written for BigQuery and DuckDB.
    """
    return f"{team} NOT IN ({KNOWN_TEAMS}) AND NOT ({exhibitions_sql('game_date')})"


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in SQL: of a line seconds and teams, of a game its bounds."""
    return {
        "minutes_in_seconds": MINUTES_IN_SECONDS,
        "has_minutes": HAS_MINUTES,
        "has_played_line": HAS_PLAYED,
        "line_figures": _figures(),
        "is_unknown_team": unknown_team_sql("team"),
        "is_exhibition_date": exhibitions_sql("game_date"),
        **{name: str(value) for name, value in THRESHOLDS["box_scores"].items()},
    }


def _figures() -> str:
    """SQL for the statistics of a line as text, to be joined."""
    return ", ' ', ".join(f"CAST(IFNULL({name}, 0) AS STRING)" for name in STATISTICS)
