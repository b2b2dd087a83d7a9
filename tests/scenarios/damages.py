"""Damage that hypothesis draws: which tables, dates, games and rows are hurt, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

L1 = "nba_raw.bdl_player_boxscores"
PLAYERS = "nba_analytics.player_game_summary"
OFFENSE = "nba_analytics.team_offense_game_summary"
DEFENSE = "nba_analytics.team_defense_game_summary"
L4 = "nba_precompute.player_composite_factors"
L3 = (PLAYERS, OFFENSE, DEFENSE)
SOURCES = (L1, *L3)
TEAM = {L1: "team_abbr", PLAYERS: "team_abbr", OFFENSE: "team_abbr",
        DEFENSE: "defending_team_abbr"}  # fmt: skip
OTHER_IDS = {
    "ten digits": "CONCAT('00224', SUBSTR(CAST(ABS(FARM_FINGERPRINT(game_id)) AS STRING), 1, 5))",
    "plain number": "SUBSTR(CAST(ABS(FARM_FINGERPRINT(game_id)) AS STRING), 1, 8)",
    "reversed teams": "CONCAT(SUBSTR(game_id, 1, 9), SUBSTR(game_id, 14, 3), '_',"
    " SUBSTR(game_id, 10, 3))",
    "of a provider": "CONCAT('BDL', SUBSTR(CAST(ABS(FARM_FINGERPRINT(game_id)) AS STRING), 1, 6))",
}


@dataclass(frozen=True)
class Game:
    """One game of the sound league."""

    day: date
    game_id: str
    teams: tuple[str, str]

    def where(self, table: str, *teams: str) -> str:
        """The rows of the game, or of some of its teams."""
        if table == L4:
            return f"game_date = '{self.day}' AND game_id = '{self.game_id}'"
        codes = ", ".join(f"'{team}'" for team in teams or self.teams)
        return f"game_date = '{self.day}' AND {TEAM[table]} IN ({codes})"


@dataclass(frozen=True)
class Damage:
    """Statements that hurt tables on dates, and what they are in words."""

    what: str
    days: tuple[date, ...]
    tables: tuple[str, ...]
    statements: tuple[str, ...]


def of(
    what: str, games: Sequence[Game], tables: Sequence[str], made: Callable[[Game, str], str]
) -> Damage:
    """The same done to each game in each table."""
    names = ", ".join(f"{game.day} {game.game_id}" for game in games)
    short = ", ".join(table.partition(".")[2] for table in tables)
    return Damage(
        f"{what} of {names} in {short}",
        tuple(sorted({game.day for game in games})),
        tuple(tables),
        tuple(made(game, table) for game in games for table in tables),
    )


def some(tables: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """One table or several."""
    return st.lists(st.sampled_from(tables), min_size=1, unique=True).map(sorted)


def several(games: Sequence[Game], most: int = 3) -> st.SearchStrategy[list[Game]]:
    """A few games, of one date or of several."""
    return st.lists(st.sampled_from(games), min_size=1, max_size=most, unique=True)


def updated(
    what: str, games: Sequence[Game], tables: Sequence[str], values: str, sides: int = 2
) -> Damage:
    """Values set in the rows of some games, of both teams or of the first."""
    return of(
        what, games, tables,
        lambda game, table: f"UPDATE {table} SET {values}"
        f" WHERE {game.where(table, *game.teams[:sides])}",
    )  # fmt: skip


@st.composite
def deleted(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Games, dates or single teams gone, from one table or from several at once."""
    tables = draw(some((*SOURCES, L4)))
    chosen = draw(several(games))
    reach = draw(st.sampled_from(["game", "date", "team", "a few players"]))

    def statement(game: Game, table: str) -> str:
        if reach == "date":
            return f"DELETE FROM {table} WHERE game_date = '{game.day}'"
        if reach == "team" and table != L4:
            return f"DELETE FROM {table} WHERE {game.where(table, game.teams[0])}"
        few = " AND player_lookup < 'd'" if reach == "a few players" else ""
        few = "" if table in (OFFENSE, DEFENSE) else few
        return f"DELETE FROM {table} WHERE {game.where(table)}{few}"

    return of(f"deletion ({reach})", chosen, tables, statement)


@st.composite
def doubled(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Games copied under another id, as they are or delivered later."""
    tables = draw(some((*SOURCES, L4)))
    name = draw(st.sampled_from(sorted(OTHER_IDS)))
    later = draw(st.booleans())
    changes = f"{OTHER_IDS[name]} AS game_id" + ", CURRENT_TIMESTAMP() AS processed_at" * later
    return of(
        f"copy ({name}{', later' * later})", draw(several(games)), tables,
        lambda game, table: f"INSERT INTO {table} SELECT * REPLACE ({changes}) FROM {table}"
        f" WHERE {game.where(table)}",
    )  # fmt: skip


@st.composite
def renamed(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Games under another id than before."""
    name = draw(st.sampled_from(sorted(OTHER_IDS)))
    chosen, tables = draw(several(games)), draw(some((*SOURCES, L4)))
    return updated(f"rename ({name})", chosen, tables, f"game_id = {OTHER_IDS[name]}")


SWAPS: Mapping[str, Mapping[str, str]] = {
    L1: {
        "home and away": "home_team_abbr = away_team_abbr, away_team_abbr = home_team_abbr",
        "the players' teams": "team_abbr = IF(team_abbr = home_team_abbr, away_team_abbr,"
        " home_team_abbr)",
        "an unknown team": "team_abbr = 'XYZ'",
        "no team": "team_abbr = NULL",
    },
    PLAYERS: {
        "team and opponent": "team_abbr = opponent_team_abbr, opponent_team_abbr = team_abbr",
        "an unknown opponent": "opponent_team_abbr = 'XYZ'",
        "no opponent": "opponent_team_abbr = NULL",
    },
    OFFENSE: {
        "team and opponent": "team_abbr = opponent_team_abbr, opponent_team_abbr = team_abbr",
        "an unknown team": "team_abbr = 'XYZ'",
    },
    DEFENSE: {
        "team and opponent": "defending_team_abbr = opponent_team_abbr,"
        " opponent_team_abbr = defending_team_abbr",
        "an unknown team": "defending_team_abbr = 'XYZ'",
    },
}


@st.composite
def swapped(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Teams of a game exchanged or unknown, for all of its rows or for one team's."""
    table = draw(st.sampled_from(SOURCES))
    what = draw(st.sampled_from(sorted(SWAPS[table])))
    half = draw(st.booleans())
    values, sides = SWAPS[table][what], 1 if half else 2
    what = f"{what}{' for one team' * half}"
    return updated(what, draw(several(games)), [table], values, sides)


VALUES: Mapping[str, Sequence[str]] = {
    L1: ("minutes = '00:00'", "minutes = NULL", "minutes = '00:00', points = 0",
         "player_lookup = NULL", "player_lookup = CONCAT(player_lookup, 'x')", "points = NULL"),
    PLAYERS: ("minutes_played = 0", "minutes_played = NULL", "is_active = NULL",
              "is_active = FALSE", "usage_rate = 900", "usage_rate = NULL", "points = -5",
              "player_lookup = NULL", "universal_player_id = 'somebody'",
              "paint_attempts = 90", "mid_range_attempts = NULL"),
    OFFENSE: ("pace = 0", "pace = NULL", "possessions = 0", "pace = 500"),
    DEFENSE: ("opp_paint_attempts = NULL", "opp_mid_range_makes = 140",
              "opp_three_pt_attempts = 0"),
    L4: ("fatigue_score = 0", "pace_score = 9", "usage_context_json = '{}'",
         "is_production_ready = NOT is_production_ready", "data_hash = NULL",
         "calculation_version = 'v1_4factors'", "universal_player_id = 'somebody'",
         "total_composite_adjustment = 1"),
}  # fmt: skip


@st.composite
def edited(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Values that cannot be, that contradict others, or that somebody else wrote."""
    table = draw(st.sampled_from(sorted(VALUES)))
    values = draw(st.sampled_from(VALUES[table]))
    return updated(values, draw(several(games)), [table], values)


@st.composite
def haunted(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Rows of L4 that stand twice, or that stand on another date as well."""
    chosen = draw(several(games))
    day = draw(st.sampled_from(sorted({game.day for game in games})))
    twice = draw(st.booleans())
    changes = "" if twice else f" REPLACE (DATE '{day}' AS game_date)"
    made = of(
        "rows twice" if twice else f"ghosts on {day}", chosen, [L4],
        lambda game, table: f"INSERT INTO {table} SELECT *{changes} FROM {table}"
        f" WHERE {game.where(table)}",
    )  # fmt: skip
    return Damage(made.what, tuple(sorted({*made.days, day})), made.tables, made.statements)


FIGURES: Mapping[str, Sequence[str]] = {
    PLAYERS: ("minutes_played", "usage_rate", "points", "fg_attempts", "three_pt_attempts",
              "paint_attempts", "mid_range_attempts", "is_active", "is_dnp"),
    L1: ("minutes", "points"),
    OFFENSE: ("pace", "possessions"),
    DEFENSE: ("opp_paint_attempts", "opp_paint_makes", "opp_mid_range_attempts",
              "opp_mid_range_makes", "opp_three_pt_attempts", "opp_three_pt_makes"),
}  # fmt: skip


@st.composite
def exchanged(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """The figures of two players or of the two teams of a game, each under the other's name."""
    table = draw(st.sampled_from(SOURCES))
    name = "player_lookup" if table in (PLAYERS, L1) else TEAM[table]
    across = name != "player_lookup" or draw(st.booleans())

    def statement(game: Game, table: str) -> str:
        rows = f"FROM {table} WHERE {game.where(table, *game.teams[: 2 if across else 1])}"
        last = f"(SELECT MAX({name}) {rows})"
        first = f"(SELECT MIN({name}) {rows})"
        values = ", ".join(
            f"(SELECT ANY_VALUE({column}) {rows} AND {name} = IF(hurt.{name} = {first}, {last},"
            f" {first})) AS {column}"
            for column in FIGURES[table]
        )
        return (
            f"CREATE OR REPLACE TABLE copies.exchanged AS SELECT * REPLACE ({values})"
            f" {rows.replace(table, f'{table} AS hurt')} AND {name} IN ({first}, {last});"
            f" DELETE {rows} AND {name} IN (SELECT {name} FROM copies.exchanged);"
            f" INSERT INTO {table} SELECT * FROM copies.exchanged"
        )

    return of(f"exchange{' between the teams' * across}", draw(several(games)), [table], statement)


@st.composite
def halved(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Half of the rows, as an upstream that died while it wrote leaves them."""
    table = draw(st.sampled_from((*SOURCES, L4)))
    who = TEAM[table] if table in (OFFENSE, DEFENSE) else "player_lookup"
    rest = draw(st.sampled_from([0, 1]))
    return of(
        "half the rows", draw(several(games)), [table],
        lambda game, table: f"DELETE FROM {table} WHERE game_date = '{game.day}'"
        f" AND MOD(ABS(FARM_FINGERPRINT(CONCAT(game_id, {who}))), 2) = {rest}",
    )  # fmt: skip


@st.composite
def shifted(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Games, or all of a date, on the day before or after."""
    step = draw(st.sampled_from([-1, 1]))
    days = {game.day for game in games}
    inner = [game for game in games if min(days) < game.day < max(days)]
    whole = draw(st.booleans())
    made = of(
        f"shift by {step} day ({'date' if whole else 'game'})", draw(several(inner)),
        draw(some(SOURCES)),
        lambda game, table: f"UPDATE {table} SET game_date = '{game.day + timedelta(days=step)}'"
        + (f" WHERE game_date = '{game.day}'" if whole else f" WHERE {game.where(table)}"),
    )  # fmt: skip
    moved = {day + timedelta(days=step) for day in made.days}
    return Damage(made.what, tuple(sorted({*made.days, *moved})), made.tables, made.statements)


SPELLINGS = ("UPPER({0})", "LOWER({0})", "CONCAT(' ', {0})", "CONCAT({0}, ' ')")
NAMES: Mapping[str, Sequence[str]] = {
    L1: ("player_lookup", "team_abbr", "home_team_abbr", "game_id"),
    PLAYERS: ("player_lookup", "universal_player_id", "team_abbr", "opponent_team_abbr",
              "game_id"),
    OFFENSE: ("team_abbr", "opponent_team_abbr", "game_id"),
    DEFENSE: ("defending_team_abbr", "opponent_team_abbr", "game_id"),
}  # fmt: skip


@st.composite
def respelled(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Names in other letters, or with white space around them."""
    table = draw(st.sampled_from(SOURCES))
    name = draw(st.sampled_from(NAMES[table]))
    spelling = draw(st.sampled_from(SPELLINGS)).format(name)
    half = draw(st.booleans())
    values, sides = f"{name} = {spelling}", 1 if half else 2
    what = f"{values}{' for one team' * half}"
    return updated(what, draw(several(games)), [table], values, sides)


UNITS: Mapping[str, Sequence[str]] = {
    L1: ("minutes = REGEXP_EXTRACT(minutes, '^([0-9]+)')",
         "minutes = CONCAT('PT', REPLACE(minutes, ':', 'M'), '.00S')"),
    PLAYERS: ("minutes_played = CAST(minutes_played * 60 AS NUMERIC)",
              "minutes_played = CAST(ROUND(minutes_played / 60, 1) AS NUMERIC)",
              "usage_rate = CAST(ROUND(usage_rate / 100, 2) AS NUMERIC)", "points = points * 10"),
    OFFENSE: ("pace = CAST(ROUND(pace / 48, 1) AS NUMERIC)", "possessions = possessions * 2"),
    DEFENSE: ("opp_paint_attempts = opp_paint_attempts * 2",
              "opp_three_pt_makes = opp_three_pt_makes * 3"),
}  # fmt: skip


@st.composite
def converted(draw: st.DrawFn, games: Sequence[Game]) -> Damage:
    """Figures in another unit than the column's."""
    table = draw(st.sampled_from(SOURCES))
    values = draw(st.sampled_from(UNITS[table]))
    return updated(values, draw(several(games)), [table], values)


KINDS = (deleted, doubled, renamed, swapped, edited, exchanged, halved, shifted, respelled,
         converted)  # fmt: skip


def damages(games: Sequence[Game], first: date) -> st.SearchStrategy[list[Damage]]:
    """One damage, or two at once; most of it from the first date on, the rest behind it."""
    due = [game for game in games if game.day >= first]
    weighted = [*due * 6, *games]
    kinds = [kind(weighted) for kind in KINDS]
    return st.lists(st.one_of(*kinds, haunted(due)), min_size=1, max_size=2)
