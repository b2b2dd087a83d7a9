"""A restriction that is not translated is one that the translator leaves as it is."""

from __future__ import annotations

from datetime import date

import pytest
from bqemulator.domain.result import Ok
from bqemulator.sql.translator import SQLTranslator
from hypothesis import given
from hypothesis import strategies as st

from laptop.bigquery.restrictions import is_plain

columns = st.sampled_from(["game_date", "day", "player_lookup", "n", "currently"])
texts = st.dates(date(1970, 1, 1)).map(str) | st.sampled_from(["", "a-b", "10:00", "x_1"])
comparisons = st.one_of(
    st.builds("{} {} '{}'".format, columns, st.sampled_from(["=", "<", "<=", ">", ">="]), texts),
    st.builds("{} BETWEEN '{}' AND '{}'".format, columns, texts, texts),
    st.builds(
        "{} IN ({})".format,
        columns,
        st.lists(texts.map("'{}'".format), min_size=1, max_size=4).map(", ".join),
    ),
)
alternatives = st.lists(comparisons.map("({})".format), min_size=1, max_size=3).map(" OR ".join)


@given(restriction=comparisons | alternatives)
def test_a_comparison_with_texts_is_the_same_in_both_dialects(restriction: str) -> None:
    sql = f"SELECT 1 WHERE {restriction}"
    assert is_plain(sql)
    assert SQLTranslator().translate(sql) == Ok(sql)


@pytest.mark.parametrize(
    "restriction",
    [
        "name = 'it''s'",
        "name = 'a\\nb'",
        "day = DATE '2025-01-01'",
        "DATE(at) = '2025-01-01'",
        "session_user = 'a'",
        "current_date = '2025-01-01'",
        "n = 1",
        "day = '2025-01-01'; DROP TABLE t",
        "`day` = '2025-01-01'",
    ],
)
def test_anything_else_is_translated(restriction: str) -> None:
    assert not is_plain(f"SELECT 1 WHERE {restriction}")
