"""Games that a table of others lacks are appended to it; nothing that is there is touched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

from phase4.cloud import routines
from phase4.cloud.warehouse import Row, Warehouse
from phase4.filling import addition, standing_games
from phase4.filling.box_scores import NO_IDS
from phase4.filling.publishing import Outcome
from phase4.filling.task import Task
from phase4.tables.arrow import table_of
from phase4.tables.catalog import TABLES
from phase4.tables.filled import FILLED
from phase4.tables.rows.plans import PlannedDate
from tests.phase4.filling.box_lines import DAY, READ, Line, changed, game
from tests.phase4.filling.shards import new_task
from tests.table_server import TableServer, reachable

KEY = "team_offense_game_summary"
OFFENSE = FILLED[KEY]
NAME = f"nba_analytics.{KEY}"
# Two games, of which the table has the first, written by somebody else.
LINES = [*game("BKN", "DAL"), *game("MIA", "NYK")]
THERE = {
    "game_date": DAY, "season_year": 2024, "home_game": True, "possessions": 99,
    "processed_at": READ,
}  # fmt: skip


def theirs(away: str, home: str) -> pa.Table:
    """The rows of one game as its owner writes them."""
    rows = [
        {**THERE, "game_id": f"0022400{home}", "team_abbr": one, "opponent_team_abbr": other}
        for one, other in ((away, home), (home, away))
    ]
    return table_of(KEY, rows)


@pytest.fixture
def offense(tables: TableServer) -> Iterator[TableServer]:
    """The table of others with one game of the day."""
    warehouse = tables.warehouse()
    warehouse.client.create_dataset("nba_analytics", exists_ok=True)
    warehouse.client.create_table(TABLES[KEY].table(warehouse.settings.table_id(NAME)))
    warehouse.append(NAME, theirs("BKN", "DAL"), new_task().job_id("theirs"))
    yield tables
    warehouse.client.delete_table(warehouse.settings.table_id(NAME))


@pytest.fixture
def planned(offense: TableServer) -> Iterator[TableServer]:
    """L1 beside it, and the routine that the plan asks for the states of its dates."""
    warehouse = offense.warehouse()
    settings = warehouse.settings
    raw = table_of("bdl_player_boxscores", LINES)
    with reachable(offense):
        known = {one.name: one for one in routines.routines(settings)}
        warehouse.client.create_dataset("nba_raw", exists_ok=True)
        warehouse.client.create_table(
            TABLES["bdl_player_boxscores"].table(settings.table_id(settings.raw_table))
        )
        warehouse.append(settings.raw_table, raw, new_task().job_id("lines"))
        for name in ("box_score_games", f"{KEY}_status"):
            routines.create(known[name], warehouse.client, settings)
        yield offense
        warehouse.client.delete_table(settings.table_id(settings.raw_table))


def state(tables: TableServer) -> Row:
    """The state of the day, as the plan sees it."""
    (row,) = tables.sql(f"SELECT * FROM nba_ops.{KEY}_status('{DAY}', '{DAY}')")
    return row


def stored(tables: TableServer) -> list[Row]:
    return tables.sql(f"SELECT * FROM {NAME} WHERE game_date = '{DAY}' ORDER BY team_abbr, game_id")


def publish(
    warehouse: Warehouse, task: Task, lines: Sequence[Line] = LINES, games: int = 1
) -> Outcome:
    """What becomes of the day when these are L1's lines and so many games were planned."""
    given = addition.Given(table_of("bdl_player_boxscores", lines), NO_IDS)
    computed = addition.compute(given, [OFFENSE], [DAY], READ)[KEY]
    planned = PlannedDate(DAY, games, 2, table_name=KEY)
    (outcome,) = addition.publish(warehouse, task, OFFENSE, [planned], computed)
    return outcome


def test_a_game_that_lacks_is_appended_and_the_others_stay_as_they_are(
    offense: TableServer,
) -> None:
    before = stored(offense)
    outcome = publish(offense.warehouse(), new_task())
    assert (outcome.status, outcome.added_games, outcome.rows_changed) == (
        "PUBLISHED", ("MIA-NYK",), 2,
    )  # fmt: skip
    after = stored(offense)
    assert [row for row in after if row in before] == before
    assert {row["team_abbr"] for row in after if row not in before} == {"MIA", "NYK"}


def test_a_task_that_runs_twice_appends_once(offense: TableServer) -> None:
    task = new_task()
    publish(offense.warehouse(), task)
    after = stored(offense)
    again = publish(offense.warehouse(), task)
    assert (again.status, again.added_games) == ("UNCHANGED", ())
    assert stored(offense) == after


def test_a_game_that_somebody_else_writes_meanwhile_is_named(
    offense: TableServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Warehouse.append_partition

    def meanwhile(warehouse: Warehouse, *given: Any) -> str:
        warehouse.append(NAME, theirs("MIA", "NYK"), new_task().job_id("meanwhile"))
        return append(warehouse, *given)

    monkeypatch.setattr(Warehouse, "append_partition", meanwhile)
    outcome = publish(offense.warehouse(), new_task())
    assert outcome.warnings[0].startswith("OVERCOUNT: MIA-NYK has 4 rows, 2 of them of this run")


def test_a_game_that_fails_a_gate_stays_out_with_its_reason_and_its_neighbour_is_written(
    offense: TableServer,
) -> None:
    lines = [*LINES, *changed(game("LAL", "GSW"), "lal0", minutes="10:00")]
    outcome = publish(offense.warehouse(), new_task(), lines, games=2)
    assert (outcome.status, outcome.added_games) == ("FAILED", ("MIA-NYK",))
    assert outcome.reason.startswith("GSW-LAL stays out: team minutes 202")


# The game that lacks, as its owner may have written it: there by its id or by a team all the same.
STANDS: dict[str, dict[str, str | None]] = {
    "no opponent": {"opponent_team_abbr": None},
    "an unknown opponent": {"opponent_team_abbr": "XYZ"},
    "another opponent": {"opponent_team_abbr": "LAL"},
    "its id alone": {"team_abbr": None, "game_id": f"{DAY:%Y%m%d}_MIA_NYK"},
    "no team and no id": {"team_abbr": None, "game_id": None},
}


@pytest.mark.parametrize("said", STANDS)
def test_a_game_of_which_a_team_stands_elsewhere_is_not_doubled_and_plan_and_task_say_so(
    planned: TableServer, said: str
) -> None:
    (row, _) = theirs("MIA", "NYK").to_pylist()
    hurt = table_of(KEY, [{**row, **STANDS[said]}])
    planned.warehouse().append(NAME, hurt, new_task().job_id("hurt"))
    before = stored(planned)
    plan = state(planned)
    outcome = publish(planned.warehouse(), new_task(), games=plan["expected_games"])
    # A row of no game keeps none out.
    if said == "no team and no id":
        assert (plan["state"], outcome.added_games) == ("PARTIAL", ("MIA-NYK",))
        return
    assert stored(planned) == before
    assert (plan["state"], outcome.status) == ("BLOCKED_QUALITY", "UNCHANGED")
    (warning,) = (each for each in outcome.warnings if "stays out" in each)
    game, why = warning.split(" stays out: ")
    assert f"{game} ({why})" in plan["reason"]


def test_a_game_that_is_there_by_half_is_named_and_left_to_its_owner(planned: TableServer) -> None:
    planned.sql(f"DELETE FROM {NAME} WHERE game_date = '{DAY}' AND team_abbr = 'DAL'")
    outcome = publish(planned.warehouse(), new_task())
    assert outcome.added_games == ("MIA-NYK",)
    plan = state(planned)
    assert plan["state"] == "BLOCKED_QUALITY"
    assert plan["reason"] == "2 of 2 games are here; 1 by half: BKN-DAL lacks DAL"


@pytest.mark.parametrize(("rows", "added"), [(4, 1), (5, 0)])
def test_a_few_players_in_another_game_keep_none_out(
    planned: TableServer, rows: int, added: int
) -> None:
    players = FILLED["player_game_summary"]
    sides = (standing_games.Side("LAL-MIA", "MIA", None, rows),)
    made = standing_games.Games({"MIA-NYK": theirs("MIA", "NYK")})
    day = PlannedDate(DAY, 1, 2, table_name=players.name)
    draft = addition.drafted(players, day, made, standing_games.Games({}, sides))
    assert (len(draft.games.rows), len(draft.standing)) == (added, 1 - added)


def test_rows_that_are_refused_cost_the_table_nothing(offense: TableServer) -> None:
    before = stored(offense)
    offense.arm(on="load", action="job_error", status=400, reason="invalid", count=0)
    outcome = publish(offense.warehouse(), new_task())
    offense.disarm()
    assert outcome.status == "FAILED"
    assert stored(offense) == before


def test_a_table_without_a_column_of_the_rows_is_refused_in_a_sentence(
    offense: TableServer,
) -> None:
    warehouse = offense.warehouse()
    smaller = TABLES[KEY].table(warehouse.settings.table_id(NAME))
    smaller.schema = [field for field in smaller.schema if field.name != "points_scored"]
    warehouse.client.delete_table(smaller)
    warehouse.client.create_table(smaller)
    with pytest.raises(addition.ColumnsLacking, match="has no column points_scored: nothing"):
        publish(warehouse, new_task())
    assert stored(offense) == []


def test_two_tasks_that_append_at_once_leave_each_game_named_or_single(
    offense: TableServer,
) -> None:
    with ThreadPoolExecutor(2) as pool:
        tasks = [new_task(), new_task()]
        outcomes = list(pool.map(lambda task: publish(offense.warehouse(), task), tasks))
    rows = [row for row in stored(offense) if row["team_abbr"] in ("MIA", "NYK")]
    named = [warning for one in outcomes for warning in one.warnings if "OVERCOUNT" in warning]
    assert len(rows) == 2 or named
