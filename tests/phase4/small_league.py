"""A league of single games: what each layer holds of a date, player by player."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from google.cloud import bigquery

from phase4.cloud.loads import load_config, parquet
from phase4.cloud.warehouse import Warehouse
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES
from phase4.tables.factors import CALCULATION_VERSION
from sample.environment import create_tables
from sample.league.upload import table_ids
from tests.table_server import TableServer, reachable

Rows = list[dict[str, Any]]
ALL = tuple(f"player{number:02}" for number in range(20))
ZONES = ("paint", "mid_range", "three_pt")
FIGURES: dict[str, dict[str, Any]] = {
    "offense": {"pace": Decimal(99), "possessions": 100},
    "defense": {f"opp_{zone}_attempts": 30 for zone in ZONES}
    | {f"opp_{zone}_makes": 12 for zone in ZONES},
}
TEAMS = {"team_abbr": "B0", "opponent_team_abbr": "A0"}
_projects = itertools.count()
DELIVERED, COMPUTED, CHANGED = timedelta(days=1), timedelta(days=2), timedelta(days=200)


@dataclass(frozen=True)
class Day:
    """One game of twenty players; every field says how a layer departs from that."""

    l1_games: int = 1
    l1_minutes: str | None = "30:00"
    players: Sequence[str] = ALL
    l4: Sequence[str] = ALL
    l4_game: str = "game"
    without_minutes: int = 0
    without_usage: int = 0
    usage: str = "20"
    dnp: Sequence[str] = ()
    withdrawn: Sequence[str] = ()
    """Who played by one row of L3 and sat by a newer one."""
    restored: Sequence[str] = ()
    """Who sat by one row of L3 and played by a newer one."""
    version: str = CALCULATION_VERSION
    changed: Sequence[str] = field(default=())
    """Which L3 tables changed after L4 was computed: players, defense, offense."""


def moment(day: date, after: timedelta) -> datetime:
    """Midnight of a date, some time later."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + after


def tables(days: Mapping[date, Day]) -> dict[str, Rows]:
    """The rows of every league table."""
    rows: dict[str, Rows] = {
        "bdl_player_boxscores": [],
        "player_game_summary": [],
        "team_defense_game_summary": [],
        "team_offense_game_summary": [],
        "player_composite_factors": [],
    }
    for day, facts in days.items():
        rows["bdl_player_boxscores"] += _raw(day, facts)
        rows["player_game_summary"] += _players(day, facts)
        rows["player_composite_factors"] += _factors(day, facts)
        if facts.players:
            for team, opponent in (("A0", "B0"), ("B0", "A0")):
                sides = {"team_abbr": team, "defending_team_abbr": team}
                sides["opponent_team_abbr"] = opponent
                for key, figures in FIGURES.items():
                    row = {**_game(day, facts, key), **sides, **figures}
                    rows[f"team_{key}_game_summary"].append(_known(row, key))
    return rows


@contextmanager
def serving_league(
    server: TableServer, rows: Mapping[str, Rows], **changes: Any
) -> Iterator[Warehouse]:
    """A project of its own with these rows and the tables and routines of operations."""
    with reachable(server):
        warehouse = server.warehouse(project=f"league-{next(_projects)}", **changes)
        load(warehouse, rows)
        create_tables(warehouse.client, warehouse.settings)
        yield warehouse


def load(warehouse: Warehouse, rows: Mapping[str, Rows]) -> None:
    """Creates the league's tables with exactly these rows."""
    client = warehouse.client
    for key, table_id in table_ids(warehouse.settings).items():
        client.create_dataset(table_id.rpartition(".")[0], exists_ok=True)
        client.create_table(TABLES[key].table(table_id), exists_ok=True)
    hold(warehouse, rows)


def hold(warehouse: Warehouse, rows: Mapping[str, Rows]) -> None:
    """The league's tables, which are there, have exactly these rows."""
    for key, table_id in table_ids(warehouse.settings).items():
        if rows.get(key):
            _load(warehouse.client, key, table_id, rows[key])


def _load(client: bigquery.Client, key: str, table_id: str, rows: Rows) -> None:
    config = load_config(key, "WRITE_TRUNCATE", {})
    file = parquet(key, table_of(key, rows))
    client.load_table_from_file(file, table_id, rewind=True, job_config=config).result()


def _game(day: date, facts: Day, source: str) -> dict[str, Any]:
    after = CHANGED if source in facts.changed else DELIVERED
    return {"game_id": "game", "game_date": day, "processed_at": moment(day, after)}


def _known(row: dict[str, Any], source: str) -> dict[str, Any]:
    columns = TABLES[f"team_{source}_game_summary"].column_names
    return {name: value for name, value in row.items() if name in columns}


def _raw(day: date, facts: Day) -> Rows:
    """Every line of every game twice, as the raw feed may deliver it, under ids of its own."""
    return [
        {
            **_game(day, facts, "raw"),
            "game_id": f"{number}",
            "home_team_abbr": f"A{number}",
            "away_team_abbr": f"B{number}",
            "team_abbr": f"{'AB'[seat % 2]}{number}",
            "player_lookup": player,
            "minutes": facts.l1_minutes,
        }
        for number in range(facts.l1_games)
        for seat, player in enumerate(ALL)
        for _ in range(2)
    ]


def _players(day: date, facts: Day) -> Rows:
    rows = [
        {
            **_game(day, facts, "players"),
            **TEAMS,
            "player_lookup": player,
            "is_active": True,
            "minutes_played": None if number < facts.without_minutes else Decimal("30.0"),
            "usage_rate": None if number < facts.without_usage else Decimal(facts.usage),
        }
        for number, player in enumerate((*facts.players, *facts.withdrawn, *facts.restored))
    ]
    sitting = {"is_active": False, "is_dnp": True}
    rows += [
        {**_game(day, facts, "players"), **TEAMS, "player_lookup": player, **sitting}
        for player in (*facts.dnp, *facts.withdrawn, *facts.restored)
    ]
    for row in rows:
        is_older = facts.withdrawn if row["is_active"] else facts.restored
        if row["player_lookup"] in is_older:
            row["processed_at"] -= timedelta(hours=1)
    return rows


def _factors(day: date, facts: Day) -> Rows:
    row = {
        "game_date": day,
        "game_id": facts.l4_game,
        "calculation_version": facts.version,
        "processed_at": moment(day, COMPUTED),
        "data_quality_issues": [],
    }
    return [{**row, "player_lookup": player} for player in facts.l4]
