"""Lines of L1's box scores, by hand: two teams of five who play 48 minutes each and score alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from phase4.filling.box_scores import BoxScores, box_scores
from phase4.tables.arrow import table_of

Line = dict[str, Any]
DAY = date(2024, 12, 4)
DELIVERED = datetime(2024, 12, 5, 6, tzinfo=UTC)
READ = datetime(2026, 1, 3, tzinfo=UTC)
PLAYERS = "player_game_summary"
OFFENSE = "team_offense_game_summary"
DEFENSE = "team_defense_game_summary"


def game(
    away: str = "BKN",
    home: str = "DAL",
    *,
    players: int = 5,
    minutes: str | None = "48:00",
    **everywhere: Any,
) -> list[Line]:
    """A game in which everybody takes 20 shots, makes 10 of them, and scores 20."""
    return [
        {
            "game_id": f"{DAY:%Y%m%d}_{away}_{home}",
            "game_date": DAY,
            "period": 4,
            "home_team_abbr": home,
            "away_team_abbr": away,
            "home_team_score": 20 * players,
            "away_team_score": 20 * players,
            "team_abbr": team,
            "player_full_name": f"{team} {number}",
            "player_lookup": f"{team.lower()}{number}",
            "minutes": minutes,
            "points": 20,
            "field_goals_made": 10,
            "field_goals_attempted": 20,
            "processed_at": DELIVERED,
            **everywhere,
        }
        for team in (away, home)
        for number in range(players)
    ]


def bench(**facts: Any) -> Line:
    """A sixth player of DAL, who has done nothing unless told so."""
    nothing = {"points": 0, "field_goals_made": 0, "field_goals_attempted": 0}
    return {**game()[5], "player_lookup": "sixth", "player_full_name": "Sixth", **nothing, **facts}


def changed(lines: Sequence[Line], player: str, **facts: Any) -> list[Line]:
    """The lines, with other facts in that of one player."""
    return [{**line, **facts} if line["player_lookup"] == player else line for line in lines]


def computed(
    lines: Sequence[Line],
    ids: Mapping[str, str] | None = None,
    dates: Sequence[date] = (DAY,),
) -> BoxScores:
    """What the lines make, with these ids of players."""
    known = None if ids is None else id_table(list(ids.items()))
    return box_scores(table_of("bdl_player_boxscores", lines), known, dates, READ)


def id_table(ids: Sequence[tuple[str, str]]) -> pa.Table:
    """The table of (player_lookup, universal_player_id)."""
    names = ("player_lookup", "universal_player_id")
    columns = [pa.array([pair[place] for pair in ids], pa.string()) for place in (0, 1)]
    return pa.table(dict(zip(names, columns, strict=True)))


def player(found: BoxScores, lookup: str) -> Line:
    """The one row of a player."""
    (row,) = (row for row in found.rows[PLAYERS].to_pylist() if row["player_lookup"] == lookup)
    return dict(row)


def team(rows: pa.Table, code: str) -> Line:
    """The one row of a team."""
    (row,) = (
        row for row in rows.to_pylist()
        if row.get("team_abbr", row.get("defending_team_abbr")) == code
    )  # fmt: skip
    return dict(row)


def reasons(found: BoxScores) -> list[str]:
    """Why games stay out, in order of date and game."""
    return [row["reason"] for row in found.refused.to_pylist()]
