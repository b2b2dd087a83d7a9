"""The sample league, generated once, and DuckDB over its tables under their own names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from sample.league import League, sample_league

Sql = Callable[[str], list[tuple[Any, ...]]]


def sql_over(league: League) -> Sql:
    """A function that runs SQL over the tables of one league."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name, table in league.tables():
        connection.register(name, table)
    return lambda query: connection.sql(query).fetchall()


@pytest.fixture(scope="session")
def league() -> League:
    return sample_league()


@pytest.fixture(scope="session")
def sql(league: League) -> Sql:
    return sql_over(league)


@pytest.fixture(scope="session")
def exhibition_league() -> League:
    return sample_league(exhibitions=True)


@pytest.fixture(scope="session")
def exhibition_sql(exhibition_league: League) -> Sql:
    return sql_over(exhibition_league)
