"""Routines that the declarations of filled tables make: states of dates, plans of stages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from phase4.tables import canonical
from phase4.tables.filled import DEFAULT, FILLED, STAGES, FilledTable, planner
from phase4.tables.partition import content_sql
from phase4.tables.placeholders import indented, render, render_known

SQL = Path(__file__).with_name("sql")
# What a request asks of the states of dates.
REQUEST = """\
DECLARE first_asked DATE DEFAULT CAST(JSON_VALUE(request, '$.start_date') AS DATE);
DECLARE last_asked DATE DEFAULT CAST(JSON_VALUE(request, '$.end_date') AS DATE);
DECLARE asked_history_days INT64 DEFAULT CAST(JSON_VALUE(request, '$.stale_history_days') AS INT64);
DECLARE asked_first_days INT64 DEFAULT CAST(JSON_VALUE(request, '$.bootstrap_days') AS INT64);
"""
ALWAYS_READY = "SELECT CAST(NULL AS DATE) AS game_date, '' AS state, '' AS reason LIMIT 0"


def names(for_each: str, name: str) -> list[str]:
    """The names of the routines that one entry of routines.json stands for."""
    return {
        "": [name],
        "stage": [f"{name}{planner(stage)}" for stage in STAGES],
        "added": [f"{table.name}_status" for table in FILLED.values() if table.is_added_to],
        "replaced": [f"{table.name}_status" for table in _replaced()],
        "changes": [f"{table.name}_changes" for table in _replaced()],
    }[for_each]


@cache
def bodies() -> dict[str, str]:
    """The bodies of all of them by name."""
    changes = (SQL / "routines" / "source_changes.sql").read_text()
    return {
        **{f"{table.name}_status": _added(table) for table in FILLED.values() if table.is_added_to},
        **{f"{table.name}_status": _replaced_status(table) for table in _replaced()},
        **{f"{table.name}_changes": render_known(changes, _of(table)) for table in _replaced()},
        "source_changes": render_known(changes, _of(DEFAULT)),
        "ceiling_once_filled": _ceiling(),
        **_planners(),
    }


def table_dates(values: Mapping[str, str]) -> str:
    """What each table but the default holds of the dates that are examined or claimed."""
    parts = [
        f"""UNION ALL
SELECT '{table.name}', game_date, COUNT(DISTINCT {_game(table)}), COUNT(*)
FROM `{_place(table)}`
WHERE
  game_date BETWEEN range_start AND range_end
  AND game_date IN (
    SELECT game_date FROM examined WHERE table_name = '{table.name}'
    UNION DISTINCT
    SELECT game_date FROM claimed WHERE table_name = '{table.name}')
GROUP BY game_date"""
        for table in FILLED.values()
        if not table.is_default
    ]
    return render("\n".join(parts), values)


def table_states(values: Mapping[str, str]) -> str:
    """Statements that leave the states of each table of ours but the default in `TABLE_states`.

    One of its own for each table: BigQuery plans no statement that scans too much.
    """
    asked = {
        "range_start": "first_whole",
        "range_end": "last_whole",
        "history_days": "${stale_history_days}",
        "first_days": "${bootstrap_days}",
    }
    parts = [
        f"CREATE OR REPLACE TEMP TABLE {table.name}_states AS\n"
        f"{render_known(states_query(table), asked)};\n"
        for table in _replaced()
    ]
    return render("\n".join(parts), values)


def all_table_states() -> str:
    """What reads those."""
    return "\n".join(
        f"UNION ALL\nSELECT '{table.name}', game_date, state, reason FROM {table.name}_states"
        for table in _replaced()
    )


def table_contents(values: Mapping[str, str]) -> str:
    """The rows of the examined dates of each table of ours but the default, by their content."""
    parts = [
        f"""UNION ALL
SELECT
  '{table.name}',
  game_date,
  run_id,
  processed_at,
  {content_sql(table)}
FROM `{_place(table)}`
WHERE
  game_date BETWEEN range_start AND range_end
  AND game_date IN (SELECT game_date FROM examined WHERE table_name = '{table.name}')"""
        for table in _replaced()
    ]
    return render("\n".join(parts), values)


def replaced_names() -> str:
    """The tables of ours but the default, as a list in SQL."""
    return ", ".join(f"'{table.name}'" for table in _replaced())


def _replaced() -> list[FilledTable]:
    """The tables whose states follow from what is due: all that are ours but the default."""
    return [t for t in FILLED.values() if not t.is_added_to and not t.is_default]


def _place(table: FilledTable) -> str:
    """The placeholder of its name, or its name behind that of the project."""
    return f"${{{table.setting}}}" if table.setting else f"${{project}}.{table.dataset_name}"


def _game(table: FilledTable) -> str:
    """The canonical game of one of its rows, or their id of it where teams are not told."""
    return canonical.game_sql(*table.teams) if table.teams else "game_id"


def _of(table: FilledTable) -> dict[str, str]:
    """What SQL that is rendered for one table has for it."""
    return {
        "filled_table": _place(table),
        "of_filled_table": f"IFNULL(table_name, '{DEFAULT.name}') = '{table.name}'",
    }


def _added(table: FilledTable) -> str:
    template = (SQL / "added_status.sql").read_text()
    own = {
        "due_rows": table.due_rows,
        "filled_game": _game(table),
        "filled_team": canonical.team_sql(table.teams[0]),
        "side_rows": str(canonical.side_rows(table)),
    }
    return render_known(template, {**_of(table), **own})


def _replaced_status(table: FilledTable) -> str:
    template = (SQL / "replaced_status.sql").read_text()
    changes = (
        "SELECT game_date, changed_dates, changed_sample\n"
        f"FROM `${{ops_dataset}}.{table.name}_changes`(range_start, range_end, history_days)"
    )
    queries = {
        "due": table.text("due"),
        "ready": table.text("ready") if table.has("ready") else ALWAYS_READY,
        "changes": changes,
    }
    inner = {name: indented(text, 4) for name, text in queries.items()}
    own = {"who": table.who, "version": table.calculation_version}
    return render_known(template, {**_of(table), **inner, **own})


def _planners() -> dict[str, str]:
    """The bodies of the routines that plan a stage of the filled tables, by name."""
    text = (SQL / "routines" / "plan_backfill.sql").read_text()
    rows = (SQL / "plan_rows.sql").read_text().rstrip()
    return {
        f"plan_backfill{planner(stage)}": render_known(
            text,
            {
                "asked": _asked(stage, "$.tables"),
                "filled_statuses": _statuses(stage),
                "plan_rows": rows,
            },
        )
        for stage in STAGES
    }


def _ceiling() -> str:
    """The body of the routine that says what the tables fed by L3's players reach at best."""
    text = (SQL / "routines" / "ceiling_once_filled.sql").read_text()
    [players] = [table for table in FILLED.values() if table.side == "player"]
    fed = [t for t in FILLED.values() if not t.is_added_to and players.name in t.inputs]
    parts = {"asked": _asked(fed, "$.stages"), "filled_statuses": _statuses(fed)}
    return render_known(text, {**parts, "player_summary": players.name})


def _asked(stage: Collection[FilledTable], names: str) -> str:
    """Variables with what is asked, and with the range of each table of a stage: first_0, last_0.

    The range of a table that the run does not fill has no date, so that nothing of it is read: a
    condition on its rows would only throw the states away. In variables, as BigQuery is known to
    find partitions by those; whether it does by what JSON functions give is written nowhere.
    """
    return REQUEST + "\n".join(
        f"DECLARE {bound}_{number} DATE DEFAULT IF(\n"
        f"  STRPOS(JSON_QUERY(request, '{names}'), '\"{table.name}\"') > 0,"
        f" {bound}_asked, DATE '{nothing}');"
        for number, table in enumerate(stage)
        for bound, nothing in (("first", "1900-01-02"), ("last", "1900-01-01"))
    )


def _statuses(stage: Collection[FilledTable]) -> str:
    """Statements that leave the states of the dates of a stage's tables, if asked, in `statuses`.

    One of its own for each table: BigQuery plans no statement that scans too much.
    """
    made = [
        f"CREATE OR REPLACE TEMP TABLE statuses_{number} AS\n"
        f"SELECT '{table.name}' AS table_name, states.*\n"
        f"FROM (\n{render_known(states_query(table), _variables(number)).rstrip()}\n) AS states;\n"
        for number, table in enumerate(stage)
    ]
    parts = "\nUNION ALL\n".join(f"SELECT * FROM statuses_{n}" for n in range(len(made)))
    return "\n".join([*made, f"CREATE OR REPLACE TEMP TABLE statuses AS\n{parts};\n"])


def _variables(number: int) -> dict[str, str]:
    """What a plan asks the states of a stage's table with."""
    return {
        "range_start": f"first_{number}",
        "range_end": f"last_{number}",
        "history_days": "asked_history_days",
        "first_days": "asked_first_days",
    }


def states_query(table: FilledTable) -> str:
    """The query for the states of a table's dates, with its arguments as placeholders."""
    if table.has("states"):
        return table.text("states")
    if table.is_added_to:
        arguments = "(${range_start}, ${range_end})"
    else:
        arguments = "(${range_start}, ${range_end}, ${history_days}, ${first_days})"
    return f"SELECT *\nFROM `${{ops_dataset}}.{table.name}_status`{arguments}"
