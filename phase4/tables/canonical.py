"""The canonical game: one (date, unordered pair of teams), however the layers name game and teams.

The expressions are the same text in GoogleSQL and in DuckDB.
"""

from __future__ import annotations

import json
from pathlib import Path

from phase4.tables.filled import FILLED, FilledTable
from phase4.tables.thresholds import THRESHOLDS

ALIASES: dict[str, list[str]] = json.loads(Path(__file__).with_name("teams.json").read_text())
CODES = {alias: code for code, aliases in ALIASES.items() for alias in (code, *aliases)}
KNOWN_TEAMS = ", ".join(f"'{code}'" for code in CODES)
COLUMNS: dict[str, tuple[str, ...]] = {
    "raw": ("home_team_abbr", "away_team_abbr"),
    **{table.side: table.teams for table in FILLED.values() if table.teams},
}

# Looked up in one text: a game names teams four times, and with an arm of a CASE for each alias
# these were most of every statement over games, of its planning and of its work.
LOOKUP = "".join(f" {alias}={team}" for team, aliases in ALIASES.items() for alias in aliases)


def team_sql(code: str) -> str:
    """SQL for the canonical code of a team, without blanks around it; an unknown one stays."""
    code = f"TRIM({code}, ' ')"
    position = f"STRPOS('{LOOKUP}', ' ' || {code} || '=')"
    team = f"SUBSTR('{LOOKUP}', {position} + LENGTH({code}) + 2, 3)"
    return f"CASE {position} WHEN 0 THEN {code} ELSE {team} END"


# Of the rows of an id a few may name other teams, or none: the id is the game that most name.
# As many as a team needs are no slip: the id stands for two games.
TOLD_ROWS = "COUNTIF(game != game_id) OVER (PARTITION BY game_date, game_id, game)"
SETTLED_GAME = f"""CASE
  WHEN game_id IS NULL OR told_rows >= {THRESHOLDS["witness_players"]} THEN game
  ELSE FIRST_VALUE(game) OVER (PARTITION BY game_date, game_id ORDER BY told_rows DESC, game)
END"""
# For rows grouped by date, id and game.
_MEANT = "ROW_NUMBER() OVER (PARTITION BY game_date, game_id ORDER BY {naming} DESC, game) = 1"
IS_MEANT_GAME = _MEANT.format(naming="COUNTIF(game != game_id)")
# The same for such as are grouped already, told_rows of them.
IS_MEANT_GAME_TOLD = _MEANT.format(naming="SUM(IF(game != game_id, told_rows, 0))")
# Of the copies of a player's row in a game the newest holds: it may take back what older ones say.
_COPIES = "PARTITION BY game_date, game, player_lookup"
NEWEST_COPY = f"RANK() OVER ({_COPIES} ORDER BY processed_at DESC) = 1"
# What is without a name, or without an id, has no key.
HAS_KEY = " AND ".join(
    rf"IFNULL(REGEXP_CONTAINS({part}, r'\S'), FALSE)" for part in ("player_lookup", "game_id")
)


# An id says little: a game has several of them, and one id stands on two dates.
def game_sql(one: str, other: str, game_id: str = "game_id") -> str:
    """SQL for the canonical game of two teams; without both of them the id is the game."""
    has_teams = f"TRIM({one}, ' ') != '' AND TRIM({other}, ' ') != ''"
    game = _pair_sql(team_sql(one), team_sql(other))
    return f"CASE WHEN {has_teams} THEN {game} ELSE {game_id} END"


def codes_sql(one: str, other: str) -> str:
    """SQL for the columns of CODED_GAME: the codes of two teams.

    A game names each of its teams three times: over many rows they are looked up once before.
    """
    return f"{team_sql(one)} AS code, {team_sql(other)} AS other_code"


def game_of_id_sql(game_id: str) -> str:
    """SQL for the canonical game of an id like 20250120_BKN_MIL; any other id is its own game."""
    has_teams, away, home = _teams_of_id(game_id)
    game = _pair_sql(team_sql(away), team_sql(home))
    return f"CASE WHEN {has_teams} THEN {game} ELSE {game_id} END"


def codes_of_id_sql(game_id: str) -> str:
    """SQL for the columns of CODED_ID_GAME: the codes in an id, NULL where it names no teams."""
    has_teams, away, home = _teams_of_id(game_id)
    return ", ".join(
        f"CASE WHEN {has_teams} THEN {team_sql(team)} END AS {column}"
        for team, column in ((away, "code"), (home, "other_code"))
    )


def side_rows(table: FilledTable) -> int:
    """The rows of a table that tell that a team stands in a game: of its players a few may err."""
    return 1 if table.who in table.teams else int(THRESHOLDS["witness_players"])


def placeholders() -> dict[str, str]:
    """What `${…}` stands for in SQL files: `NAME_game` for each source, teams by their codes."""
    return {
        **{f"{source}_game": game_sql(*columns) for source, columns in COLUMNS.items()},
        **{f"{source}_codes": codes_sql(*columns) for source, columns in COLUMNS.items()},
        "coded_game": CODED_GAME,
        "id_codes": codes_of_id_sql("game_id"),
        "coded_id_game": CODED_ID_GAME,
        "side_code": team_sql("side"),
        "told_rows": TOLD_ROWS,
        "settled_game": " ".join(SETTLED_GAME.split()),
        "is_meant_game": IS_MEANT_GAME,
        "is_meant_game_told": IS_MEANT_GAME_TOLD,
        "newest_copy": NEWEST_COPY,
        "has_key": HAS_KEY,
        "id_game": game_of_id_sql("game_id"),
        "named_game": game_of_id_sql("game"),
        "known_teams": KNOWN_TEAMS,
    }


def _teams_of_id(game_id: str) -> tuple[str, str, str]:
    """SQL for whether an id names two teams, and for both of them."""
    teams = f"SUBSTR({game_id}, 10)"
    has_teams = f"SUBSTR({game_id}, 9, 1) = '_' AND STRPOS({teams}, '_') > 1"
    away = f"SUBSTR({game_id}, 10, STRPOS({teams}, '_') - 1)"
    home = f"SUBSTR({game_id}, 10 + STRPOS({teams}, '_'))"
    return has_teams, away, home


def _pair_sql(code: str, other: str) -> str:
    # Not LEAST and GREATEST: where they pass over NULL each code has to stand four times for them.
    in_order, turned = f"{code} || '-' || {other}", f"{other} || '-' || {code}"
    return f"CASE WHEN {code} < {other} THEN {in_order} ELSE {turned} END"


# The game of a row with the columns of codes_sql, and of an id with those of codes_of_id_sql.
CODED_GAME = (
    "CASE WHEN code != '' AND other_code != ''"
    f" THEN {_pair_sql('code', 'other_code')} ELSE game_id END"
)
CODED_ID_GAME = f"CASE WHEN code IS NULL THEN game_id ELSE {_pair_sql('code', 'other_code')} END"
