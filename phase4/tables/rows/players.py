"""Rows about players and their scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, make_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from phase4.tables.filled import DEFAULT


@dataclass(frozen=True)
class PlayerGames:
    """Player-games of a date where the pipeline may lose them."""

    query: ClassVar[str] = "player_games"

    game_date: date
    l1_players: int
    l4_players: int
    ready_players: int


@dataclass(frozen=True)
class ScoreBin:
    """How many scores of a factor fall into one of its 20 bins in a season."""

    query: ClassVar[str] = "score_histograms"

    season_year: int
    factor: str
    bin: int
    scores: int


@dataclass(frozen=True)
class StoredPlayer:
    """What L3 says of a player's game, and a row of L4 of it; all None unless `is_scored`."""

    game_id: str
    player_lookup: str
    player_name: str | None
    team_abbr: str | None
    opponent_team_abbr: str | None
    minutes_played: Decimal | None
    usage_rate: Decimal | None
    points: int | None
    is_active: bool | None
    is_scored: bool
    universal_player_id: str | None
    game_date: date | None
    analysis_date: date | None
    calculation_version: str | None
    data_completeness_pct: Decimal | None
    missing_data_fields: str | None
    has_warnings: bool | None
    warning_details: str | None
    data_hash: str | None
    early_season_flag: bool | None
    is_production_ready: bool | None
    data_quality_issues: tuple[str, ...]
    context_source: str | None
    run_id: str | None
    code_version: str | None
    created_at: datetime | None
    processed_at: datetime | None


def _scores() -> Iterator[tuple[str, type]]:
    """The columns of the scores, and of the texts that carry their inputs."""
    for factor in DEFAULT.scores:
        yield factor.column, Decimal if factor.decimals else int
    for column in DEFAULT.contexts.values():
        yield column, str


PlayerRow = make_dataclass(
    "PlayerRow",
    [*_scores(), ("query", ClassVar[str], "player_rows")],
    bases=(StoredPlayer,),
    frozen=True,
    namespace={"__doc__": "A stored row with the scores that its table declares."},
)
