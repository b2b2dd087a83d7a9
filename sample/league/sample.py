"""The sample league: generated, deterministic, exactly the reference situation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from sample.league.directory import Directory
from sample.league.earlier_system import composite_factors
from sample.league.gaps import earlier_system_days, games_in_l3
from sample.league.league import League
from sample.league.part import Part, part_of
from sample.league.schedule import (
    ALL_STAR_POSITIONS,
    exhibition_games,
    season_games,
    season_plans,
)
from sample.league.tables import player_games, raw_boxscores, team_defense, team_offense

REFERENCE_SEASONS = 2
ABSURD_USAGE_HUNDREDTHS = 132_980


def sample_league(seasons: int = REFERENCE_SEASONS, *, exhibitions: bool = False) -> League:
    """The last `seasons` seasons up to 2026-01-02 (2,027 games in the last two, 1,230 in others).

    Only the last two have gaps and L4 rows. `exhibitions` adds preseason and All-Star games.
    """
    if seasons < REFERENCE_SEASONS:
        raise ValueError(f"seasons={seasons}: the sample league has at least {REFERENCE_SEASONS}")
    plans = season_plans(seasons)
    reference = [game for plan in plans[-REFERENCE_SEASONS:] for game in season_games(plan)]
    filled = [part_of(season_games(plan)) for plan in plans[:-REFERENCE_SEASONS]]
    if exhibitions:
        shows = [game for plan in plans[-2:] for game in exhibition_games(plan)]
        filled.append(_with_absurd_usage(part_of(shows)))
    raw = [*filled, part_of(reference)]
    analytics = [*filled, part_of(games_in_l3(reference))]
    return _league(raw, analytics)


def _league(raw: Sequence[Part], analytics: Sequence[Part]) -> League:
    directory = Directory(np.concatenate([part.lines.player for part in raw]))
    reached = analytics[-1]
    days = earlier_system_days(reached.games)
    return League(
        pa.concat_tables(raw_boxscores(part, directory) for part in raw),
        pa.concat_tables(player_games(part, directory) for part in analytics),
        pa.concat_tables(team_defense(part) for part in analytics),
        pa.concat_tables(team_offense(part) for part in analytics),
        directory.birthdates_table(),
        composite_factors(reached, directory, days),
    )


def _with_absurd_usage(part: Part) -> Part:
    """One All-Star with a usage rate of 1,329.80, as a warehouse once had it."""
    usage = part.figures.usage_hundredths.copy()
    all_star = part.sides.team[part.lines.side] == ALL_STAR_POSITIONS[0]
    usage[np.flatnonzero(all_star)[0]] = ABSURD_USAGE_HUNDREDTHS
    return replace(part, figures=replace(part.figures, usage_hundredths=usage))
