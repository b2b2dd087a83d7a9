"""Output rows around what was computed: columns that are the same in all rows, range violations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from phase4.tables.catalog import TABLES
from phase4.tables.filled import DEFAULT, FilledTable
from phase4.tables.partition import KEY


@dataclass(frozen=True)
class Provenance:
    """Where rows come from: the same for all rows of a task, and no part of their data_hash.

    processed_at is the time of the snapshot that the sources were read at.
    """

    run_id: str
    code_version: str
    context_source: str
    created_at: datetime
    processed_at: datetime

    def scalars(self, table: FilledTable) -> dict[str, pa.Scalar]:
        """The columns that are the same in every row of a table, as far as it has them."""
        moment, zero = pa.timestamp("us", "UTC"), pa.scalar(Decimal("0.0"), pa.decimal128(3, 1))
        known = {
            **{factor.column: zero for factor in table.deferred_factors},
            "calculation_version": pa.scalar(table.calculation_version),
            "context_source": pa.scalar(self.context_source, pa.string()),
            "run_id": pa.scalar(self.run_id, pa.string()),
            "code_version": pa.scalar(self.code_version, pa.string()),
            "created_at": pa.scalar(self.created_at, moment),
            "processed_at": pa.scalar(self.processed_at, moment),
        }
        columns = TABLES[table.name].column_names
        return {name: value for name, value in known.items() if name in columns}


def complete(computed: pa.Table, provenance: Provenance, table: FilledTable = DEFAULT) -> pa.Table:
    """All columns of the table in its order."""
    rows = computed
    for name, value in provenance.scalars(table).items():
        rows = rows.append_column(name, pa.repeat(value, rows.num_rows))
    return rows.select(TABLES[table.name].column_names)


def split_violations(rows: pa.Table) -> tuple[pa.Table, list[dict[str, object]]]:
    """Takes the rows with a score outside its range out of the output, as quarantine entries."""
    if "range_violation" not in rows.column_names:
        return rows, []
    violation = rows["range_violation"]
    if violation.null_count == rows.num_rows:
        return rows.drop_columns("range_violation"), []
    outside = rows.filter(violation.is_valid()).to_pylist()
    entries: list[dict[str, object]] = [
        {
            **{key: row[key] for key in KEY},
            "reason": row["range_violation"],
            "row_json": json.dumps(row, default=str),
        }
        for row in outside
    ]
    return rows.filter(violation.is_null()).drop_columns("range_violation"), entries
