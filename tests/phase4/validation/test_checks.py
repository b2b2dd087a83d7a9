"""Every check of the registry: a league that leaves it alone, and one that makes it fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES
from phase4.tables.checks import registry
from phase4.tables.factors import ACTIVE_FACTORS
from phase4.tables.filled import FILLED
from phase4.tables.partition import contents
from phase4.validation import checks
from phase4.validation.checks import CheckResult
from phase4.validation.scope import Scope
from phase4.validation.validator import figures_of
from tests.phase4.validation.league import (
    BIRTHS,
    DEFENSE,
    FACTORS,
    L4_TIME,
    OFFENSE,
    PLAYERS,
    RAW,
    League,
)
from tests.phase4.validation.world import Span, World

SEASON = date(2024, 10, 22) - date(2023, 10, 24)
Bend = Callable[[League, Span], Any]

ZONE_ATTEMPTS = ("paint_attempts", "mid_range_attempts")


def results(world: World, span: Span, **fields: Any) -> dict[str, CheckResult]:
    """Every check's result over the span, by label."""
    given = {"kind": "range", "trigger": "manual", "event_id": "e", **fields}
    scope = Scope(start_date=span.start, end_date=span.end, **given)
    found = figures_of(world.warehouse, scope)
    return {
        result.label: result for result in checks.judge(found.findings, in_full=scope.ends_the_run)
    }


def doubled_row(league: League, span: Span) -> None:
    league.rows[FACTORS].append(dict(league.rows[FACTORS][32]))


def row_of_a_stranger(league: League, span: Span) -> None:
    league.rows[FACTORS].append({**league.rows[FACTORS][33], "player_lookup": "stranger"})


def pace_beyond_its_clamp(league: League, span: Span) -> None:
    league.rows[FACTORS][34]["pace_score"] = Decimal("3.1")


def score_edited_under_its_hash(league: League, span: Span) -> None:
    league.rows[FACTORS][35]["pace_score"] += Decimal("0.3")


def context_emptied(league: League, span: Span) -> None:
    league.rows[FACTORS][36]["fatigue_context_json"] = "{}"


def context_that_is_no_json(league: League, span: Span) -> None:
    league.rows[FACTORS][37]["usage_context_json"] = "edited"


def readiness_flipped(league: League, span: Span) -> None:
    league.rows[FACTORS][38]["is_production_ready"] = False


def everything_null(league: League, span: Span) -> None:
    kept = {"player_lookup", "game_date", "game_id", "calculation_version", "processed_at",
            "data_quality_issues"}  # fmt: skip
    row = league.rows[FACTORS][39]
    row.update(dict.fromkeys(row.keys() - kept))


def date_of_an_older_version(league: League, span: Span) -> None:
    league.change(FACTORS, {"calculation_version": "v1_4factors"}, game_date=span.day(5))


def pace_of_nothing(league: League, span: Span) -> None:
    league.change(OFFENSE, {"pace": Decimal(0)}, game_date=span.day(1))


def points_without_minutes(league: League, span: Span) -> None:
    for row in league.rows[PLAYERS][10:14]:
        row["minutes_played"] = Decimal(0)


def game_under_a_second_id(league: League, span: Span) -> None:
    for table in (RAW, PLAYERS, OFFENSE, DEFENSE):
        row = league.rows[table][0]
        league.rows[table].append({**row, "game_id": "0022400001"})


def stored_game_with_its_teams_reversed(league: League, span: Span) -> None:
    row = league.rows[FACTORS][40]
    day, away, home = row["game_id"].split("_")
    league.rows[FACTORS].append({**row, "game_id": f"{day}_{home}_{away}"})


def date_that_upstream_lost(league: League, span: Span) -> None:
    for table in (RAW, PLAYERS, OFFENSE, DEFENSE):
        league.drop(table, game_date=span.start)


def player_on_both_teams(league: League, span: Span) -> None:
    row = league.rows[PLAYERS][0]
    teams = {"team_abbr": row["opponent_team_abbr"], "opponent_team_abbr": row["team_abbr"]}
    league.rows[PLAYERS].append({**row, **teams})


def player_on_the_other_team(league: League, span: Span) -> None:
    row = league.rows[PLAYERS][17]
    row["team_abbr"], row["opponent_team_abbr"] = row["opponent_team_abbr"], row["team_abbr"]


def defence_that_faced_less(league: League, span: Span) -> None:
    league.rows[DEFENSE][0].update({"opp_three_pt_attempts": 1, "opp_three_pt_makes": 0})


def defence_that_gave_up_more_than_was_scored(league: League, span: Span) -> None:
    row = league.rows[DEFENSE][0]
    row["opp_three_pt_makes"] = row["opp_three_pt_attempts"]
    for player in league.rows[PLAYERS]:
        if player["game_date"] == row["game_date"]:
            player.update(points=5, minutes_played=Decimal(30))


def lines_exchanged(league: League, span: Span) -> None:
    one, other = league.rows[PLAYERS][18:20]
    one["player_lookup"], other["player_lookup"] = other["player_lookup"], one["player_lookup"]


def minutes_of_another_game(league: League, span: Span) -> None:
    league.rows[PLAYERS][8]["minutes_played"] = Decimal(2)


def line_that_no_sum_holds(league: League, span: Span) -> None:
    league.rows[RAW][9].update(points=-(2**63), minutes=f"{2**63 - 1}:00")


def first_game_told_whole(league: League, span: Span) -> str:
    """Its players shared the minutes and the shots alike, by L1 and by what L3 makes of it."""
    game = league.rows[RAW][0]["game_id"]
    players = sum(row["game_id"] == game for row in league.rows[RAW]) // 2
    minutes, shots = 240 // players, 80 // players
    line = {"minutes": f"{minutes}:00", "field_goals_attempted": shots, "field_goals_made": 3}
    threes = {"three_pointers_attempted": 2, "three_pointers_made": 1}
    league.change(RAW, line | threes, game_id=game)
    of_line = {"minutes_played": Decimal(minutes), "usage_rate": Decimal(20)}
    league.change(PLAYERS, of_line, game_id=game)
    pace = round(Decimal(240 * shots) / minutes, 1)
    league.change(OFFENSE, {"possessions": players * shots, "pace": pace}, game_id=game)
    makes = dict.fromkeys(("opp_paint_makes", "opp_mid_range_makes", "opp_three_pt_makes"), players)
    league.change(DEFENSE, makes, game_id=game)
    return str(game)


def usage_as_a_fraction(league: League, span: Span) -> None:
    game = first_game_told_whole(league, span)
    team = league.rows[PLAYERS][0]["team_abbr"]
    league.change(PLAYERS, {"usage_rate": Decimal("0.20")}, game_id=game, team_abbr=team)


def pace_of_another_game(league: League, span: Span) -> None:
    game = first_game_told_whole(league, span)
    league.change(OFFENSE, {"pace": Decimal(84)}, game_id=game)


def three_that_nobody_made(league: League, span: Span) -> None:
    first_game_told_whole(league, span)
    league.rows[DEFENSE][0]["opp_three_pt_makes"] += 1


def game_copied_while_it_was_played(league: League, span: Span) -> None:
    game = league.rows[RAW][0]["game_id"]
    league.change(RAW, {"minutes": "15:00"}, game_id=game)
    league.change(PLAYERS, {"minutes_played": Decimal(15)}, game_id=game)


def game_of_one_overtime_and_a_half(league: League, span: Span) -> None:
    game = league.rows[RAW][0]["game_id"]
    league.change(RAW, {"minutes": "34:40"}, game_id=game)
    league.change(PLAYERS, {"minutes_played": Decimal("34.7")}, game_id=game)


def zones_exchanged(league: League, span: Span) -> None:
    for home, away in (("ATL", "CHI"), ("CLE", "DET"), ("HOU", "IND")):
        league.play(span.start, home, away)
    for row in league.rows[DEFENSE]:
        if row["game_date"] == span.start:
            row.update(opp_paint_makes=1, opp_mid_range_makes=row["opp_mid_range_attempts"])


def person_renamed_by_both_layers(league: League, span: Span) -> None:
    name = league.rows[PLAYERS][0]["player_lookup"]
    league.change(PLAYERS, {"universal_player_id": "one"}, player_lookup=name)
    for table in (RAW, PLAYERS):
        for row in league.rows[table]:
            if row["player_lookup"] == name and row["game_date"] > span.day(3):
                row["player_lookup"] = f"{name}jr"


def turnover_that_l1_added_later(league: League, span: Span) -> None:
    first_game_told_whole(league, span)
    row = league.rows[RAW][0]
    later = row["processed_at"] + timedelta(days=1)
    league.rows[RAW].append({**row, "turnovers": 2, "processed_at": later})


def player_whom_l3_lacks(league: League, span: Span) -> None:
    row = league.rows[PLAYERS].pop(14)
    league.drop(FACTORS, game_date=row["game_date"], player_lookup=row["player_lookup"])


def player_who_did_not_play_by_l3_alone(league: League, span: Span) -> None:
    row = league.rows[PLAYERS][15]
    row.update(is_active=False, minutes_played=None, points=None)
    league.drop(FACTORS, game_date=row["game_date"], player_lookup=row["player_lookup"])


def team_gone_from_its_game(league: League, span: Span) -> None:
    team = league.rows[PLAYERS][0]["team_abbr"]
    for table in (PLAYERS, RAW):
        league.drop(table, game_date=span.start, team_abbr=team)
    theirs = {row["player_lookup"] for row in league.rows[PLAYERS] if row["team_abbr"] == team}
    for player in theirs:
        league.drop(FACTORS, game_date=span.start, player_lookup=player)


def player_renamed_in_l3(league: League, span: Span) -> None:
    row = league.rows[PLAYERS][16]
    of_him = {"game_date": row["game_date"], "player_lookup": row["player_lookup"]}
    league.change(FACTORS, {"player_lookup": "nobodyknown"}, **of_him)
    row["player_lookup"] = "nobodyknown"


def name_of_two_people(league: League, span: Span) -> None:
    row = league.rows[PLAYERS][1]
    for number in (1, 2):
        league.rows[PLAYERS].append({**row, "universal_player_id": f"id_{number}"})


def two_names_of_one(league: League, span: Span) -> None:
    for row in league.rows[PLAYERS][2:4]:
        row["universal_player_id"] = "id_1"


def player_in_two_games(league: League, span: Span) -> None:
    row = league.rows[PLAYERS][4]
    league.rows[PLAYERS].append({**row, "opponent_team_abbr": "MIA", "game_id": "elsewhere"})


def opponent_of_another_game(league: League, span: Span) -> None:
    league.rows[PLAYERS][5]["opponent_team_abbr"] = "ATL"


def played_by_nobody(league: League, span: Span) -> None:
    league.rows[PLAYERS][6]["player_lookup"] = " "


def played_without_a_game_id(league: League, span: Span) -> None:
    league.rows[PLAYERS][24]["game_id"] = None


def births_that_nobody_can_believe(league: League, span: Span) -> None:
    listed = sorted({row["player_lookup"] for row in league.rows[PLAYERS]})
    births = [None, date(2030, 1, 1), date(2014, 1, 1), date(1990, 1, 1), date(1995, 1, 1)]
    known = zip([*listed[:4], listed[3]], births, strict=True)
    league.rows[BIRTHS] = [{"player_lookup": who, "birth_date": born} for who, born in known]


def deferred_factor_with_a_value(league: League, span: Span) -> None:
    league.rows[FACTORS][41]["travel_impact_score"] = Decimal("0.5")


def all_usage_zero(league: League, span: Span) -> None:
    league.change(FACTORS, {"usage_spike_score": Decimal(0)})


def all_fatigue_alike(league: League, span: Span) -> None:
    league.change(FACTORS, {"fatigue_score": 99})


def half_of_defense_gone(league: League, span: Span) -> None:
    for number in range(4):
        league.drop(DEFENSE, game_date=span.day(number))


def game_copied_to(league: League, start: date, later: date) -> None:
    game = [row for row in league.rows[PLAYERS] if row["game_date"] == start]
    moved = {"game_date": later, "game_id": f"{later:%Y%m%d}_copy"}
    league.rows[PLAYERS] += [{**row, **moved} for row in game]


def game_copied_to_the_next_day(league: League, span: Span) -> None:
    game_copied_to(league, span.start, span.day(1))


def game_moved_and_left_where_it_was(league: League, span: Span) -> None:
    game_copied_to(league, span.start, span.day(5))


def game_postponed_by_a_day(league: League, span: Span) -> None:
    game = [row for row in league.rows[RAW] if row["game_date"] == span.day(1)]
    league.rows[RAW] += [{**row, "game_date": span.start, "game_id": "p"} for row in game]


def team_that_nobody_knows(league: League, span: Span) -> None:
    league.change(PLAYERS, {"team_abbr": "XYZ"}, team_abbr="BOS")


def player_whose_opponent_nobody_names(league: League, span: Span) -> None:
    league.rows[PLAYERS][5]["opponent_team_abbr"] = None


def one_player_of_a_date(league: League, span: Span) -> None:
    on_date = [row for row in league.rows[FACTORS] if row["game_date"] == span.day(6)]
    league.drop(FACTORS, game_date=span.day(6))
    league.rows[FACTORS].append(on_date[0])


def raw_feed_silent_for_two_days(league: League, span: Span) -> None:
    for number in (3, 4):
        league.drop(RAW, game_date=span.day(number))


def test_scores_that_are_all_absent_are_named(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.change(FACTORS, {"pace_score": None})
    world.hold(league)
    result = results(world, span)["range_violations"]
    assert "pace_score has" in result.detail
    assert "(absent)" in result.detail


def test_no_date_is_computed_behind_a_preseason_game(world: World) -> None:
    opener = date(2024, 10, 22)
    first = Span(opener - timedelta(4), opener + timedelta(3))
    league = League().season(first.start)
    player_whom_l3_lacks(league, first)
    world.hold(league)
    found = results(world, first)
    assert found["contradictions: a player who played by L1 alone"].figure == 1
    assert found["contradictions: computed behind such a date"].figure == 0


# Faults side by side: none touches a figure of its neighbours, each is on rows of its own, and one
# question asks for all of them.
FAILURES: list[dict[Bend, dict[str, float]]] = [
    {
        everything_null: {"hash_mismatch": 1},
        doubled_row: {"duplicate_keys": 1},
        one_player_of_a_date: {"player_coverage": 1},
        pace_of_nothing: {"impossible_values: team_offense_game_summary": 100},
        half_of_defense_gone: {"join_rate: L3 players in L3 defense": 50},
        player_on_both_teams: {"contradictions: a player on two teams": 1},
        opponent_of_another_game: {
            "contradictions: a player against another team than his game has": 1
        },
        births_that_nobody_can_believe: {
            "contradictions: a player of no birth date that can be, or of two": 4
        },
        name_of_two_people: {"contradictions: two people under one name": 1},
        two_names_of_one: {"contradictions: one person under two names": 1},
        player_on_the_other_team: {
            "contradictions: a player on another team than in L1": 1,
            "contradictions: computed behind such a date": 7,
        },
        game_under_a_second_id: {
            "doubled_games: L1": 1,
            "doubled_games: L3 players": 1,
            "doubled_games: L3 offense": 1,
            "doubled_games: L3 defense": 1,
        },
        game_postponed_by_a_day: {"adjacent_matchups": 2},
        raw_feed_silent_for_two_days: {"l1_outage": 2},
    },
    {
        pace_beyond_its_clamp: {"range_violations": 1},
        context_that_is_no_json: {"score_mismatch: usage_spike_score": 1},
        readiness_flipped: {"score_mismatch: is_production_ready": 1},
        row_of_a_stranger: {"absent_from_l3": 1},
        stored_game_with_its_teams_reversed: {"doubled_games: L4": 1},
        all_fatigue_alike: {"degenerate_factors: fatigue_score": 100},
        player_whom_l3_lacks: {
            "contradictions: a player who played by L1 alone": 1,
            "contradictions: computed behind such a date": 7,
        },
        defence_that_faced_less: {
            "contradictions: a defence that faced other shots than the players took": 1,
        },
        game_copied_to_the_next_day: {"adjacent_matchups": 2},
    },
    {
        date_of_an_older_version: {"stale_dates": 1},
        score_edited_under_its_hash: {"hash_mismatch": 1, "score_mismatch: pace_score": 1},
        deferred_factor_with_a_value: {"range_violations": 1},
        context_emptied: {"score_mismatch: fatigue_score": 1},
        lines_exchanged: {
            "contradictions: a player with other figures than in L1": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        all_usage_zero: {"degenerate_factors: usage_spike_score": 100},
        date_that_upstream_lost: {"shrunk_dates": 1, "shrunk_dates: computed from what is left": 7},
    },
    {
        played_without_a_game_id: {"contradictions: a player without a name or a game id": 1},
        team_gone_from_its_game: {
            "contradictions: a game of one team alone": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        minutes_of_another_game: {"contradictions: a player with other figures than in L1": 1},
        player_renamed_in_l3: {
            "contradictions: a player who played by L1 alone": 1,
            "contradictions: a player whom L1 does not list": 1,
        },
        player_in_two_games: {"contradictions: a player in two games": 1},
        team_that_nobody_knows: {"unknown_teams": 1},
    },
    {
        played_by_nobody: {"contradictions: a player without a name or a game id": 1},
        points_without_minutes: {"impossible_values: player_game_summary": 12.5},
        line_that_no_sum_holds: {"contradictions: a player with other figures than in L1": 1},
        player_whose_opponent_nobody_names: {"unknown_teams": 1},
    },
    {
        player_who_did_not_play_by_l3_alone: {"contradictions: a player who played by L1 alone": 1},
        defence_that_gave_up_more_than_was_scored: {
            "contradictions: a defence that gave up more than was scored": 1
        },
        game_moved_and_left_where_it_was: {"adjacent_matchups": 2},
    },
    {
        usage_as_a_fraction: {
            "contradictions: a player with another usage than L1 gives": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        pace_of_another_game: {
            "contradictions: a team with other figures than L1 gives": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        three_that_nobody_made: {
            "contradictions: a defence with other makes than L1 gives": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        game_copied_while_it_was_played: {
            "contradictions: a team with minutes that no game has": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        game_of_one_overtime_and_a_half: {
            "contradictions: a team with minutes that no game has": 1
        },
    },
    {
        zones_exchanged: {
            "contradictions: zones exchanged: fewer makes in the paint than from mid-range": 1,
            "contradictions: computed behind such a date": 7,
        },
    },
    {
        person_renamed_by_both_layers: {"contradictions: a person under another name before": 2},
    },
    {
        turnover_that_l1_added_later: {
            "contradictions: a player with another usage than L1 gives": 1,
            "contradictions: a team with other figures than L1 gives": 1,
        },
    },
]


@pytest.mark.parametrize("faults", FAILURES, ids=lambda faults: next(iter(faults)).__name__)
def test_checks_fail_with_their_figures(
    world: World, span: Span, faults: dict[Bend, dict[str, float]]
) -> None:
    league = League().season(span.start)
    for bend in faults:
        bend(league, span)
    world.hold(league)
    found = results(world, span)
    figures = {label: figure for given in faults.values() for label, figure in given.items()}
    failed = {label: found[label] for label in figures}
    assert {label: result.figure for label, result in failed.items()} == figures
    assert all(result.outcome == "failed" and result.detail for result in failed.values())


def test_gaps_of_the_inputs_are_named_each_once(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.drop(DEFENSE, game_date=span.day(1))
    gone = next(row for row in league.rows[DEFENSE] if row["game_date"] == span.day(2))
    league.rows[DEFENSE].remove(gone)
    world.hold(league)
    detail = results(world, span)["input_readiness: team_defense_game_summary"].detail
    assert detail.startswith(
        f"lacks 5 team-games on 2 dates: {span.day(1)} (4), {span.day(2)} (1); 6 dates need them"
    )


def test_a_sound_league_leaves_every_check_alone(world: World, span: Span) -> None:
    league = League().season(span.start, players=14)
    league.season(span.start - SEASON, players=14)
    first_game_told_whole(league, span)
    world.hold(league, outcomes=[outcome(span.day(number)) for number in range(8)])
    found = results(world, span)
    assert {result.name for result in found.values()} == set(registry())
    assert {label: result.outcome for label, result in found.items()} == dict.fromkeys(
        found, "passed"
    )


def test_what_a_newer_row_takes_back_contradicts_nobody(world: World, span: Span) -> None:
    league = League().season(span.start)
    first_game_told_whole(league, span)
    played = {
        **league.rows[PLAYERS][0],
        "player_lookup": "sitter",
        "universal_player_id": "sitter_1",
    }
    sat = dict.fromkeys(("usage_rate", "fg_attempts", "three_pt_attempts", *ZONE_ATTEMPTS))
    newer = {"minutes_played": Decimal(0), "points": 0, "is_active": False, "is_dnp": True}
    newer["processed_at"] = played["processed_at"] + timedelta(hours=1)
    league.rows[PLAYERS] += [played, {**played, **sat, **newer}]
    world.hold(league)
    found = results(world, span)
    said = {name: each.detail for name, each in found.items() if name.startswith("contradictions")}
    assert said == dict.fromkeys(said, "")


def test_layers_that_write_ids_and_teams_otherwise_still_know_each_others_games(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    for number, row in enumerate(league.rows[RAW]):
        row["game_id"] = str(9000 + number // 16)
    for table in (DEFENSE, OFFENSE):
        for row in league.rows[table]:
            row["game_id"] = "002" + row["game_id"][:8]
    league.change(DEFENSE, {"defending_team_abbr": "PHO"}, defending_team_abbr="PHX")
    league.change(RAW, {"home_team_abbr": "PHO"}, home_team_abbr="PHX")
    world.hold(league)
    found = results(world, span)
    rates = {label: one.figure for label, one in found.items() if one.name == "join_rate"}
    assert rates == dict.fromkeys(rates, 100)
    assert found["unknown_teams"].outcome == "passed"


def test_without_the_pinned_season_drift_says_that_there_is_no_reference(
    world: World, span: Span
) -> None:
    world.hold(League().season(span.start))
    found = results(world, span)
    for factor in ACTIVE_FACTORS:
        assert found[f"factor_drift: {factor.column}"].outcome == "no_reference"
    assert found["null_rates: usage_rate"].outcome == "no_reference"


def test_a_score_shared_by_all_players_of_a_game_counts_once_as_evidence(
    world: World, span: Span
) -> None:
    league = League().season(span.start, players=14).season(span.start - SEASON, players=14)
    games = sorted({row["game_id"] for row in league.rows[FACTORS]})
    for row in league.rows[FACTORS]:
        row["pace_score"] = Decimal(games.index(row["game_id"]) % 7) / 10
    world.hold(league)
    found = results(world, span)
    assert found["factor_drift: pace_score"].outcome == "no_reference"
    assert "16 different scores, 400 needed" in found["factor_drift: pace_score"].detail
    assert found["factor_drift: fatigue_score"].outcome == "passed"


def test_drift_is_measured_against_the_same_phase_of_the_pinned_season(
    world: World, span: Span
) -> None:
    league = League().season(span.start, players=14)
    then = span.start - SEASON
    league.season(then, players=14)
    # Another phase of the pinned season, with other scores: it must not count.
    league.season(then + timedelta(days=60), l3=False)
    for row in league.rows[FACTORS]:
        if then + timedelta(days=60) <= row["game_date"] < span.start:
            row["pace_score"] = Decimal("3.0")
        if row["game_date"] in (span.start, span.day(1), span.day(2)):
            row["fatigue_score"] = 62
    world.hold(league)
    found = results(world, span)
    assert found["factor_drift: pace_score"].outcome == "passed"
    assert found["factor_drift: fatigue_score"].outcome == "failed"
    assert "reference" in found["factor_drift: fatigue_score"].detail


def test_drift_compares_no_first_days_of_either_season(world: World, span: Span) -> None:
    """Rows of the first days say little: those of the pinned season would stand against nothing."""
    opener = date(2024, 10, 22)
    league = League()
    for first in (opener, span.start):
        league.season(first, players=14).season(first - SEASON, players=14)
    for row in league.rows[FACTORS]:
        if row["game_date"] < opener - SEASON + timedelta(days=14):
            row["fatigue_score"] = 55
    world.hold(league)
    found = results(world, Span(opener, span.end))
    assert found["factor_drift: fatigue_score"].outcome == "passed"


def test_absent_values_of_played_rows_are_compared_with_the_pinned_season(
    world: World, span: Span
) -> None:
    league = League().season(span.start).season(span.start - SEASON)
    changed = league.change(PLAYERS, {"paint_attempts": None}, game_date=span.start)
    world.hold(league)
    found = results(world, span)
    assert changed == 32
    assert found["null_rates: paint_attempts"].figure == pytest.approx(100 * 32 / 256)
    assert found["null_rates: paint_attempts"].outcome == "failed"
    assert found["null_rates: points"].outcome == "passed"


def test_neither_a_true_second_game_on_the_next_day_nor_a_raw_row_twice_is_a_finding(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    for number in (0, 1):
        league.play(span.day(number), "UTA", "SAC")
    league.rows[RAW] *= 2
    world.hold(league)
    found = results(world, span)
    assert found["l1_outage"].outcome == found["adjacent_matchups"].outcome == "passed"


@pytest.mark.parametrize("first", [1, 2, 3], ids=["in it", "across its edge", "behind it"])
def test_a_game_on_two_dates_is_named_where_the_range_has_it_in_its_history(
    world: World, span: Span, first: int
) -> None:
    league = League().season(span.start)
    game_copied_to(league, span.day(1), span.day(2))
    world.hold(league)
    found = results(world, Span(span.day(first), span.end))["adjacent_matchups"]
    assert (found.outcome, found.figure) == ("failed", 2)
    told = f" and on {span.day(2)}: the same box score"
    assert [found.detail.count(text) for text in (told, f"{span.day(1)} ")] == [2, 2]


def test_a_game_on_two_dates_that_are_nobodys_history_is_not_named(
    world: World, span: Span
) -> None:
    opener = date(2024, 10, 22)
    league = League().season(opener - timedelta(days=4))
    game_copied_to(league, opener - timedelta(days=3), opener - timedelta(days=2))
    world.hold(league)
    found = results(world, Span(opener, opener + timedelta(days=3)))
    assert found["adjacent_matchups"].outcome == "passed"


def test_a_raw_feed_that_falls_silent_in_mid_season_is_an_outage_even_without_l3(
    world: World, span: Span
) -> None:
    league = League().season(span.start).season(span.day(20))
    world.hold(league)
    wide = Span(span.start, span.day(27))
    assert results(world, wide)["l1_outage"].figure == 12


def test_the_off_season_is_no_outage(world: World) -> None:
    world.hold(League())
    summer = Span(date(2025, 7, 1), date(2025, 8, 29))
    assert results(world, summer)["l1_outage"].outcome == "passed"


def outcome(day: date, status: str = "PUBLISHED", **fields: Any) -> dict[str, Any]:
    """An outcome of the small league's day: two games, 32 players."""
    return {
        "run_id": "r1", "wave": 1, "task": 0, "attempt": 0, "game_date": day, "status": status,
        "counted_games": 2, "counted_players": 32, "finished_at": datetime(2026, 1, 20, tzinfo=UTC),
        "warnings": [], **fields,
    }  # fmt: skip


def test_lost_are_dates_recorded_done_that_the_table_lacks_whatever_failed_on_them_later(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    league.drop(FACTORS, game_date=span.day(2))
    league.drop(FACTORS, game_date=span.day(3), player_lookup="bosplayer0")
    league.drop(FACTORS, game_date=span.day(3), player_lookup="miaplayer0")
    league.drop(FACTORS, game_date=span.day(5))
    later = {"finished_at": datetime(2026, 1, 21, tzinfo=UTC), "attempt": 1}
    recorded = [outcome(span.day(number)) for number in range(8)]
    world.hold(league, outcomes=[*recorded, outcome(span.day(5), "FAILED", **later)])
    result = results(world, span)["lost_dates"]
    assert result.figure == 3
    for number in (2, 5):
        assert f"{span.day(number)} has 0 of 32 players (recorded by r1)" in result.detail
    assert f"{span.day(3)} has 31 of 32 players" in result.detail
    states = {"MISSING", "PARTIAL"}
    assert set(result.to_mend.split()) == {f"player_composite_factors:{one}" for one in states}


def test_a_lost_date_of_another_table_is_mended_by_a_run_over_that_table(
    world: World, span: Span
) -> None:
    zones = {"table_name": "team_defense_zone_analysis"}
    world.hold(
        League().season(span.start),
        plan=[{**planned(span.start, wave=0), **zones}], outcomes=[outcome(span.start, **zones)],
    )  # fmt: skip
    result = results(world, span, kind="run", run_id="r1")["lost_dates"]
    fix = registry()["lost_dates"].fix_for(span.start, span.end, result.to_mend)
    assert "--tables team_defense_zone_analysis --reasons missing" in fix


def written(league: League, day: date, run_id: str = "r1", **fields: Any) -> dict[str, Any]:
    """The rows of a date as a run wrote them, and its outcome with their digest."""
    league.change(FACTORS, {"run_id": run_id}, game_date=day)
    rows = [row for row in league.rows[FACTORS] if row["game_date"] == day]
    content = contents(table_of("player_composite_factors", rows))[day]
    return outcome(day, run_id=run_id, content_hash=content.digest, **fields)


def a_load_of_an_older_run_landed(league: League, day: date) -> None:
    league.change(FACTORS, {"run_id": "r0"}, game_date=day)


def a_row_went(league: League, day: date) -> None:
    league.drop(FACTORS, game_date=day, player_lookup="bosplayer0")
    league.drop(FACTORS, game_date=day, player_lookup="miaplayer0")


def a_hash_was_edited(league: League, day: date) -> None:
    league.change(FACTORS, {"data_hash": None}, game_date=day)


def test_live_rows_are_those_of_the_newest_success_in_the_ledger(world: World, span: Span) -> None:
    bends = (a_load_of_an_older_run_landed, a_row_went, a_hash_was_edited)
    league = League().season(span.start)
    outcomes = [
        written(league, span.day(number), status="PUBLISHED" if number < 4 else "UNCHANGED")
        for number in range(8)
    ]
    for number in (1, 4):
        for later, bend in enumerate(bends):
            bend(league, span.day(number + later))
    world.hold(league, outcomes=outcomes)
    result = results(world, span)["ledger_mismatch"]
    named = [number for number in range(8) if f"{span.day(number)} has" in result.detail]
    # Of day 4 the load is not seen: rows that a run found equal are some earlier run's.
    assert (result.figure, named) == (5, [1, 2, 3, 5, 6])


def test_an_edit_of_any_column_is_not_what_was_recorded(world: World, span: Span) -> None:
    edits: list[dict[str, Any]] = [
        {"early_season_flag": True},
        {"context_source": "elsewhere"},
        {"pace_context_json": None},
        {"data_quality_issues": ["edited"]},
        {"travel_impact_score": Decimal("0.1")},
        {"universal_player_id": "somebody"},
    ]
    league = League().season(span.start)
    outcomes = [written(league, span.day(number), read_at=L4_TIME) for number in range(8)]
    # A date whose rows seem to be read later than they were would never be stale.
    edits.append({"processed_at": datetime(2030, 1, 1, tzinfo=UTC)})
    for number, edit in enumerate(edits):
        league.change(FACTORS, edit, game_date=span.day(number))
    # Who wrote a row is nothing that it says.
    league.change(FACTORS, {"code_version": "another"}, game_date=span.day(len(edits)))
    world.hold(league, outcomes=outcomes)
    result = results(world, span)["ledger_mismatch"]
    assert (result.figure, str(span.day(len(edits))) in result.detail) == (len(edits), False)


SHOT_ZONES, DEFENSE_ZONES = "player_shot_zone_analysis", "team_defense_zone_analysis"
# Numbers of which two programs write different texts, unless they are told how.
FRACTIONS = (0.0, -0.0, 1.0, 1 / 3, 1e-7, 123456.7, 1e22, None)
ZONES = {
    SHOT_ZONES: ("player_lookup", "paint_rate_last_10", "mid_range_rate_last_20"),
    DEFENSE_ZONES: ("team_abbr", "paint_pct_allowed", "three_pt_league_mean"),
}


def zone_row(table: str, day: date, number: int) -> dict[str, Any]:
    """A row of a zone table, as a run wrote it."""
    who, one, other = ZONES[table]
    return {
        who: "BOS", "game_date": day, "game_id": f"{day:%Y%m%d}_BOS_NYK", "analysis_date": day,
        one: FRACTIONS[number], other: -1 / 7, "calculation_version": "v1_zones",
        "data_completeness_pct": Decimal("66.67"), "early_season_flag": False,
        "data_hash": "h", "run_id": "r1", "code_version": "c",
        "created_at": L4_TIME, "processed_at": L4_TIME,
    } | {
        name: 10
        for name in ("games_used", "games_used_last_10", "games_used_last_20")
        if name in TABLES[table].column_names
    }  # fmt: skip


def test_an_edit_of_another_table_of_ours_is_named_with_what_mends_it(
    world: World, span: Span
) -> None:
    held: dict[str, list[dict[str, Any]]] = {"plan": [], "outcomes": []}
    edited = {SHOT_ZONES: span.day(3), DEFENSE_ZONES: span.day(3)}
    for table, edited_day in edited.items():
        rows = [zone_row(table, span.day(number), number) for number in range(8)]
        live = contents(table_of(table, rows), FILLED[table])
        held["outcomes"] += [
            outcome(day, table_name=table, counted_players=1, counted_games=1,
                    content_hash=content.digest, read_at=L4_TIME)
            for day, content in live.items()
        ]  # fmt: skip
        # The run that is asked left its dates alone: an edit is no gap.
        held["plan"] += [{**planned(day, 0, "SKIPPED"), "table_name": table} for day in live]
        held[table] = [
            {**row, ZONES[table][1]: 1.5} if row["game_date"] == edited_day else row for row in rows
        ]
    world.hold(League().season(span.start), **held)
    by_range = results(world, span)["ledger_mismatch"]
    of_its_run = results(world, span, kind="run", run_id="r1")["ledger_mismatch"]
    of_another = results(world, span, kind="run", run_id="r2")["ledger_mismatch"]
    for table in edited:
        world.replace(table, [])
    assert [by_range.figure, of_its_run.figure, of_another.figure] == [2, 2, 0]
    for table, day in edited.items():
        assert f"{table} {day} has 1 rows of r1, others than were recorded" in by_range.detail
    fix = registry()["ledger_mismatch"].fix_for(span.start, span.end, by_range.to_mend)
    # Nobody of this league is due in these tables: rows that are written again would go.
    assert fix.startswith("BLOCKED_SHRUNK: restore L3 for these dates, or let the rows go: ")
    assert fix.endswith(f"--accept-loss --tables {SHOT_ZONES} --tables {DEFENSE_ZONES}")


def test_rows_that_an_undo_put_back_are_their_writers_and_as_recorded(
    world: World, span: Span
) -> None:
    league = League().season(span.start)
    later = {"finished_at": datetime(2026, 1, 21, tzinfo=UTC)}
    first = written(league, span.start, "r1")
    undone = {**first, "run_id": "undo-1", **later}
    world.hold(league, outcomes=[first, undone], runs=[undo_run(span)])
    assert results(world, span)["ledger_mismatch"].figure == 0


def undo_run(span: Span) -> dict[str, Any]:
    """The run of an undo, ended."""
    at = datetime(2026, 1, 21, tzinfo=UTC)
    return {
        "run_id": "undo-1", "kind": "undo", "state": "SUCCEEDED", "target_table": "l4",
        "start_date": span.start, "end_date": span.start, "started_at": at, "lease_expires_at": at,
    }  # fmt: skip


def test_unrecorded_are_dates_with_rows_of_which_no_run_knows(world: World, span: Span) -> None:
    known = [outcome(span.day(number)) for number in range(6)]
    # A run that failed on a date did not see what is there.
    failed = {**outcome(span.day(6)), "status": "FAILED"}
    world.hold(League().season(span.start), outcomes=[*known, failed])
    result = results(world, span)["unrecorded_dates"]
    assert result.figure == 2
    assert result.detail == f"{span.day(6)} with 32 players; {span.day(7)} with 32 players"
    assert result.severity == "info"


def test_a_wave_is_judged_by_the_dates_planned_so_far(world: World, span: Span) -> None:
    league = League().season(span.start)
    league.rows[FACTORS] += [dict(league.rows[FACTORS][0]), dict(league.rows[FACTORS][-1])]
    world.hold(league, plan=[planned(span.day(number), wave=number // 4) for number in range(8)])
    first = results(world, span, kind="wave", run_id="r1", wave=0)
    second = results(world, span, kind="wave", run_id="r1", wave=1)
    assert (first["duplicate_keys"].figure, second["duplicate_keys"].figure) == (1, 2)


def planned(day: date, wave: int, action: str = "PLANNED") -> dict[str, Any]:
    """A plan row of run r1."""
    return {
        "run_id": "r1", "game_date": day, "action": action, "state": "MISSING", "reason": "",
        "wave": wave, "task": 0, "expected_games": 2, "expected_players": 32, "l1_games": 2,
        "present_games": 0, "planned_at": datetime(2026, 1, 19, tzinfo=UTC),
    }  # fmt: skip
