"""What of L3 from L1 may not depend on how the lines were delivered, and what adds up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from phase4.filling.box_scores import BoxScores
from tests.phase4.filling.box_lines import (
    DAY,
    DEFENSE,
    DELIVERED,
    OFFENSE,
    PLAYERS,
    Line,
    computed,
    game,
)

DAYS = tuple(DAY + timedelta(days=number) for number in range(3))
PAIRS = (("BKN", "DAL"), ("LAL", "UTA"))
figures = st.integers(0, 40)
statistics = st.fixed_dictionaries(
    {
        "field_goals_attempted": st.integers(10, 40),
        "free_throws_attempted": figures,
        "turnovers": figures,
        "offensive_rebounds": figures,
        "minutes": st.sampled_from(["48:00", "48:10", "47:50", "47.9", "PT48M03.00S", "11:00"]),
    }
)


@st.composite
def leagues(draw: st.DrawFn) -> list[Line]:
    """Games on three dates; some have a team with too few minutes, and stay out."""
    lines = [
        {**line, "game_date": day, "game_id": f"{day:%Y%m%d}", "processed_at": DELIVERED}
        for day in DAYS
        for pair in draw(st.sets(st.sampled_from(PAIRS)))
        for line in game(*pair)
    ]
    return [{**line, **draw(statistics)} for line in lines]


def content(*parts: BoxScores) -> dict[str, list[Any]]:
    """Every row of the results, in one order."""
    found: dict[str, list[Any]] = {}
    for part in parts:
        for name, rows in {**part.rows, "refused": part.refused, "noted": part.noted}.items():
            found.setdefault(name, []).extend(rows.to_pylist())
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


@settings(max_examples=8, deadline=None)
@given(lines=leagues(), data=st.data())
def test_neither_the_order_of_lines_nor_their_repetition_counts(
    lines: list[Line], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(lines))) if lines else []
    shuffled = data.draw(st.permutations([*lines, *again]))
    assert content(computed(shuffled, dates=DAYS)) == content(computed(lines, dates=DAYS))


@settings(max_examples=8, deadline=None)
@given(lines=leagues(), cut=st.integers(0, 3))
def test_dates_may_be_cut_anywhere(lines: list[Line], cut: int) -> None:
    parts = (computed(lines, dates=DAYS[:cut]), computed(lines, dates=DAYS[cut:]))
    assert content(*parts) == content(computed(lines, dates=DAYS))


@settings(max_examples=8, deadline=None)
@given(lines=leagues())
def test_the_shares_of_a_team_are_the_whole(lines: list[Line]) -> None:
    found = computed(lines, dates=DAYS)
    rows = found.rows[PLAYERS].to_pylist()
    for side in found.rows[OFFENSE].to_pylist():
        mates = [r for r in rows if all(r[k] == side[k] for k in ("game_id", "team_abbr"))]
        minutes = float(sum(r["minutes_played"] for r in mates))
        usage = [r["usage_rate"] for r in mates if r["usage_rate"] is not None]
        shares = sum(float(r["usage_rate"] or 0) * float(r["minutes_played"]) for r in mates)
        assert not usage or abs(shares / (minutes / 5) - 100) < 1


@settings(max_examples=8, deadline=None)
@given(lines=leagues())
def test_every_game_is_written_whole_or_refused_by_name(lines: list[Line]) -> None:
    found = computed(lines, dates=DAYS)
    games = {
        (line["game_date"], frozenset((line["home_team_abbr"], line["away_team_abbr"])))
        for line in lines
    }
    refused = {
        (row["game_date"], frozenset(row["game"].split("-"))) for row in found.refused.to_pylist()
    }
    written = {
        (row["game_date"], frozenset((row["team_abbr"], row["opponent_team_abbr"])))
        for row in found.rows[OFFENSE].to_pylist()
    }
    assert written | refused == games
    assert not written & refused
    assert (found.rows[OFFENSE].num_rows, found.rows[DEFENSE].num_rows) == (
        2 * len(written),
        2 * len(written),
    )
    assert found.rows[PLAYERS].num_rows == 10 * len(written)
