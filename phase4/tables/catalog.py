"""The warehouse tables: dataset, partitioning and columns.

Filled tables have both in their folders; all others in catalog.json and schemas/.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phase4.tables.filled import FILLED

if TYPE_CHECKING:
    from google.cloud.bigquery import SchemaField, Table

HERE = Path(__file__).parent
LAYERS = ("raw", "analytics", "precompute", "ops")


@dataclass(frozen=True)
class TableSpec:
    """One table as it must exist: where it lives, how it is partitioned, which columns it has."""

    key: str
    layer: str
    dataset: str
    description: str
    partition_field: str | None = None
    require_partition_filter: bool = False
    cluster_fields: tuple[str, ...] = ()
    optional: bool = False
    optional_columns: tuple[str, ...] = ()
    """Those that a league's table may lack: they count as NULL, and nothing of L4 reads them."""

    @property
    def schema_file(self) -> Path:
        """Where its columns are written down."""
        if self.key in FILLED:
            return FILLED[self.key].folder / "schema.json"
        return HERE / "schemas" / f"{self.key}.json"

    @cached_property
    def columns(self) -> tuple[dict[str, Any], ...]:
        """Columns in BigQuery's JSON form, in order."""
        return tuple(json.loads(self.schema_file.read_text()))

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(column["name"] for column in self.columns)

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Names of the columns without which the table cannot be used."""
        return tuple(name for name in self.column_names if name not in self.optional_columns)

    @property
    def schema(self) -> list[SchemaField]:
        """Columns as the BigQuery client's fields."""
        from google.cloud.bigquery import SchemaField

        # It writes its defaults into what it is given.
        return [SchemaField.from_api_repr(deepcopy(column)) for column in self.columns]

    def table(self, table_id: str) -> Table:
        """A client table resource `project.dataset.table`, ready to be created."""
        from google.cloud import bigquery

        table = bigquery.Table(table_id, schema=self.schema)
        table.description = self.description
        if self.partition_field:
            table.time_partitioning = bigquery.TimePartitioning(field=self.partition_field)
            table.require_partition_filter = self.require_partition_filter
        if self.cluster_fields:
            table.clustering_fields = list(self.cluster_fields)
        return table


def _load() -> dict[str, TableSpec]:
    listed = json.loads((HERE / "catalog.json").read_text())
    filled = {name: table.place for name, table in FILLED.items()}
    # By layer, as the pages that list them do.
    entries = sorted({**listed, **filled}.items(), key=lambda each: LAYERS.index(each[1]["layer"]))
    return {key: _spec(key, entry) for key, entry in entries}


def _spec(key: str, entry: Mapping[str, Any]) -> TableSpec:
    lists = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
    return TableSpec(key=key, **{**entry, **lists})


TABLES: dict[str, TableSpec] = _load()
