"""How a check is named, in Python and in SQL."""

from __future__ import annotations

from phase4.cloud.warehouse import Warehouse
from phase4.tables.rows.snapshots import CHECK_LABEL_SQL, check_label


def test_routines_name_a_check_as_python_does(warehouse: Warehouse) -> None:
    known = [("duplicate_keys", ""), ("contradictions", "a player on two teams")]
    listed = ", ".join(f"STRUCT('{name}' AS name, '{about}' AS subject)" for name, about in known)
    rows = warehouse.query(f"SELECT {CHECK_LABEL_SQL} AS label FROM UNNEST([{listed}]) AS checked")
    assert [row["label"] for row in rows] == [check_label(*each) for each in known]


def test_a_subject_stands_behind_a_colon() -> None:
    assert check_label("contradictions", "a player on two teams") == (
        "contradictions: a player on two teams"
    )
