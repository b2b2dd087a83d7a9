"""What is shown or kept is the same however BigQuery cuts its work: aggregates say their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from phase4.tables.filled import FILLED
from phase4.tables.routines import SQL

AGGREGATE = re.compile(r"\b(?:(?:STRING|ARRAY)_AGG\(|ARRAY\((?=\s*SELECT\b))")
# Read as sets, or sorted where they are taken apart.
SETS = {"to_mend", "missing_names", "all_gaps", "games", "certain_teams", "findings"}
FILES = sorted({
    *SQL.rglob("*.sql"),
    *(path for table in FILLED.values() for path in (table.folder / "checks").glob("*.sql")),
})  # fmt: skip


def aggregates(text: str) -> Iterator[tuple[str, str]]:
    """What each aggregate says of itself outside of nested brackets, and the name it gets."""
    for found in AGGREGATE.finditer(text):
        depth, own, end = 0, "", found.end() - 1
        for end in range(found.end() - 1, len(text)):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            own += text[end] if depth == 1 else ""
            if depth == 0:
                break
        name = re.search(r"\bAS (\w+)", text[end:])
        yield own, name[1] if name else ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_put_together_from_rows_has_an_order(path: Path) -> None:
    unordered = {name for own, name in aggregates(path.read_text()) if "ORDER BY" not in own}
    assert unordered <= SETS
