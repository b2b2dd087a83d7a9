"""Fingerprints of the sources per date, for BigQuery and for the job's DuckDB from one definition.

A row's text is made of its identity and its content, column by column; when it was processed is not
content. The fingerprint of a date is the sum of its rows' hashes: their order does not matter, how
often a row is there does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from phase4.tables.catalog import TABLES
from phase4.tables.placeholders import render_known

SQL = Path(__file__).with_name("sql") / "fingerprints.sql"
Dialect = Literal["bigquery", "duckdb"]

CONTENT: dict[str, tuple[str, ...]] = {
    "player_game_summary": (
        "player_lookup", "universal_player_id", "game_id", "team_abbr", "opponent_team_abbr",
        "is_active", "is_dnp", "minutes_played", "usage_rate", "points", "fg_attempts",
        "paint_attempts", "mid_range_attempts", "three_pt_attempts",
    ),
    "team_defense_game_summary": (
        "game_id", "defending_team_abbr", "opponent_team_abbr", "opp_paint_attempts",
        "opp_paint_makes", "opp_mid_range_attempts", "opp_mid_range_makes",
        "opp_three_pt_attempts", "opp_three_pt_makes",
    ),
    "team_offense_game_summary": (
        "game_id", "team_abbr", "opponent_team_abbr", "pace", "possessions",
    ),
    "player_birthdates": ("player_lookup", "birth_date"),
}  # fmt: skip
# Decimals are written as whole ten-thousandths: trailing zeros and widths differ between dialects.
# Of floats, because DuckDB takes ten times as long over a decimal of 38 digits.
UNITS = "1e4"


def statement(dialect: Dialect, names: Mapping[str, str]) -> str:
    """The query for source, game_date, row_count and content, of the dates from `first` to `last`.

    `names` are the tables and the bounds as `${…}` in the SQL file names them.
    """
    text = render_known(SQL.read_text(), {**names, **_digests(dialect)})
    return text if dialect == "bigquery" else text.replace("`", '"')


def _digests(dialect: Dialect) -> dict[str, str]:
    return {
        "player_digest": _digest("player_game_summary", dialect),
        "defense_digest": _digest("team_defense_game_summary", dialect),
        "offense_digest": _digest("team_offense_game_summary", dialect),
        "birth_digest": _digest("player_birthdates", dialect),
    }


def _digest(table: str, dialect: Dialect) -> str:
    """SQL for the hash of one row of a table, as hexadecimal text."""
    kinds = {column["name"]: column for column in TABLES[table].columns}
    # The mark tells an empty text from an absent one, the separator one column from the next.
    parts = [f"IFNULL('=' || {_text(name, kinds[name], dialect)}, '')" for name in CONTENT[table]]
    # Joined at once: the laptop builds a CONCAT of all parts up part by part, in twice the time.
    if dialect == "bigquery":
        return f"TO_HEX(MD5(ARRAY_TO_STRING([{', '.join(parts)}], CHR(31))))"
    return f"md5(concat_ws(chr(31), {', '.join(parts)}))"


def _text(column: str, kind: dict[str, Any], dialect: Dialect) -> str:
    """A value as text, the same in both dialects; NULL where it is absent (NaN too)."""
    cast = "SAFE_CAST" if dialect == "bigquery" else "TRY_CAST"
    texts = {
        "STRING": column,
        "INTEGER": f"CAST({column} AS STRING)",
        "BOOLEAN": f"CAST({column} AS STRING)",
        "DATE": f"CAST({column} AS STRING)",
    }
    number = f"CAST({cast}(ROUND({column} * {UNITS}) AS INT64) AS STRING)"
    return texts.get(kind["type"], number)
