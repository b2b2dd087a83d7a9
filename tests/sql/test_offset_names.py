"""The emulator rebases offsets by the name of their alias, wherever in a statement it stands."""

from __future__ import annotations

import re

import pytest

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.tables.routines import SQL

SETTINGS = Settings(project="demo")
TEXTS = {
    **{routine.name: routine.body for routine in routines.routines(SETTINGS)},
    **{path.stem: routines.query(path.stem, SETTINGS) for path in (SQL / "queries").glob("*.sql")},
}
OFFSET = re.compile(r"\bWITH OFFSET AS (\w+)")
OTHER = re.compile(r"(?<!OFFSET )\bAS (\w+)")


@pytest.mark.parametrize("name", TEXTS)
def test_an_offset_shares_its_name_with_no_other_column_of_the_statement(name: str) -> None:
    assert set(OFFSET.findall(TEXTS[name])) & set(OTHER.findall(TEXTS[name])) == set()
