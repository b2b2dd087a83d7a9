"""Datasets, tables and routines as the run needs them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from phase4.cloud import routines
from phase4.cloud.settings import Settings
from phase4.cloud.warehouse import LONGEST_WINDOW_HOURS
from phase4.doctor.finding import APPLY, Finding, looked_at, ok, wrong
from phase4.tables.catalog import TABLES, TableSpec
from phase4.tables.routines import Routine

if TYPE_CHECKING:
    from google.cloud import bigquery

# The layers of which nobody else keeps a copy.
OURS = ("precompute", "ops")
# The service's own names for the same types: what DDL calls INT64 the API calls INTEGER.
SAME_TYPES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}


def datasets(client: bigquery.Client, settings: Settings) -> Iterator[Finding]:
    """Region of every dataset, and how far back the one of the target table remembers."""
    tables = [name for name in settings.league_tables.values() if name]
    target = settings.target_table.partition(".")[0]
    for name in sorted({table.partition(".")[0] for table in tables} | {settings.ops_dataset}):
        cure = f"create it in {settings.location}, or set PHASE4_PROJECT and the table names"
        yield from looked_at(
            f"dataset {name}", cure, _dataset, client, settings, name, name == target
        )


def _dataset(
    client: bigquery.Client, settings: Settings, name: str, is_target: bool
) -> Iterator[Finding]:
    dataset = client.get_dataset(f"{settings.project}.{name}")
    subject = f"dataset {name}"
    if str(dataset.location).lower() != settings.location.lower():
        yield wrong(
            subject, f"is in {dataset.location}, jobs go to {settings.location}",
            f"set PHASE4_LOCATION={dataset.location}, or move the dataset",
        )  # fmt: skip
        return
    hours = int(dataset.max_time_travel_hours or LONGEST_WINDOW_HOURS)
    if is_target and hours < LONGEST_WINDOW_HOURS:
        yield wrong(
            subject,
            f"remembers {hours} of {LONGEST_WINDOW_HOURS} hours: an undo reaches no further back",
            f"bq update --max_time_travel_hours={LONGEST_WINDOW_HOURS} {settings.project}:{name}",
        )
        return
    memory = f", remembers {hours} hours" if is_target else ""
    yield ok(subject, f"in {dataset.location}{memory}")


def tables(client: bigquery.Client, settings: Settings) -> Iterator[Finding]:
    """Kind, partitioning and columns of every table that is read or written."""
    wanted = {key: name for key, name in settings.league_tables.items() if name}
    wanted |= {
        k: f"{settings.ops_dataset}.{k}" for k, spec in TABLES.items() if spec.layer == "ops"
    }
    for key, name in wanted.items():
        cure = APPLY if TABLES[key].layer == "ops" else f"create it, or name another one: {key}"
        yield from looked_at(f"table {name}", cure, _table, client, settings, key, name)


def _table(client: bigquery.Client, settings: Settings, key: str, name: str) -> Iterator[Finding]:
    table, spec, subject = client.get_table(settings.table_id(name)), TABLES[key], f"table {name}"
    problems = [*_shape(table, spec), *_columns(table, spec)]
    if problems:
        cure = APPLY if spec.layer in OURS else "ask the owner of the table"
        yield wrong(subject, "; ".join(problems), cure)
        return
    _read(client, settings, name, spec)
    yield ok(subject, f"{len(table.schema)} columns, partitioned by {spec.partition_field}"
             if spec.partition_field else f"{len(table.schema)} columns")  # fmt: skip


def _read(client: bigquery.Client, settings: Settings, name: str, spec: TableSpec) -> None:
    """Asks for its rows without reading one: who sees a table need not be allowed to.

    Raises as a statement of a command would. Nothing is billed.
    """
    from google.cloud.bigquery import QueryJobConfig

    within = f" WHERE {spec.partition_field} >= '2000-01-01'" if spec.partition_field else ""
    sql = f"SELECT 1 FROM `{settings.table_id(name)}`{within}"
    client.query(sql, QueryJobConfig(dry_run=True, use_query_cache=False))


def _shape(table: Any, spec: TableSpec) -> Iterator[str]:
    if table.table_type != "TABLE":
        # Views cannot be read by a read session.
        yield f"is a {table.table_type}, not a table"
        return
    partitioning = table.time_partitioning
    field = partitioning.field if partitioning else None
    if spec.partition_field and field != spec.partition_field:
        yield f"is partitioned by {field}, not by {spec.partition_field}"
    if spec.layer not in OURS:
        return
    # What expires of the books takes with it what the layers had, and nobody misses it.
    if partitioning and partitioning.expiration_ms:
        yield f"expires its partitions after {partitioning.expiration_ms} ms: history is lost again"
    if table.expires:
        yield f"expires at {table.expires:%Y-%m-%d %H:%M} UTC: history is lost again"


def _columns(table: Any, spec: TableSpec) -> Iterator[str]:
    there = {field.name: field for field in table.schema}
    for column in spec.columns:
        field = there.get(column["name"])
        if field is None and column["name"] in spec.needed_columns:
            yield f"has no column {column['name']}"
        elif field is not None and _type(field.field_type) != column["type"]:
            yield f"column {field.name} is {field.field_type}, not {column['type']}"


def _type(name: str) -> str:
    return SAME_TYPES.get(name, name)


def all_routines(client: bigquery.Client, settings: Settings) -> Iterator[Finding]:
    """Every routine: there, and with arguments and body of this release."""
    for routine in routines.routines(settings):
        subject = f"routine {routine.name}"
        yield from looked_at(subject, APPLY, _routine, client, settings, routine)


def _routine(client: bigquery.Client, settings: Settings, routine: Routine) -> Iterator[Finding]:
    subject = f"routine {routine.name}"
    if _of_release(client, settings, routine):
        yield ok(subject, "of this release")
    else:
        yield wrong(subject, "is of another release", APPLY)


def _of_release(client: bigquery.Client, settings: Settings, routine: Routine) -> bool:
    name = settings.ops(routine.name)
    if routine.kind == "VIEW":
        return _text(client.get_table(name).view_query) == _text(routine.body)
    there, wanted = client.get_routine(name), routines.resource(routine, settings)
    return (
        there.type_ == wanted.type_
        and _arguments(there) == _arguments(wanted)
        and _text(there.body) == _text(wanted.body)
    )


def _arguments(routine: bigquery.Routine) -> list[tuple[str, str]]:
    return [(one.name, one.data_type.type_kind) for one in routine.arguments]


def _text(body: str | None) -> str:
    return " ".join((body or "").split()).rstrip("; ")
