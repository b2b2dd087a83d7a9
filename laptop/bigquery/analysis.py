"""What a statement reads: the bytes it is billed for, and whether it may read a table at all."""

from __future__ import annotations

import contextvars
from dataclasses import dataclass, field
from typing import Any

from bqemulator.catalog.models import TableMeta
from sqlglot import exp

from .errors import BigQueryError
from .joins import refused_join
from .partition_view import row_width
from .partitions import TableRef
from .project_names import same_in_every_project
from .scans import reads_of
from .statements import parsed

_MEGABYTE = 2**20
_LEAST_BILLED = 10 * _MEGABYTE


@dataclass
class Meter:
    """Bytes processed by the statements of one job so far, and the job's limit."""

    limit: int | None = None
    processed: int = 0
    tables: set[str] = field(default_factory=set)

    @property
    def billed(self) -> int:
        """Rounded up to megabytes, at least ten per table."""
        whole = -(-self.processed // _MEGABYTE) * _MEGABYTE
        return max(whole, _LEAST_BILLED * len(self.tables))

    def add(self, table: str, size: int) -> None:
        """Count a table scan; refuse it beyond the limit."""
        self.processed += size
        self.tables.add(table)
        if self.limit is not None and self.billed > self.limit:
            raise BigQueryError(
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {self.limit}. "
                f"{self.billed} or higher required.",
            )


METER: contextvars.ContextVar[Meter | None] = contextvars.ContextVar("meter", default=None)


class Analyst:
    """Looks at statements before they run, with the catalog at hand."""

    def __init__(self, context: Any, project: str) -> None:
        self._context = context
        self._project = project
        self._rows: dict[str, int] = {}

    def admit(self, sql: str, constants: frozenset[str] = frozenset()) -> None:
        """Refuse what BigQuery does not run: DML without WHERE, an outer join without an equality.

        And a scan without the partition filter that its table demands.

        Counts the bytes. `constants` are names of function arguments and script variables.
        """
        if sentence := _refusal(sql):
            raise BigQueryError("invalidQuery", sentence, location="query")
        reads = reads_of(sql, constants)
        for owner, dataset, name, limiting in reads.scans:
            table = self._context.catalog.get_table(owner or self._project, dataset, name)
            if not isinstance(table, TableMeta):
                continue
            if (column := _demanded_filter(table)) and column.lower() not in limiting:
                raise _unfiltered(table)
            meter = METER.get()
            if meter is not None:
                meter.add(_name(table), self._size(table, reads.columns))
        for owner, dataset, name in reads.functions:
            found = self._context.catalog.get_routine(owner or self._project, dataset, name)
            if found is not None and found.routine_type == "TABLE_VALUED_FUNCTION":
                arguments = frozenset(argument.name for argument in found.arguments)
                self.admit(found.definition_body, arguments)

    def _size(self, table: TableMeta, columns: frozenset[str] | None) -> int:
        if table.table_type != "TABLE":
            return 0
        ref = TableRef(table.project_id, table.dataset_id, table.table_id)
        if ref.sql not in self._rows:
            rows = self._context.engine.execute(f"SELECT count(*) FROM {ref.sql}").fetchone()[0]
            self._rows[ref.sql] = int(rows)
        return self._rows[ref.sql] * row_width(table, columns)


@same_in_every_project
def _refusal(sql: str) -> str:
    """What BigQuery says of a statement that it does not run, whatever it is about."""
    tree = parsed(sql)
    if tree is None:
        return ""
    if isinstance(tree, exp.Delete | exp.Update) and tree.args.get("where") is None:
        return f"{tree.key.upper()} must have a WHERE clause"
    return _refused_names(tree) or refused_join(tree)


def _refused_names(tree: exp.Expr) -> str:
    """Columns of what CREATE … AS makes have names, each its own."""
    if not isinstance(tree, exp.Create) or isinstance(tree.this, exp.Schema):
        return ""
    query = tree.expression
    if not isinstance(query, exp.Select):
        return ""
    seen: set[str] = set()
    for number, column in enumerate(query.selects, 1):
        name = "" if isinstance(column, exp.Literal) else column.output_name.lower()
        if not name and not column.is_star:
            return f"CREATE {tree.kind} columns must be named, but column {number} has no name"
        if name and name != "*" and name in seen:
            return f"CREATE {tree.kind} has columns with duplicate name {name}"
        seen.add(name)
    return ""


def _demanded_filter(table: TableMeta) -> str:
    """The partitioning column that every scan has to limit; '' where none has to."""
    layout = table.time_partitioning
    return (layout.field or "") if layout and layout.require_partition_filter else ""


def _name(table: TableMeta) -> str:
    return f"{table.project_id}.{table.dataset_id}.{table.table_id}"


def _unfiltered(table: TableMeta) -> BigQueryError:
    column = table.time_partitioning.field if table.time_partitioning else ""
    return BigQueryError(
        "invalidQuery",
        f"Cannot query over table '{_name(table)}' without a filter over column(s) '{column}' "
        "that can be used for partition elimination",
        location="query",
    )
