"""One game has one name, whatever its id, the order of its teams and their aliases."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase4.tables import canonical
from phase4.tables.canonical import ALIASES

CODES = st.sampled_from([code for team, names in ALIASES.items() for code in (team, *names)])
OF_TEAMS = f"SELECT {canonical.game_sql('one', 'other')} FROM (SELECT ? one, ? other, ? game_id)"
OF_ID = f"SELECT {canonical.game_of_id_sql('game_id')} FROM (SELECT ? game_id)"


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    """DuckDB as it is, without this project's macros."""
    return duckdb.connect()


def game(connection: duckdb.DuckDBPyConnection, *row: str | None) -> str | None:
    """The canonical game of (one team, other team, game_id), or of a game_id alone."""
    [[name]] = connection.execute(OF_TEAMS if len(row) > 1 else OF_ID, row).fetchall()
    assert name is None or isinstance(name, str)
    return name


@pytest.mark.parametrize(
    "row",
    [
        ("BKN", "MIL", "20250120_BKN_MIL"),
        ("MIL", "BKN", "20250120_MIL_BKN"),
        ("MIL", "BRK", "0022400612"),
        ("BKN", "MIL", "17"),
        ("BKN", "MIL", None),
        ("20250120_BRK_MIL",),
        ("20250120_MIL_BKN",),
    ],
)
def test_every_way_to_write_a_game_is_the_same_game(
    connection: duckdb.DuckDBPyConnection, row: tuple[str | None, ...]
) -> None:
    assert game(connection, *row) == "BKN-MIL"


@pytest.mark.parametrize("game_id", ["0022400612", "17", "BDL_55", "20250120"])
def test_an_id_that_names_no_teams_is_a_game_of_its_own(
    connection: duckdb.DuckDBPyConnection, game_id: str
) -> None:
    assert game(connection, game_id) == game_id
    assert game(connection, None, "MIL", game_id) == game(connection, "", "", game_id) == game_id


@pytest.mark.parametrize("code", ["XXX", "RK", "NJ", "BRK=BKN", "=", "N J N"])
def test_a_code_that_nobody_knows_stays_as_it_is(
    connection: duckdb.DuckDBPyConnection, code: str
) -> None:
    assert game(connection, code, "BRK", "1") == "-".join(sorted((code, "BKN")))


@pytest.mark.parametrize(("team", "alias"), [(t, a) for t, names in ALIASES.items() for a in names])
def test_an_alias_is_the_team(connection: duckdb.DuckDBPyConnection, team: str, alias: str) -> None:
    assert game(connection, f" {alias} ", "AAA", "1") == f"AAA-{team}"


@given(one=CODES, other=CODES)
def test_the_order_of_the_teams_says_nothing(one: str, other: str) -> None:
    with duckdb.connect() as connection:
        assert game(connection, one, other, "1") == game(connection, other, one, "2")


def test_codes_looked_up_before_make_the_same_game(connection: duckdb.DuckDBPyConnection) -> None:
    given = "FROM (SELECT unnest(?) AS one, unnest(?) AS other, '17' AS game_id)"
    written = [None, "", " ", "BKN", " BRK ", "MIL", "XXX", "N J"]
    pairs = [(one, other) for one in written for other in written]
    codes = f"SELECT *, {canonical.codes_sql('one', 'other')} {given}"
    assert connection.execute(
        f"SELECT {canonical.CODED_GAME} FROM ({codes})", [*zip(*pairs, strict=True)]
    ).fetchall() == [(game(connection, *pair, "17"),) for pair in pairs]


def test_codes_looked_up_in_an_id_make_the_same_game(connection: duckdb.DuckDBPyConnection) -> None:
    ids = [None, "", "17", "20250120_BKN_MIL", "20250120_MIL_BRK", "20250120_BKN_", "20250120_BKN"]
    codes = f"SELECT game_id, {canonical.codes_of_id_sql('game_id')}"
    assert connection.execute(
        f"SELECT {canonical.CODED_ID_GAME} FROM ({codes} FROM (SELECT unnest(?) AS game_id))", [ids]
    ).fetchall() == [(game(connection, game_id),) for game_id in ids]


def test_no_alias_belongs_to_two_teams() -> None:
    written = [code for team, names in ALIASES.items() for code in (team, *names)]
    assert len(set(written)) == len(written)


def test_there_are_thirty_teams() -> None:
    assert len(ALIASES) == 30
