"""L4 rows as the earlier, half-finished system left them: plausible inputs, scored by the formulas.

Decimals instead of floats: the scores are exact, so their JSON text is the same everywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pyarrow as pa

from local.league.boxscores import Lines, Sides
from local.league.draws import Ints, draw, noise
from local.league.league import arrow_schema
from local.league.schedule import TEAM_CODES, Game
from local.league.tables import Directory, lost_minutes

CALCULATION_VERSION = "v2_4factors"
RUN_ID = "earlier-system"
DEFERRED = (
    "referee_favorability_score",
    "look_ahead_pressure_score",
    "travel_impact_score",
    "opponent_strength_score",
)
ZONES = ("paint", "mid_range", "perimeter")
STAR_FACTOR = (Decimal(1), Decimal("1.15"), Decimal("1.30"))


def composite_factors(
    games: Sequence[Game], sides: Sides, lines: Lines, directory: Directory, days: set[date]
) -> pa.Table:
    """L4: one complete row per player who played on one of the given days."""
    played = (lines.seconds > 0) & ~lost_minutes(sides, lines)
    birth = dict(zip(directory.players.tolist(), directory.known_birth_dates(), strict=True))
    identity = directory.identity(lines.player)
    lookups, universal = (
        identity[name].to_pylist() for name in ("player_lookup", "universal_player_id")
    )
    inputs = _inputs(sides, lines)
    rows = []
    for line, (side, player) in enumerate(
        zip(lines.side.tolist(), lines.player.tolist(), strict=True)
    ):
        game = games[side // 2]
        if played[line] and game.day in days:
            drawn = {name: int(values[line]) for name, values in inputs.items()}
            key = {
                "player_lookup": lookups[line],
                "universal_player_id": universal[line],
                "game_date": game.day,
                "game_id": game.game_id,
            }
            opponent = TEAM_CODES[sides.opponent[side]]
            rows.append(_row(key, game.day, drawn, _age(birth[player], game.day), opponent))
    return pa.Table.from_pylist(rows, schema=arrow_schema("player_composite_factors"))


def _inputs(sides: Sides, lines: Lines) -> dict[str, Ints]:
    key, player = sides.key[lines.side], lines.player

    def less_often(name: str, below: int, none_below: int) -> Ints:
        return (draw(name, key, player, below=below) - none_below).clip(0)

    games = 2 + draw("games", key, player, below=3)
    usage = lines.usage_hundredths.clip(0, 4_000) + noise("usage", key, player, spread=200)
    return {
        "days_rest": draw("rest", key, player, below=4),
        "games": games,
        "minutes_tenths": games
        * (lines.seconds // 6 + noise("load", key, player, spread=30)).clip(5),
        "pairs": less_often("pairs", 5, 2),
        "zone": draw("zone", key, player, below=3),
        "rate_tenths": 400 + draw("rate", key, player, below=250),
        "defence_tenths": noise("defence", key, spread=70),
        "differential_tenths": noise("differential", key, spread=45),
        "pace_tenths": sides.pace_tenths[lines.side],
        "usage": usage.clip(0),
        "projected": (usage + noise("projected", key, player, spread=500)).clip(0),
        "stars_out": less_often("stars", 6, 3),
    }


def _row(
    key: dict[str, object], day: date, drawn: dict[str, int], age: int | None, opponent: str
) -> dict[str, object]:
    fatigue_context, fatigue = _fatigue(drawn, age)
    contexts = {
        "fatigue_context_json": fatigue_context | {"final_score": fatigue},
        "shot_zone_context_json": _shot_zone(drawn, opponent),
        "pace_context_json": _pace(drawn),
        "usage_context_json": _usage(drawn),
    }
    final = [context["final_score"] for context in contexts.values()]
    shot, pace, usage = (Decimal(str(score)) for score in final[1:])
    total = _rounded((Decimal(fatigue) - 100) / 20 + shot + pace + usage, "0.01")
    scores = {
        "fatigue_score": fatigue,
        "shot_zone_mismatch_score": _rounded(shot, "0.1"),
        "pace_score": _rounded(pace, "0.1"),
        "usage_spike_score": _rounded(usage, "0.1"),
        "total_composite_adjustment": total,
    }
    warnings = list(_warnings(fatigue, shot, total))
    return {
        **key,
        **scores,
        **dict.fromkeys(DEFERRED, Decimal("0.0")),
        **{name: _json(context) for name, context in contexts.items()},
        "analysis_date": day,
        "calculation_version": CALCULATION_VERSION,
        "data_completeness_pct": Decimal("100.00"),
        "has_warnings": bool(warnings),
        "warning_details": "; ".join(warnings) or None,
        "data_hash": _digest(key, scores),
        "early_season_flag": False,
        "is_production_ready": True,
        "data_quality_issues": [],
        "context_source": "earlier_system",
        "run_id": RUN_ID,
        "code_version": RUN_ID,
        **_written_at(day),
    }


def _fatigue(drawn: dict[str, int], age: int | None) -> tuple[dict[str, object], int]:
    back_to_back, games, pairs = drawn["days_rest"] == 0, drawn["games"], drawn["pairs"]
    minutes = Decimal(drawn["minutes_tenths"]) / 10
    average = minutes / games
    score = 100 - (15 if back_to_back else -5 if drawn["days_rest"] >= 3 else 0)
    score -= 10 * (games >= 4) + 10 * (minutes > 240) + 8 * (average > 35)
    score -= (0, 5, 12)[pairs]
    score -= 10 if (age or 25) >= 35 else 5 if (age or 25) >= 30 else 0
    context = {
        "days_rest": drawn["days_rest"],
        "back_to_back": back_to_back,
        "games_in_last_7_days": games,
        "minutes_in_last_7_days": minutes,
        "avg_minutes_per_game_last_7": _rounded(average, "0.0001"),
        "back_to_backs_last_14_days": pairs,
        "player_age": age,
    }
    return context, min(max(score, 0), 100)


def _shot_zone(drawn: dict[str, int], opponent: str) -> dict[str, object]:
    rate, weak = Decimal(drawn["rate_tenths"]) / 10, Decimal(drawn["defence_tenths"]) / 10
    weighted = weak * min(rate / 50, Decimal(1))
    if abs(weighted) > 5:
        weighted *= Decimal("1.2")
    return {
        "primary_scoring_zone": ZONES[drawn["zone"]],
        "zone_rate": rate,
        "defense_vs_league_avg": weak,
        "opponent_team_abbr": opponent,
        "final_score": _clamped(weighted, 10),
    }


def _pace(drawn: dict[str, int]) -> dict[str, object]:
    differential = Decimal(drawn["differential_tenths"]) / 10
    return {
        "pace_differential": differential,
        "opponent_pace_last_10": Decimal(drawn["pace_tenths"]) / 10,
        "final_score": _clamped(differential / 2, 3),
    }


def _usage(drawn: dict[str, int]) -> dict[str, object]:
    projected, baseline = Decimal(drawn["projected"]) / 100, Decimal(drawn["usage"]) / 100
    spike = (projected - baseline) * Decimal("0.3") if baseline else Decimal(0)
    if spike > 0:
        spike *= STAR_FACTOR[drawn["stars_out"]]
    return {
        "projected_usage_rate": projected,
        "avg_usage_rate_last_7_games": baseline,
        "star_teammates_out": drawn["stars_out"],
        "final_score": _clamped(spike, 3),
    }


def _warnings(fatigue: int, shot: Decimal, total: Decimal) -> Iterator[str]:
    if fatigue < 50:
        yield "EXTREME_FATIGUE"
    if abs(shot) > 8:
        yield "EXTREME_MATCHUP"
    if abs(total) > 12:
        yield "EXTREME_ADJUSTMENT"


def _clamped(score: Decimal, limit: int) -> Decimal:
    return min(max(score, Decimal(-limit)), Decimal(limit)) + 0


def _rounded(score: Decimal, unit: str) -> Decimal:
    return score.quantize(Decimal(unit), ROUND_HALF_UP) + 0


def _age(birth: date | None, day: date) -> int | None:
    if birth is None:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _written_at(day: date) -> dict[str, datetime]:
    """Two hours after L3 of that day arrived."""
    moment = datetime.combine(day + timedelta(days=1), time(8), UTC)
    return {"created_at": moment, "processed_at": moment}


def _json(context: dict[str, object]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {_text(v)}" for name, v in context.items()) + "}"


def _text(value: object) -> str:
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value)


def _digest(key: dict[str, object], scores: dict[str, object]) -> str:
    parts = [*key.values(), *scores.values(), CALCULATION_VERSION, 100]
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()
