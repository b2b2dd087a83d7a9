"""Whatever cannot be is drawn into any rows: a date gives its sound rows or says what is wrong."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from phase4.filling.compute import Computed
from tests.phase4.filling.conftest import League, generate_dense

DAY = date(2024, 12, 19)
DAMAGES: dict[str, list[dict[str, Any]]] = {
    "players": [
        {"minutes_played": Decimal(0), "points": 7},
        {"minutes_played": Decimal(-3)},
        {"minutes_played": Decimal(900)},
        {"minutes_played": None, "points": 3},
        {"is_active": None},
        {"is_active": False},
        {"usage_rate": Decimal(0), "paint_attempts": 4},
        {"usage_rate": Decimal(1000)},
        {"usage_rate": None},
        {"points": -5},
        {"points": 700},
        {"paint_attempts": 400},
        {"mid_range_attempts": -1},
        {"paint_attempts": 3, "mid_range_attempts": None},
        {"universal_player_id": "the_same_1"},
    ],
    "offense": [
        {"pace": Decimal(0)},
        {"pace": Decimal(500)},
        {"pace": None},
        {"possessions": 0},
        {"possessions": 30},
    ],
    "defense": [
        {"opp_paint_attempts": 0},
        {"opp_paint_makes": 100},
        {"opp_three_pt_attempts": None},
        {"opp_mid_range_makes": -1},
        dict.fromkeys(f"opp_{zone}_{what}" for zone in ("paint", "mid_range", "three_pt")
                      for what in ("attempts", "makes")),
    ],
}  # fmt: skip
COPIES: list[dict[str, Any]] = [
    {"game_id": "0022400001"},
    {"game_id": "20240101_ZZZ_AAA"},
    {"processed_at": None},
    {"game_id": "7", "team_abbr": "T03"},
    {"opponent_team_abbr": "T02", "game_id": "8"},
    {"universal_player_id": "somebody_2"},
    {"points": 31},
]


@pytest.fixture(scope="module")
def unhurt() -> tuple[League, Computed]:
    league = generate_dense()
    for row in league.players:
        row["usage_rate"] = min(max(row["usage_rate"] or Decimal(20), Decimal(5)), Decimal(40))
    return league, league.compute([DAY])


def said(computed: Computed) -> set[str]:
    """Everything that the computation says about the date besides its scores."""
    reasons = {
        str(row["reason"])
        for table in (computed.noted, computed.quarantined)
        for row in table.to_pylist()
    }
    issues = computed.rows["data_quality_issues"].to_pylist()
    return reasons | {issue for listed in issues for issue in listed}


@settings(max_examples=12)
@given(data=st.data())
def test_impossible_values_never_pass_in_silence(
    data: st.DataObject, unhurt: tuple[League, Computed]
) -> None:
    league, sound = copy.deepcopy(unhurt[0]), unhurt[1]
    table = data.draw(st.sampled_from(sorted(DAMAGES)))
    behind = data.draw(st.integers(0, 15)) * 2
    on_day = [row for row in getattr(league, table)
              if row["game_date"] == DAY - timedelta(days=behind)]  # fmt: skip
    assume(on_day)
    hurt = data.draw(st.lists(st.sampled_from(range(len(on_day))), min_size=1, unique=True))
    damage = data.draw(st.sampled_from(DAMAGES[table]))
    for number in hurt:
        on_day[number].update(damage)
    computed = league.compute([DAY])
    assert computed.rows == sound.rows or said(computed) - said(sound)


@settings(max_examples=12)
@given(data=st.data())
def test_copies_never_pass_in_silence(data: st.DataObject, unhurt: tuple[League, Computed]) -> None:
    league, sound = copy.deepcopy(unhurt[0]), unhurt[1]
    table = data.draw(st.sampled_from(sorted(DAMAGES)))
    behind = data.draw(st.integers(0, 15)) * 2
    rows = getattr(league, table)
    on_day = [row for row in rows if row["game_date"] == DAY - timedelta(days=behind)]
    assume(on_day)
    copied = data.draw(st.lists(st.sampled_from(range(len(on_day))), min_size=1, unique=True))
    change = data.draw(st.sampled_from(COPIES))
    rows.extend({**on_day[number], **change} for number in copied)
    computed = league.compute([DAY])
    assert computed.rows == sound.rows or said(computed) - said(sound)
