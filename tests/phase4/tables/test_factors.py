"""What a factor has to have everywhere, for whoever adds one (CONTRIBUTING)."""

from __future__ import annotations

import pytest

from phase4.tables.catalog import TABLES
from phase4.tables.checks import registry
from phase4.tables.factors import ACTIVE_FACTORS, SCORES, TOTAL, Factor
from phase4.tables.filled import DEFAULT
from phase4.tables.rows.players import PlayerRow
from phase4.tables.typed import types_of

COLUMNS = {column["name"]: column for column in TABLES["player_composite_factors"].columns}
SCORES_SQL = DEFAULT.text("scores")
# Five points of fatigue weigh a quarter of a point in the total; it never falls below 35.
LOWEST_OF_FATIGUE = (35 - 100) / 20


def named(factor: Factor) -> str:
    return factor.name


@pytest.mark.parametrize("factor", SCORES, ids=named)
def test_its_column_has_the_decimals_that_it_is_stored_with(factor: Factor) -> None:
    assert int(COLUMNS[factor.column].get("scale", 0)) == factor.decimals


@pytest.mark.parametrize("factor", SCORES, ids=named)
def test_the_row_that_is_explained_has_it(factor: Factor) -> None:
    assert factor.column in types_of(PlayerRow)


@pytest.mark.parametrize("factor", ACTIVE_FACTORS, ids=named)
def test_a_column_carries_its_inputs(factor: Factor) -> None:
    assert f"{factor.context}_context_json" in COLUMNS


@pytest.mark.parametrize("factor", [*ACTIVE_FACTORS, TOTAL], ids=named)
def test_the_job_computes_it_and_the_check_does_so_again(factor: Factor) -> None:
    assert f" AS {factor.name}\n" in SCORES_SQL.replace(",\n", "\n")
    assert f"'{factor.column}' AS subject" in registry()["score_mismatch"].sql


def test_the_range_of_the_total_is_that_of_its_parts() -> None:
    others = [factor for factor in ACTIVE_FACTORS if factor.name != "fatigue"]
    assert TOTAL.low == LOWEST_OF_FATIGUE + sum(factor.low for factor in others)
    assert TOTAL.high == sum(factor.high for factor in others)
