"""What only BigQuery refuses, and only when a statement runs: the analyzer and DuckDB take it.

An outer join without an equality: `LEFT OUTER JOIN cannot be used without a condition that is an
equality of fields from both sides of the join`. A quotient by zero, which a WHERE does not prevent:
only IF, CASE and their like keep the errors of what they do not choose to themselves. And a filter
by which no partition is found, where a table demands one.
"""

from __future__ import annotations

from functools import cache

import pytest
import sqlglot
from sqlglot import exp

from laptop.bigquery.joins import refused_join
from laptop.bigquery.subqueries import refused_subquery
from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.tables.routines import SQL

SETTINGS = Settings(project="demo")
TEXTS = {
    **{routine.name: routine.body for routine in routines.routines(SETTINGS)},
    **{path.stem: routines.query(path.stem, SETTINGS) for path in (SQL / "queries").glob("*.sql")},
}

# Every divisor of our SQL that is no number, and why it is never zero.
DIVISORS = {
    "(high - low)": "a factor's range",
    "(one.high - one.low)": "a factor's range",
    "CAST(JSON_VALUE(request, '$.validate_every') AS INT64)": "checked by the workflow: at least 1",
    "run.validate_every": "checked by the workflow: at least 1",
    "COUNT(scores.score)": "in an IF that asks for rows",
    "GREATEST(good_games, 1)": "at least 1",
    "IFNULL(widths.tables, 1)": "a count of what is grouped",
    "MAX(league_needed)": "in an IF that asks for it",
    "MAX(needed)": "in an IF that asks for it",
    "NULLIF(layers.expected_players, 0)": "NULL instead",
    "NULLIF(needed, 0)": "NULL instead",
    "SUM(IF(run_id <> this_run, modelled_seconds, NULL))": "every run takes seconds",
    "SUM(used_games) OVER last_7": "its own row has a game",
    "all_rows": "a count of what is grouped",
    "gap_count": "a count over its own row",
    "good_share": "at least 0.0001",
    "options.dates_per_task": "of the environment, at least 1",
    "seconds": "filtered into a temporary table before",
    "whole": "every date takes milliseconds",
}


@cache
def statements(text: str) -> list[exp.Expr]:
    return [each for each in sqlglot.parse(text, read="bigquery") if each]


def divisors(text: str) -> set[str]:
    """What a text divides by, but for numbers."""
    kinds = (exp.Div, exp.IntDiv, exp.Mod)
    found = [node.expression for each in statements(text) for node in each.find_all(*kinds)]
    return {node.sql("bigquery") for node in found if node.find(exp.Column, exp.AggFunc)}


@pytest.mark.parametrize("name", TEXTS)
def test_an_outer_join_has_an_equality_of_both_sides(name: str) -> None:
    found = statements(TEXTS[name])
    assert [refused for each in found if (refused := refused_join(each))] == []
    joins = [join for each in found for join in each.find_all(exp.Join) if join.side]
    conditions = [on for join in joins if (on := join.args.get("on"))]
    # The laptop lets a constant pass, as the service is said to; no documentation says so.
    assert [on.sql("bigquery") for on in conditions if not on.find(exp.Column)] == []


@pytest.mark.parametrize("name", TEXTS)
def test_a_subquery_is_one_that_bigquery_makes_a_join_of(name: str) -> None:
    found = (refused_subquery(each) for each in statements(TEXTS[name]))
    assert list(filter(None, found)) == []


def test_a_divisor_cannot_be_zero() -> None:
    assert {each for text in TEXTS.values() for each in divisors(text)} == set(DIVISORS)


def test_a_divisor_is_found_where_it_stands() -> None:
    text = "SELECT a / b, DIV(a, c + 1), MOD(a, 2), SAFE_DIVIDE(a, d) FROM t WHERE a / (b * c) > 1"
    assert divisors(text) == {"b", "(b * c)", "c + 1"}


@pytest.mark.parametrize("name", TEXTS)
def test_no_function_is_asked_for_a_range_that_json_gives(name: str) -> None:
    asked = [
        argument.sql("bigquery")
        for statement in statements(TEXTS[name])
        for table in statement.find_all(exp.Table)
        if isinstance(table.this, exp.Anonymous)
        for argument in table.this.expressions
    ]
    assert not [argument for argument in asked if "JSON" in argument], (
        "whether BigQuery finds partitions by this is written nowhere: declare a variable"
    )
