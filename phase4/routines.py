"""The SQL routines of the operations dataset: rendered from sql/ and created in BigQuery."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from google.api_core.exceptions import Conflict
from google.cloud.bigquery import Routine as BigQueryRoutine
from google.cloud.bigquery import RoutineArgument, StandardSqlDataType, StandardSqlTypeNames, Table

from phase4 import bounds, canonical, checks, cost_model, fingerprints, readiness
from phase4.calendar import CALENDAR_FILE, bootstrap_days
from phase4.factors import CALCULATION_VERSION
from phase4.placeholders import render
from phase4.settings import Settings
from phase4.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from google.cloud.bigquery import Client

SQL = Path(__file__).with_name("sql")
DML = re.compile(r"^(?:INSERT|UPDATE|DELETE|MERGE)\b", re.MULTILINE)


@dataclass(frozen=True)
class Routine:
    """A view, table function or procedure: its name, arguments (name, type) and rendered body."""

    name: str
    kind: str
    arguments: tuple[tuple[str, str], ...]
    body: str

    def create(self, client: Client, settings: Settings) -> None:
        """Creates the routine, or replaces the one that is there."""
        if self.kind == "VIEW":
            self._create_view(client, settings)
            return
        routine = self._resource(settings)
        try:
            client.create_routine(routine)
        except Conflict:
            client.update_routine(routine, ["body", "arguments"])

    def _create_view(self, client: Client, settings: Settings) -> None:
        view = Table(settings.ops(self.name))
        view.view_query = self.body
        try:
            client.create_table(view)
        except Conflict:
            client.update_table(view, ["view_query"])

    def _resource(self, settings: Settings) -> BigQueryRoutine:
        arguments = [
            RoutineArgument(name=name, data_type=StandardSqlDataType(StandardSqlTypeNames(type_)))
            for name, type_ in self.arguments
        ]
        return BigQueryRoutine(
            settings.ops(self.name),
            type_=self.kind,
            language="SQL",
            arguments=arguments,
            body=self.body,
        )


@cache
def placeholders(settings: Settings) -> Mapping[str, str]:
    """What `${…}` stands for in SQL files: checked names, thresholds, calendar, cost model."""
    return MappingProxyType(placeholders_for(environment_names(settings)))


def environment_names(settings: Settings) -> dict[str, str]:
    """The placeholders that differ between environments: tables and the operations dataset."""
    return {
        "raw_table": settings.table_id(settings.raw_table),
        "player_table": settings.table_id(settings.player_table),
        "defense_table": settings.table_id(settings.defense_table),
        "offense_table": settings.table_id(settings.offense_table),
        "target_table": settings.table_id(settings.target_table),
        "ops_dataset": f"{settings.project}.{settings.ops_dataset}",
        "seasons": settings.ops("seasons"),
        "roster_rows": _roster_rows(settings),
    }


def _roster_rows(settings: Settings) -> str:
    """The roster, or nobody's birth date where none is configured."""
    if settings.roster_table:
        return f"`{settings.table_id(settings.roster_table)}`"
    return "(SELECT CAST(NULL AS STRING) AS player_lookup, CAST(NULL AS DATE) AS birth_date)"


def placeholders_for(names: dict[str, str]) -> dict[str, str]:
    """All placeholders: those of the environment, and those that are the same everywhere."""
    seasons = json.loads(CALENDAR_FILE.read_text())["seasons"]
    known = {
        **names,
        "seasons_json": json.dumps(seasons, separators=(",", ":")),
        "bootstrap_days": str(bootstrap_days()),
        "calculation_version": CALCULATION_VERSION,
        "l3_quality_pct": str(THRESHOLDS["l3_quality_pct"]),
        "stale_history_days": str(THRESHOLDS["stale_history_days"]),
        "witness_days": str(THRESHOLDS["witness_days"]),
        "witness_players": str(THRESHOLDS["witness_players"]),
        "dml_statements_json": json.dumps(dml_statements()),
        **bounds.placeholders(),
        **canonical.placeholders(),
        **checks.placeholders(),
        **cost_model.placeholders(_text("date_status_within")),
    }
    history = "DATE_SUB(range_start, INTERVAL history_days DAY)"
    present = fingerprints.statement("bigquery", {**known, "first": history, "last": "range_end"})
    return {
        **known,
        "quality_checks": render(checks.checks_sql(), known),
        "input_readiness": readiness.statement(
            team_games=_part("team_games", known),
            team_figures=_part("team_figures", known),
            requested="game_date BETWEEN range_start AND range_end",
        ),
        "fingerprints": present.rstrip().replace("\n", "\n    "),
    }


def _part(name: str, values: Mapping[str, str]) -> str:
    """A query of sql/readiness, to stand in a CTE."""
    text = render((readiness.SQL / f"{name}.sql").read_text(), values)
    return text.rstrip().replace("\n", "\n    ")


def dml_statements() -> dict[str, int]:
    """How many DML statements one call of each procedure runs, counted in its file."""
    return {
        name: len(DML.findall(_text(name)))
        for name, entry in _entries().items()
        if entry["kind"] == "PROCEDURE"
    }


def query(name: str, settings: Settings) -> str:
    """The rendered text of sql/queries/NAME.sql."""
    return render((SQL / "queries" / f"{name}.sql").read_text(), placeholders(settings))


def routines(settings: Settings) -> list[Routine]:
    """All routines in the order in which they must be created."""
    return rendered(placeholders(settings))


def rendered(values: Mapping[str, str]) -> list[Routine]:
    """All routines with their bodies filled from `values`."""
    return [
        Routine(
            name=name,
            kind=entry["kind"],
            arguments=tuple((argument, type_) for argument, type_ in entry.get("arguments", ())),
            body=render(_text(name), values),
        )
        for name, entry in _entries().items()
    ]


def create_routines(client: Client, settings: Settings) -> None:
    """Creates or replaces every routine; safe to run again."""
    for routine in routines(settings):
        routine.create(client, settings)


def _entries() -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads((SQL / "routines.json").read_text())
    return entries


def _text(name: str) -> str:
    return (SQL / "routines" / f"{name}.sql").read_text()
