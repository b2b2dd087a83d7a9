"""The routines and queries of one environment: rendered with its names, created in BigQuery."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from google.api_core.exceptions import Conflict
from google.cloud.bigquery import Routine as BigQueryRoutine
from google.cloud.bigquery import RoutineArgument, StandardSqlDataType, StandardSqlTypeNames, Table

from phase4.cloud.settings import Settings
from phase4.tables.placeholders import render
from phase4.tables.routines import SQL, Routine, placeholders_for, rendered

if TYPE_CHECKING:
    from google.cloud.bigquery import Client


@cache
def placeholders(settings: Settings) -> Mapping[str, str]:
    """What `${…}` stands for in SQL files: checked names, thresholds, calendar, cost model."""
    return MappingProxyType(placeholders_for(environment_names(settings)))


def environment_names(settings: Settings) -> dict[str, str]:
    """The placeholders that differ between environments: tables and the operations dataset."""
    return {
        "project": settings.project,
        "raw_table": settings.table_id(settings.raw_table),
        "player_table": settings.table_id(settings.player_table),
        "defense_table": settings.table_id(settings.defense_table),
        "offense_table": settings.table_id(settings.offense_table),
        "target_table": settings.table_id(settings.target_table),
        "ops_dataset": f"{settings.project}.{settings.ops_dataset}",
        "seasons": settings.ops("seasons"),
        "region": f"region-{settings.location.lower()}",
        "roster_rows": _roster_rows(settings),
    }


def _roster_rows(settings: Settings) -> str:
    """The roster, or nobody's birth date where none is configured."""
    if settings.roster_table:
        return f"`{settings.table_id(settings.roster_table)}`"
    return "(SELECT CAST(NULL AS STRING) AS player_lookup, CAST(NULL AS DATE) AS birth_date)"


def query(name: str, settings: Settings, at: datetime | None = None) -> str:
    """The rendered text of sql/queries/NAME.sql; `at`: with the factors of that moment."""
    known = {**placeholders(settings), "as_of": as_of(at)}
    return render((SQL / "queries" / f"{name}.sql").read_text(), known)


def as_of(at: datetime | None) -> str:
    """What stands behind a table's name to read it as it was at a moment; empty for now.

    As text, because no parameter can be it. A statement may read one moment of a table only.
    """
    return f" FOR SYSTEM_TIME AS OF TIMESTAMP '{at.astimezone(UTC).isoformat()}'" if at else ""


def routines(settings: Settings) -> list[Routine]:
    """All routines in the order in which they must be created."""
    return rendered(placeholders(settings))


def create_routines(client: Client, settings: Settings) -> None:
    """Creates or replaces every routine; safe to run again."""
    for routine in routines(settings):
        create(routine, client, settings)


def create(routine: Routine, client: Client, settings: Settings) -> None:
    """Creates the routine, or replaces the one that is there."""
    if routine.kind == "VIEW":
        _create_view(routine, client, settings)
        return
    made = resource(routine, settings)
    try:
        client.create_routine(made)
    except Conflict:
        # The service takes over nothing of the routine that is there.
        client.update_routine(made, ["type_", "language", "body", "arguments"])


def _create_view(routine: Routine, client: Client, settings: Settings) -> None:
    # To the API a view is a table.
    view = Table(settings.ops(routine.name))
    view.view_query = routine.body
    try:
        client.create_table(view)
    except Conflict:
        client.update_table(view, ["view_query"])


def resource(routine: Routine, settings: Settings) -> BigQueryRoutine:
    """The routine as the API takes it."""
    arguments = [
        RoutineArgument(name=name, data_type=StandardSqlDataType(StandardSqlTypeNames(type_)))
        for name, type_ in routine.arguments
    ]
    return BigQueryRoutine(
        settings.ops(routine.name),
        type_=routine.kind,
        language="SQL",
        arguments=arguments,
        body=routine.body,
    )
