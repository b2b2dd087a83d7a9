"""BigQuery has no resources to plan a statement of a few hundred table scans (service rule S5)."""

from __future__ import annotations

import pytest

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.tables.routines import SQL, Routine
from tests.sql.scans import scans_per_statement

MOST = 60
SETTINGS = Settings(project="demo")
ROUTINES = {routine.name: routine for routine in routines.routines(SETTINGS)}
QUERIES = sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
PROCEDURES = [name for name, routine in ROUTINES.items() if routine.kind == "PROCEDURE"]


@pytest.mark.parametrize("name", ROUTINES)
def test_no_statement_of_a_routine_expands_to_more_than_sixty_scans(name: str) -> None:
    scans = scans_per_statement(ROUTINES[name], ROUTINES)
    assert max(scans) <= MOST, f"{name} has {scans}: what is read twice goes into a temp table"


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_expands_to_more_than_sixty_scans(name: str) -> None:
    query = Routine(name, "QUERY", (), routines.query(name, SETTINGS))
    assert max(scans_per_statement(query, ROUTINES)) <= MOST


@pytest.mark.parametrize("name", PROCEDURES)
def test_the_last_statement_of_a_procedure_ends_with_a_semicolon(name: str) -> None:
    assert ROUTINES[name].body.endswith(";\n")


@pytest.mark.parametrize(
    ("body", "scans"),
    [
        ("SELECT 1", 0),
        ("SELECT * FROM `p.d.a` JOIN `p.d.b` USING (x)", 2),
        ("WITH a AS (SELECT * FROM `p.d.t`) SELECT * FROM a AS x JOIN a AS y USING (k)", 2),
        ("WITH a AS (SELECT * FROM `p.d.t`), b AS (SELECT * FROM a, a) SELECT * FROM b, b", 4),
        ("WITH a AS (SELECT * FROM `p.d.t`) SELECT 1", 0),
        ("SELECT * FROM `p.d.twice`(1), `p.d.twice`(2)", 4),
        ("SELECT (SELECT MAX(x) FROM `p.d.t`) FROM `p.d.u` WHERE y IN (SELECT y FROM `p.d.t`)", 3),
        ("INSERT INTO `p.d.t` (x) SELECT x FROM `p.d.u`", 1),
        ("CREATE TEMP TABLE t AS WITH a AS (SELECT * FROM `p.d.u`) SELECT * FROM a, a", 2),
    ],
)
def test_references_are_expanded_where_they_stand(body: str, scans: int) -> None:
    twice = Routine("twice", "TABLE_VALUED_FUNCTION", (), "SELECT * FROM `p.d.t`, `p.d.u`")
    asked = Routine("asked", "PROCEDURE", (), body)
    assert scans_per_statement(asked, {"twice": twice}) == [scans]
