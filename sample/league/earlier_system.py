"""L4 rows as the earlier, half-finished system left them: plausible inputs, scored by the formulas.

The inputs are whole tenths or hundredths and the scores are counted in units of 10^-5, so that
nothing is rounded before the end and every digit is the same on every machine.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from itertools import compress

import numpy as np
import pyarrow as pa

from phase4.tables.factors import ACTIVE_FACTORS, CALCULATION_VERSION, DEFERRED_FACTORS, TOTAL
from sample.league.boxscores import Sides
from sample.league.columns import SECOND, conform, decimals, processed
from sample.league.directory import Directory
from sample.league.draws import Ints, draw, noise
from sample.league.figures import Figures
from sample.league.part import Part
from sample.league.tables import game_columns, lost_minutes

UNIT = 100_000
RUN_ID = "earlier-system"
ZONES = np.array(["paint", "mid_range", "perimeter"])
STAR_PERCENT = np.array([100, 115, 130])
NO_AGE = 25


@dataclass(frozen=True)
class _Factor:
    """One factor of all rows: the inputs of its context and the score in units of 10^-5."""

    inputs: dict[str, list[object]]
    score: Ints

    def contexts(self) -> list[str]:
        """The context of each row as JSON text."""
        columns = {**self.inputs, "final_score": _scaled(self.score, UNIT)}
        rows = zip(*columns.values(), strict=True)
        return [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]


def composite_factors(part: Part, directory: Directory, days: set[date]) -> pa.Table:
    """L4: one complete row per player who played on one of the given days."""
    sides, lines, figures = part.sides, part.lines, part.figures
    on_days = np.isin(sides.day, [day.toordinal() for day in days])[lines.side]
    rows = np.flatnonzero(on_days & (lines.seconds > 0) & ~lost_minutes(part))
    side, player = lines.side[rows], lines.player[rows]
    fatigue = _fatigue(sides, side, player, lines.seconds[rows], directory)
    shot, pace = _shot_zone(sides, side, player), _pace(sides, side, figures)
    usage = _usage(sides, side, player, figures.usage_hundredths[rows])
    total = (fatigue.score - 100 * UNIT) // 20 + shot.score + pace.score + usage.score
    written = processed(sides.day[side]) + 2 * 3600 * SECOND
    columns = game_columns(part, side) | directory.identity(player)
    columns |= {
        "fatigue_score": fatigue.score // UNIT,
        "shot_zone_mismatch_score": decimals(_rounded(shot.score, UNIT // 10), 4, 1),
        "pace_score": decimals(_rounded(pace.score, UNIT // 10), 3, 1),
        "usage_spike_score": decimals(_rounded(usage.score, UNIT // 10), 3, 1),
        "total_composite_adjustment": decimals(_rounded(total, UNIT // 100), 5, 2),
        "fatigue_context_json": fatigue.contexts(),
        "shot_zone_context_json": shot.contexts(),
        "pace_context_json": pace.contexts(),
        "usage_context_json": usage.contexts(),
        "created_at": written,
        "processed_at": written,
    }
    columns |= _constants(len(rows)) | _derived(columns) | _warnings(fatigue, shot, total)
    return conform("player_composite_factors", columns)


def _constants(count: int) -> dict[str, object]:
    values: dict[str, object] = {
        **dict.fromkeys((factor.column for factor in DEFERRED_FACTORS), 0),
        "calculation_version": CALCULATION_VERSION,
        "data_completeness_pct": 100,
        "missing_data_fields": None,
        "early_season_flag": False,
        "is_production_ready": True,
        "data_quality_issues": [],
        "context_source": "earlier_system",
        "run_id": RUN_ID,
        "code_version": RUN_ID,
    }
    return {name: [value] * count for name, value in values.items()}


def _derived(columns: dict[str, object]) -> dict[str, object]:
    scores = (factor.column for factor in (*ACTIVE_FACTORS, TOTAL))
    parts = ("player_lookup", "universal_player_id", "game_date", "game_id", *scores)
    texts = (_texts(columns[name], name) for name in parts)
    rows = zip(*texts, strict=True)
    lines = ("\x1f".join((*row, CALCULATION_VERSION, "100.00", "")) for row in rows)
    hashes = [hashlib.sha256(line.encode()).hexdigest() for line in lines]
    return {"data_hash": hashes, "analysis_date": columns["game_date"]}


def _texts(column: object, name: str) -> list[str]:
    values = pa.array(column)
    if name == "game_date":
        values = values.cast(pa.date32())
    return [str(text) for text in values.cast(pa.string()).to_pylist()]


def _warnings(fatigue: _Factor, shot: _Factor, total: Ints) -> dict[str, object]:
    extreme = {
        "EXTREME_FATIGUE": fatigue.score < 50 * UNIT,
        "EXTREME_MATCHUP": np.abs(shot.score) > 8 * UNIT,
        "EXTREME_ADJUSTMENT": np.abs(total) > 12 * UNIT,
    }
    rows = zip(*(flags.tolist() for flags in extreme.values()), strict=True)
    details = ["; ".join(compress(extreme, row)) or None for row in rows]
    return {"warning_details": details, "has_warnings": [text is not None for text in details]}


def _fatigue(
    sides: Sides, side: Ints, player: Ints, seconds: Ints, directory: Directory
) -> _Factor:
    key = sides.key[side], player
    rest, games = draw("rest", *key, below=4), 2 + draw("games", *key, below=3)
    pairs = (draw("pairs", *key, below=6) - 3).clip(0)
    each = (seconds // 6 + noise("load", *key, spread=30)).clip(5)
    ages = directory.ages(player, sides.day[side])
    age = np.array([NO_AGE if years is None else years for years in ages])
    score = 100 + np.select([rest == 0, rest >= 3], [-15, 5])
    score -= 10 * (games >= 4) + 10 * (games * each > 2_400) + 8 * (each > 350)
    score -= np.array([0, 5, 12])[pairs] + np.select([age >= 35, age >= 30], [10, 5])
    inputs = {
        "days_rest": rest.tolist(),
        "back_to_back": (rest == 0).tolist(),
        "games_last_7": games.tolist(),
        "minutes_last_7": _scaled(games * each, 10),
        "avg_minutes_pg_last_7": _scaled(each, 10),
        "back_to_backs_last_14": pairs.tolist(),
        "player_age": ages,
    }
    return _Factor(inputs, score.clip(0, 100) * UNIT)


def _shot_zone(sides: Sides, side: Ints, player: Ints) -> _Factor:
    key = sides.key[side]
    rate = 400 + draw("rate", key, player, below=250)
    defence = noise("defence", key, spread=85)
    weighted = defence * rate.clip(max=500) * (UNIT // 5_000)
    score = np.where(np.abs(weighted) > 5 * UNIT, weighted * 6 // 5, weighted)
    inputs = {
        "player_primary_zone": ZONES[draw("zone", player, below=3)].tolist(),
        "primary_zone_frequency": _scaled(rate, 10),
        "opponent_defense_vs_league": _scaled(defence, 10),
    }
    return _Factor(inputs, score.clip(-10 * UNIT, 10 * UNIT))


def _pace(sides: Sides, side: Ints, figures: Figures) -> _Factor:
    differential = noise("differential", sides.key[side], spread=27)
    inputs = {
        "pace_differential": _scaled(differential, 10),
        "opponent_pace_last_10": _scaled(figures.pace_tenths[side], 10),
    }
    return _Factor(inputs, (differential * (UNIT // 20)).clip(-3 * UNIT, 3 * UNIT))


def _usage(sides: Sides, side: Ints, player: Ints, hundredths: Ints) -> _Factor:
    key = sides.key[side], player
    baseline = (hundredths.clip(500, 4_000) + noise("usage", *key, spread=200)).clip(1)
    projected = (baseline + noise("projected", *key, spread=520)).clip(0)
    stars_out = (draw("stars", *key, below=6) - 3).clip(0)
    base = (projected - baseline) * (3 * UNIT // 1_000)
    score = np.where(base > 0, base * STAR_PERCENT[stars_out] // 100, base)
    inputs = {
        "projected_usage_rate": _scaled(projected, 100),
        "avg_usage_last_7": _scaled(baseline, 100),
        "star_teammates_out": stars_out.tolist(),
    }
    return _Factor(inputs, score.clip(-3 * UNIT, 3 * UNIT))


def _scaled(values: Ints, unit: int) -> list[object]:
    return [value / unit for value in values.tolist()]


def _rounded(values: Ints, unit: int) -> Ints:
    """Half away from zero, in multiples of `unit`."""
    return np.asarray(np.sign(values) * ((np.abs(values) + unit // 2) // unit))
