"""The types of a statement's values: what they are known from, and that they are found once."""

from __future__ import annotations

from typing import Any

import pytest
from google.cloud.bigquery import ScalarQueryParameter

from laptop.bigquery import value_types
from laptop.bigquery.remembered import RememberingTranslator

from .servers import Query


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [("FLOAT64", 2.0, "2"), ("INT64", 2, "2"), ("STRING", "2.0", "2.0"), ("FLOAT64", None, None)],
)
def test_a_parameter_has_the_type_that_it_was_declared_with(
    query: Query, kind: str, value: Any, text: str | None
) -> None:
    given = [ScalarQueryParameter("given", kind, value)]
    assert query("SELECT CAST(@given AS STRING) AS r", query_parameters=given) == [{"r": text}]


def test_beside_all_columns_of_a_table_types_are_known_as_well(query: Query) -> None:
    script = "CREATE TEMP TABLE one AS SELECT 1 AS n; SELECT one.*, CAST(2.0 AS STRING) FROM one"
    assert [list(row.values()) for row in query(script)] == [[1, "2"]]


def test_types_are_found_once_for_a_whole_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Any] = []
    annotate = vars(value_types)["annotate_types"]

    def noted(tree: Any, **options: Any) -> Any:
        looked_at.append(tree)
        return annotate(tree, **options)

    monkeypatch.setitem(vars(value_types), "annotate_types", noted)
    casts = ", ".join(f"CAST(ROUND({number} / 3, 1) AS STRING) AS c{number}" for number in range(9))
    RememberingTranslator().translate(f"SELECT {casts}")
    assert len(looked_at) == 1
