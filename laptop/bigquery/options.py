"""OPTIONS(…) of DDL statements that the emulator accepts without effect."""

from __future__ import annotations

import re
from typing import Any

from bqemulator.catalog.models import TimePartitioning

_CREATE_SCHEMA = re.compile(
    r"CREATE\s+SCHEMA\s+(?:IF\s+NOT\s+EXISTS\s+)?`?(?:[\w-]+`?\.`?)?(\w+)`?[^;]*?"
    r"\blocation\s*=\s*['\"]([\w-]+)['\"]",
    re.IGNORECASE,
)
_ALTER_TABLE = re.compile(
    r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?`?(?:[\w-]+`?\.`?)?(\w+)`?\.`?(\w+)`?\s+"
    r"SET\s+OPTIONS\s*\(([^)]*)\)",
    re.IGNORECASE,
)
_OPTION = re.compile(r"(\w+)\s*=\s*([\w.]+)")
_DAY_MS = 86_400_000


def apply(context: Any, project: str, sql: str) -> None:
    """Carry out the options of the DDL in a statement or script that has run."""
    if "OPTIONS" in sql.upper():
        _apply_schema_options(context, project, sql)
        for dataset, table, options in _ALTER_TABLE.findall(sql):
            _apply_table_options(context, (project, dataset, table), options)


def _apply_schema_options(context: Any, project: str, sql: str) -> None:
    """Give datasets made by CREATE SCHEMA the location of their OPTIONS."""
    for dataset, location in _CREATE_SCHEMA.findall(sql):
        found = context.catalog.get_dataset(project, dataset)
        if found is not None and found.location.lower() != location.lower():
            context.catalog.update_dataset(found.model_copy(update={"location": location}))


def _apply_table_options(context: Any, name: tuple[str, str, str], options: str) -> None:
    table = context.catalog.get_table(*name)
    if table is None or table.time_partitioning is None:
        return
    wanted = {key.lower(): value.lower() for key, value in _OPTION.findall(options)}
    layout: TimePartitioning = table.time_partitioning
    days = wanted.get("partition_expiration_days")
    if days is not None:
        expiration = None if days == "null" else int(float(days) * _DAY_MS)
        layout = layout.model_copy(update={"expiration_ms": expiration})
    if "require_partition_filter" in wanted:
        demanded = wanted["require_partition_filter"] == "true"
        layout = layout.model_copy(update={"require_partition_filter": demanded})
    context.catalog.update_table(table.model_copy(update={"time_partitioning": layout}))
