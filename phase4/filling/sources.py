"""The source tables as the job reads them: which columns of which table, as Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from phase4.errors import Unfit

# Sums of doubles would depend on the order of rows, and with it on the cut into shards.
WHOLE, DECIMAL = "BIGINT", "DECIMAL(9, 4)"


@dataclass(frozen=True)
class Source:
    """One source table: its columns as (name in the source, name here, kind of number or empty).

    A row is about somebody (`who`, as named here) in a game of two teams (as named in the source).
    """

    table: str
    relation: str
    columns: tuple[tuple[str, str, str], ...]
    key: tuple[str, ...]
    who: str = ""
    teams: tuple[str, ...] = ()

    @property
    def selected(self) -> tuple[str, ...]:
        """The columns to read, as a Storage Read session's selected_fields."""
        return tuple(name for name, _, _ in self.columns)


PLAYERS = Source(
    "player_game_summary",
    "player_games",
    (
        ("player_lookup", "player_lookup", ""),
        ("universal_player_id", "universal_player_id", ""),
        ("game_id", "game_id", ""),
        ("game_date", "game_date", ""),
        ("team_abbr", "team_abbr", ""),
        ("opponent_team_abbr", "opponent_team_abbr", ""),
        ("is_active", "is_active", ""),
        ("is_dnp", "is_dnp", ""),
        ("minutes_played", "minutes", DECIMAL),
        ("usage_rate", "usage", DECIMAL),
        ("points", "points", WHOLE),
        ("fg_attempts", "fg_attempts", WHOLE),
        ("paint_attempts", "paint_attempts", WHOLE),
        ("mid_range_attempts", "mid_range_attempts", WHOLE),
        ("three_pt_attempts", "three_pt_attempts", WHOLE),
        ("processed_at", "processed_at", ""),
    ),
    ("game_date", "game_id", "player_lookup"),
    who="player_lookup",
    teams=("team_abbr", "opponent_team_abbr"),
)
DEFENSE = Source(
    "team_defense_game_summary",
    "defense_games",
    (
        ("game_id", "game_id", ""),
        ("game_date", "game_date", ""),
        ("defending_team_abbr", "team_abbr", ""),
        ("opponent_team_abbr", "opponent_team_abbr", ""),
        ("opp_paint_attempts", "paint_attempts", WHOLE),
        ("opp_paint_makes", "paint_makes", WHOLE),
        ("opp_mid_range_attempts", "mid_range_attempts", WHOLE),
        ("opp_mid_range_makes", "mid_range_makes", WHOLE),
        ("opp_three_pt_attempts", "three_pt_attempts", WHOLE),
        ("opp_three_pt_makes", "three_pt_makes", WHOLE),
        ("processed_at", "processed_at", ""),
    ),
    ("game_date", "game_id", "team_abbr"),
    who="team_abbr",
    teams=("defending_team_abbr", "opponent_team_abbr"),
)
OFFENSE = Source(
    "team_offense_game_summary",
    "offense_games",
    (
        ("game_id", "game_id", ""),
        ("game_date", "game_date", ""),
        ("team_abbr", "team_abbr", ""),
        ("opponent_team_abbr", "opponent_team_abbr", ""),
        ("pace", "pace", DECIMAL),
        ("possessions", "possessions", WHOLE),
        ("processed_at", "processed_at", ""),
    ),
    ("game_date", "game_id", "team_abbr"),
    who="team_abbr",
    teams=("team_abbr", "opponent_team_abbr"),
)
BOXSCORES = Source(
    "bdl_player_boxscores",
    "boxscore_games",
    (
        ("game_id", "game_id", ""),
        ("game_date", "game_date", ""),
        ("team_abbr", "team_abbr", ""),
        ("minutes", "minutes", ""),
    ),
    ("game_date", "game_id", "team_abbr"),
)
ROSTER = Source(
    "player_birthdates",
    "roster",
    (("player_lookup", "player_lookup", ""), ("birth_date", "birth_date", "")),
    ("player_lookup",),
)


class ColumnMissing(Unfit):
    """A source table lacks a column that the job reads."""

    def __init__(self, table: str, column: str, found: list[str]) -> None:
        super().__init__(
            f"{table} has no column {column!r}, only {', '.join(found)}: ask its owner to add it"
        )
        self.table = table
        self.column = column


@dataclass(frozen=True)
class LeagueTables:
    """The facts of every season touched, from its opener on, as Arrow tables with selected columns.

    Roster and box scores may be None: ages are unknown then, and missing games are inferred.
    """

    players: pa.Table
    defense: pa.Table
    offense: pa.Table
    roster: pa.Table | None = None
    boxscores: pa.Table | None = None

    def __post_init__(self) -> None:
        """Raises ColumnMissing for the first column that is read and not there."""
        for source, rows in self.sources():
            for column in source.selected:
                if column not in rows.column_names:
                    raise ColumnMissing(source.table, column, rows.column_names)

    def sources(self) -> Iterator[tuple[Source, pa.Table]]:
        """Each source with its rows; an absent optional table comes as an empty one."""
        yield PLAYERS, self.players
        yield DEFENSE, self.defense
        yield OFFENSE, self.offense
        yield ROSTER, _EMPTY_ROSTER if self.roster is None else self.roster
        yield BOXSCORES, _EMPTY_BOXSCORES if self.boxscores is None else self.boxscores


_EMPTY_ROSTER = pa.table(
    {"player_lookup": pa.array([], pa.string()), "birth_date": pa.array([], pa.date32())}
)
_EMPTY_BOXSCORES = pa.table(
    {
        "game_id": pa.array([], pa.string()),
        "game_date": pa.array([], pa.date32()),
        "team_abbr": pa.array([], pa.string()),
        "minutes": pa.array([], pa.string()),
    }
)
